"""Writes: where and how often an organisation's agents may call others."""

from __future__ import annotations

from typing import Any

from accounts.models import Organisation

FIELDS = ("called_countries", "dialled_per_second", "dialled_at_once")


def calling_rules_change(*, organisation: Organisation, **rules: Any) -> None:
    """`rules`: some of FIELDS, checked. New calls follow them; those that go on are left alone."""
    if unknown := rules.keys() - set(FIELDS):
        raise TypeError(f"no such rules: {sorted(unknown)}")
    for name, value in rules.items():
        setattr(organisation, name, value)
    organisation.save(update_fields=list(rules))
