"""What a call's page says of its usage: of whom, how much, at what cost, and what is billed of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from accounts.money import billing_words, dollars_about
from calls.costs import call_cost, call_price, line_cost
from calls.models import Call, CallState, Usage
from calls.usage import entries_of
from voice.core.usage import Meter
from voice.providers.access import VENDORS

# In the order in which a turn needs them.
LABELS = {
    Meter.TRANSCRIBER_S: "Listened",
    Meter.MODEL_INPUT_TOKENS: "Model read",
    Meter.MODEL_OUTPUT_TOKENS: "Model wrote",
    Meter.VOICE_CHARACTERS: "Voice spoke",
}
# Of one, and of any other number.
UNITS = {
    Meter.TRANSCRIBER_S: ("s", "s"),
    Meter.MODEL_INPUT_TOKENS: ("token", "tokens"),
    Meter.MODEL_OUTPUT_TOKENS: ("token", "tokens"),
    Meter.VOICE_CHARACTERS: ("character", "characters"),
}


@dataclass(frozen=True, slots=True)
class UsageRow:
    """`cost` None: its price is not known."""

    label: str
    whose: str
    used: float
    unit: str
    in_vain: float
    cost: Decimal | None
    is_own_key: bool


@dataclass(frozen=True, slots=True)
class UsageSection:
    """`billing`: how the price comes about, in words; empty where the plan says none. `are_prices_kept`: not
    in calls of before there were any."""

    rows: list[UsageRow]
    is_over: bool
    are_prices_kept: bool
    cost: Decimal | None
    price: Decimal | None
    billing: str

    @property
    def total(self) -> str:
        if self.cost is not None:
            return dollars_about(self.cost)
        known = [row.cost for row in self.rows if row.cost is not None]
        if not known:
            return "Not known"
        about = dollars_about(sum(known, Decimal(0)))
        return f"At least {about}" if self.is_over or self.without_price else f"{about} so far"

    @property
    def billed(self) -> str:
        if self.price is not None:
            return dollars_about(self.price)
        return "Not known" if self.is_over else "At its end"

    @property
    def without_price(self) -> list[str]:
        return list(dict.fromkeys(row.whose for row in self.rows if row.cost is None))

    @property
    def has_own_keys(self) -> bool:
        return any(row.is_own_key for row in self.rows)

    @property
    def has_something_in_vain(self) -> bool:
        return any(row.in_vain for row in self.rows)


def usage_section(call: Call, lines: Sequence[Usage]) -> UsageSection | None:
    """None where there is nothing to say."""
    price = call_price(call, lines)
    if not lines and price is None:
        return None
    entries = entries_of(lines)
    in_order = sorted(lines, key=lambda line: list(LABELS).index(Meter(line.meter)))
    rows = [_row(line, entries[line.pk].label if line.pk in entries else "") for line in in_order]
    return UsageSection(
        rows=rows,
        is_over=call.state == CallState.ENDED,
        are_prices_kept=call.own_vendors is not None,
        cost=call_cost(call, lines),
        price=price,
        billing=billing_words(call.price_per_minute, passes_on_cost=call.passes_on_cost),
    )


def _row(line: Usage, label: str) -> UsageRow:
    meter = Meter(line.meter)
    one, many = UNITS[meter]
    return UsageRow(
        label=LABELS[meter],
        whose=label or _plain_name(line),
        used=line.used,
        # As it is printed: to one place.
        unit=one if round(line.used, 1) == 1 else many,
        in_vain=line.in_vain,
        cost=line_cost(line),
        is_own_key=line.is_own_key,
    )


def _plain_name(line: Usage) -> str:
    """Of what the catalogue does not have: what a server of one's own knows, and what was deleted."""
    vendor = VENDORS.get(line.provider)
    return f"{line.name} ({vendor.label if vendor else line.provider})"
