"""One thing that is read otherwise than it is written: how it is recognised, and what is said for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from voice.engine.reading.form import Part
from voice.engine.reading.languages.language import Language, Noun

Match = re.Match[str]
CLOSERS = "\"')]}»”’"


@dataclass(frozen=True, slots=True)
class Rule:
    """`read` gives the parts of what was found, or nothing where it is something else after all."""

    pattern: re.Pattern[str]
    read: Callable[[Match], tuple[Part, ...]]
    needs_digit: bool = True
    # What of the match is read; the rest only shows what it is.
    group: int = 0


def whole(found: Match, said: str) -> tuple[Part, ...]:
    """All that was found, as one part. The point of an abbreviation that ends a sentence stays one."""
    written = found[0]
    rest = found.string[found.end() :].lstrip(CLOSERS)
    if written.endswith(".") and not rest.strip():
        said += "."
    return (Part(written, said),)


def of_noun(found: Match, said: str, noun: Noun) -> str:
    """ "A twenty dollar bill": what stands before a noun as its adjective is said in the singular."""
    follows = found.string[found.end() : found.end() + 2]
    is_adjective = word_before(found) in ("a", "an") and follows[:1] == " " and follows[1:].islower()
    return said.removesuffix(noun.many) + noun.one if is_adjective and said.endswith(noun.many) else said


def word_before(found: Match) -> str:
    words = found.string[max(0, found.start() - 20) : found.start()].split()
    return words[-1].lower() if words else ""


def digit_parts(digits: str, language: Language, *, first: bool) -> list[Part]:
    """Digit by digit, each with its word; `first`: nothing stands before them."""
    return [
        Part(digit, ("" if first and at == 0 else " ") + language.cardinal(int(digit)))
        for at, digit in enumerate(digits)
    ]


def any_of(words: Iterable[str]) -> str:
    """A pattern for one of these, the longest that fits."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
