"""Reads: how often an organisation's agents may call others."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import Organisation


@dataclass(frozen=True, slots=True)
class DiallingLimits:
    """How many calls agents begin in a second, and have going on at once."""

    per_second: int
    at_once: int


def plan_limits(organisation: Organisation) -> DiallingLimits:
    """The most that the organisation may allow its agents."""
    return DiallingLimits(organisation.plan.dialled_per_second, organisation.plan.calls_at_once)


def dialling_limits(organisation: Organisation) -> DiallingLimits:
    """What counts: the organisation's own, where they are lower than the plan's. Needs the plan."""
    most = plan_limits(organisation)
    return DiallingLimits(
        _lower(organisation.dialled_per_second, most.per_second),
        _lower(organisation.dialled_at_once, most.at_once),
    )


def _lower(own: int | None, most: int) -> int:
    return most if own is None else min(own, most)
