"""What the engine knows of a language: the phrases of its file in `languages`, by what they do."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from voice.engine.words import words_of

_FOLDER = Path(__file__).with_name("languages")
_EVERY = "any"


class PhraseSet:
    """Phrases of one or more words, looked up in the words of a transcript."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._phrases = {tuple(words) for phrase in phrases if (words := words_of(phrase))}
        self._longest = max(map(len, self._phrases), default=0)

    def __or__(self, other: PhraseSet) -> PhraseSet:
        both = PhraseSet(())
        both._phrases = self._phrases | other._phrases
        both._longest = max(self._longest, other._longest)
        return both

    def __contains__(self, words: object) -> bool:
        return words in self._phrases

    def may_come(self, words: Sequence[str]) -> bool:
        """Whether there are words, and one or more of the phrases could begin with just them."""
        rest = words
        while size := self.begins(rest):
            rest = rest[size:]
        return bool(rest) and any(phrase[: len(rest)] == tuple(rest) for phrase in self._phrases)

    def ends(self, words: Sequence[str]) -> bool:
        """Whether the words end with one of the phrases."""
        return any(tuple(words[-size:]) in self._phrases for size in self._sizes(words))

    def begins(self, words: Sequence[str]) -> int:
        """How many words the longest phrase has that the words begin with; 0 for none."""
        return next((size for size in self._sizes(words) if tuple(words[:size]) in self._phrases), 0)

    def without_end(self, words: Sequence[str]) -> Sequence[str]:
        """The words before the longest phrase that they end with; never none."""
        size = next((size for size in self._sizes(words) if tuple(words[-size:]) in self._phrases), 0)
        return words[: len(words) - size] if size < len(words) else words

    def makes_up(self, words: Sequence[str]) -> bool:
        """Whether there are words, and nothing among them but phrases."""
        rest = words
        while size := self.begins(rest):
            rest = rest[size:]
        return bool(words) and not rest

    def _sizes(self, words: Sequence[str]) -> range:
        return range(min(self._longest, len(words)), 0, -1)


@dataclass(frozen=True, slots=True)
class Language:
    """Each field is a list of the file; en.toml says what it is for."""

    acknowledges: PhraseSet
    stops: PhraseSet
    # Those that stop only where nothing else is said.
    stops_alone: PhraseSet
    before_stops: PhraseSet
    greets: PhraseSet
    empty: PhraseSet
    sounds: PhraseSet
    goes_on: PhraseSet
    begun: PhraseSet
    courtesies: PhraseSet
    asks: PhraseSet
    ends_questions: PhraseSet
    asks_for_time: PhraseSet
    announced: PhraseSet
    announces: PhraseSet
    spells: PhraseSet
    whole: PhraseSet
    digits: PhraseSet
    pairs: PhraseSet
    abbreviations: PhraseSet
    addresses: PhraseSet
    address_marks: PhraseSet


@cache
def language_of(code: str) -> Language:
    """By a code like "de-DE". A language without a file has what is said in every one."""
    name = code.split("-")[0].lower()
    every, own = _read(_EVERY), _read(name) if (_FOLDER / f"{name}.toml").is_file() else {}

    def phrases(kind: str) -> list[str]:
        return [*every.get(kind, ()), *own.get(kind, ())]

    alone = [phrase for phrase in phrases("stops") if phrase.endswith(".")]
    stops = PhraseSet(set(phrases("stops")) - set(alone))
    sets = {kind: PhraseSet(phrases(kind)) for kind in Language.__slots__}
    return Language(**sets | {"stops": stops, "stops_alone": PhraseSet(alone)})


def _read(name: str) -> Mapping[str, list[str]]:
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
