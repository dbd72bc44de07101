"""What a journal says that a call used, as rows; the units are in the meters' names."""

from __future__ import annotations

from typing import Any

from calls.clean_text import clean_text
from calls.journal import Journal
from calls.models import Call, Usage
from calls.transcript import is_finite
from voice.core.usage import Meter

METERS = frozenset(meter.value for meter in Meter)
METER_LABELS = {
    Meter.TRANSCRIBER_S: ("Listened", "s"),
    Meter.MODEL_INPUT_TOKENS: ("Model read", "tokens"),
    Meter.MODEL_OUTPUT_TOKENS: ("Model wrote", "tokens"),
    Meter.VOICE_CHARACTERS: ("Voice spoke", "characters"),
}
MOST_LINES = 100


def usage_of(journal: Journal, call: Call) -> list[Usage]:
    """Unsaved rows, one for each meter of a provider's model or voice."""
    found = {
        (row.meter, row.provider, row.name): row
        for line in journal.usage[:MOST_LINES]
        if (row := _row(line, call)) is not None
    }
    return list(found.values())


def _row(line: object, call: Call) -> Usage | None:
    if not isinstance(line, dict) or line.get("meter") not in METERS:
        return None
    return Usage(
        organisation_id=call.organisation_id,
        call=call,
        meter=line["meter"],
        provider=clean_text(line.get("provider"))[:40],
        name=clean_text(line.get("name"))[:120],
        used=_quantity(line.get("used")),
        in_vain=_quantity(line.get("in_vain")),
    )


def _quantity(value: Any) -> float:
    return float(value) if is_finite(value) and value > 0 else 0.0
