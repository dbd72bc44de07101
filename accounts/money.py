"""Prices and sums of money, in words that have room in a list. All are US dollars."""

from __future__ import annotations

from decimal import Decimal

CURRENCY = "USD"
LEAST_SHOWN = Decimal("0.0001")


def dollars_about(amount: Decimal) -> str:
    """A sum as people read it: to the hundredth of a cent, and never nothing where it is something."""
    if 0 < amount < LEAST_SHOWN:
        return f"under {dollars(LEAST_SHOWN)}"
    return dollars(amount.quantize(LEAST_SHOWN))


def dollars(price: Decimal) -> str:
    """At least cents, and no zeros beyond what counts."""
    text = f"{price.normalize():f}"
    whole, _, cents = text.partition(".")
    return f"${whole}.{cents.ljust(2, '0')}"


def billing_words(price_per_minute: Decimal | None, *, passes_on_cost: bool) -> str:
    """What a plan bills its customers for calls; empty where it says nothing."""
    parts = []
    if price_per_minute is not None:
        parts.append(f"{dollars(price_per_minute)} a minute")
    if passes_on_cost:
        parts.append("what vendors charge for what was not in vain")
    return ", and ".join(parts)
