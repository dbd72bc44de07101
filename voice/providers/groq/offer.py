"""What Groq offers: its production models that write fast enough for a conversation."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from voice.providers.offers import Model, Terms

# Of Groq's model page.
AS_OF = date(2026, 5, 20)
FORMATS = ("text",)


def _terms(tier: int, per_million_in: str, per_million_out: str) -> Terms:
    return Terms(
        tier,
        per_million_in=Decimal(per_million_in),
        per_million_out=Decimal(per_million_out),
        as_of=AS_OF,
        formats=FORMATS,
        context_tokens=131_072,
        longest_reply_tokens=65_536,
    )


MODELS: tuple[Model, ...] = (
    Model(
        "groq",
        "openai/gpt-oss-20b",
        "GPT-OSS 20B (Groq)",
        "The quickest to answer; good for most agents",
        terms=_terms(1, "0.075", "0.30"),
    ),
    Model(
        "groq",
        "openai/gpt-oss-120b",
        "GPT-OSS 120B (Groq)",
        "Understands more, answers a little later",
        terms=_terms(2, "0.15", "0.60"),
    ),
)
