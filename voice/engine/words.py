"""Cuts a transcript into words."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+")


def words_of(text: str) -> list[str]:
    """In lower case, without punctuation; digits that stand together are one word."""
    return [word.replace("’", "'") for word in _WORD.findall(text.lower().replace("-", " "))]
