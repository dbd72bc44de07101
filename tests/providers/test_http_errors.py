"""A vendor's refusal repeats what the vendor says, without the key and cut to size."""

from __future__ import annotations

import pytest

from voice.providers.access import VendorAccess
from voice.providers.http_errors import error_for

KEY = "canary_key_7f3a"
ACCESS = VendorAccess("groq", KEY)


@pytest.mark.parametrize("part", ["code", "words"])
def test_neither_the_key_nor_an_endless_answer_gets_into_a_message(part: str) -> None:
    error = error_for(ACCESS, 400, **{part: f"no such key {KEY} " + "x" * 1_000_000})  # type: ignore[arg-type]
    assert KEY not in error.message and "no such key [key]" in error.message
    assert len(error.message) < 500


@pytest.mark.parametrize("part", ["code", "words"])
def test_what_is_no_character_gets_into_no_message(part: str) -> None:
    """Neither a database nor a page would take it."""
    error = error_for(ACCESS, 401, **{part: "no such\0key \ud83d!"})  # type: ignore[arg-type]
    assert "no such key ?!" in error.message
