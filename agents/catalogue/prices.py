"""A vendor's prices, in words that have room in a list."""

from __future__ import annotations

from accounts.money import dollars
from voice.providers.offers import Terms


def price_of(terms: Terms) -> str:
    """Like "$0.15 in, $0.60 out per million tokens"; empty where no price is known."""
    parts = []
    if terms.per_million_in is not None or terms.per_million_out is not None:
        sides = [
            f"{dollars(price)} {side}"
            for side, price in (("in", terms.per_million_in), ("out", terms.per_million_out))
            if price is not None
        ]
        parts.append(f"{', '.join(sides)} per million tokens")
    if terms.per_minute is not None:
        parts.append(f"{dollars(terms.per_minute)} a minute")
    if terms.per_thousand_characters is not None:
        parts.append(f"{dollars(terms.per_thousand_characters)} per 1,000 characters")
    return "; ".join(parts)
