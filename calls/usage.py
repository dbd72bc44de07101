"""What a journal says that a call used, as rows with their prices; the units are in the meters' names."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from agents.catalogue.selectors import entries_named
from agents.models import CatalogueEntry
from calls.clean_text import clean_text
from calls.journal import Journal
from calls.models import Call, Usage
from calls.transcript import is_finite
from voice.core.usage import Meter

METERS = frozenset(meter.value for meter in Meter)
# What kind of entry of the catalogue a meter belongs to, and which of its prices is that of the meter.
ENTRIES = {
    Meter.TRANSCRIBER_S: (CatalogueEntry.Kind.TRANSCRIBER, "per_minute"),
    Meter.MODEL_INPUT_TOKENS: (CatalogueEntry.Kind.MODEL, "per_million_in"),
    Meter.MODEL_OUTPUT_TOKENS: (CatalogueEntry.Kind.MODEL, "per_million_out"),
    Meter.VOICE_CHARACTERS: (CatalogueEntry.Kind.VOICE, "per_thousand_characters"),
}
MOST_LINES = 100


def usage_of(journal: Journal, call: Call) -> list[Usage]:
    """Unsaved rows, one for each meter of a provider's model or voice, at the prices of now."""
    found = {
        (row.meter, row.provider, row.name): row
        for line in journal.usage[:MOST_LINES]
        if (row := _row(line, call)) is not None
    }
    rows = list(found.values())
    if call.own_vendors is not None:
        _put_prices(rows, call.own_vendors)
    return rows


def entries_of(lines: Collection[Usage]) -> dict[str, CatalogueEntry]:
    """What the catalogue has of each line, by the lines' ids."""
    names = {line.pk: (ENTRIES[Meter(line.meter)][0].value, line.provider, line.name) for line in lines}
    entries = entries_named(set(names.values()))
    return {pk: entries[name] for pk, name in names.items() if name in entries}


def _put_prices(rows: list[Usage], own_vendors: Collection[str]) -> None:
    entries = entries_of(rows)
    for row in rows:
        row.is_own_key = row.provider in own_vendors
        entry = entries.get(row.pk)
        if entry is not None and not row.is_own_key:
            row.unit_price = getattr(entry, ENTRIES[Meter(row.meter)][1])


def _row(line: object, call: Call) -> Usage | None:
    if not isinstance(line, dict) or line.get("meter") not in METERS:
        return None
    return Usage(
        organisation_id=call.organisation_id,
        call=call,
        meter=line["meter"],
        provider=clean_text(line.get("provider"))[:40],
        name=clean_text(line.get("name"))[:200],
        used=_quantity(line.get("used")),
        in_vain=_quantity(line.get("in_vain")),
    )


def _quantity(value: Any) -> float:
    return float(value) if is_finite(value) and value > 0 else 0.0
