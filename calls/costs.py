"""What a call costs at the vendors, and what the organisation is billed for it. All sums are US dollars."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Context, Decimal

from calls.models import Call, CallState, Usage
from voice.core.errors import EndCode
from voice.core.usage import Meter

# What the unit price of a meter is for: in the meter's own unit, and as it is called.
PER: dict[str, tuple[int, str]] = {
    Meter.TRANSCRIBER_S: (60, "minute"),
    Meter.MODEL_INPUT_TOKENS: (1_000_000, "million_tokens"),
    Meter.MODEL_OUTPUT_TOKENS: (1_000_000, "million_tokens"),
    Meter.VOICE_CHARACTERS: (1_000, "thousand_characters"),
}
MINUTE_MS = 60_000
# A token of the cheapest models is some 5e-8 dollars, and must not become nothing.
LEAST = Decimal("1e-9")
# Journals are not trusted: a call of a billion years is dear, and shown.
WIDE = Context(prec=60)


def line_cost(line: Usage) -> Decimal | None:
    """What the vendor charges us for it, in vain or not. None where its price is not known."""
    return _charge(line, line.used + line.in_vain)


def call_cost(call: Call, lines: Sequence[Usage]) -> Decimal | None:
    """What all vendors charge us. None while the call lasts, and where it is not known as a whole."""
    if call.state != CallState.ENDED or not _is_counted(call, lines):
        return None
    return _sum(map(line_cost, lines))


def call_price(call: Call, lines: Sequence[Usage]) -> Decimal | None:
    """What the organisation is billed by the plan it had: nothing of what was in vain.

    None while the call lasts, where the plan says no price, and where a part of it is not known.
    """
    if call.state != CallState.ENDED or call.duration_ms is None:
        return None
    if call.price_per_minute is None and not call.passes_on_cost:
        return None
    minutes = _rounded((call.price_per_minute or Decimal(0)) * call.duration_ms / MINUTE_MS)
    if not call.passes_on_cost:
        return minutes
    passed_on = _sum(_charge(line, line.used) for line in lines) if _is_counted(call, lines) else None
    return None if passed_on is None else minutes + passed_on


def _is_counted(call: Call, lines: Sequence[Usage]) -> bool:
    """A process that was lost before it had counted anything may have used something."""
    return call.own_vendors is not None and (bool(lines) or call.end_code != EndCode.SERVER_LOST)


def _charge(line: Usage, quantity: float) -> Decimal | None:
    if line.is_own_key:
        return Decimal(0)
    if line.unit_price is None:
        return None
    # By its digits: a binary fraction would leave dust beyond the ninth place.
    return _rounded(Decimal(str(quantity)) * line.unit_price / PER[line.meter][0])


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(LEAST, context=WIDE)


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    total = Decimal(0)
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total
