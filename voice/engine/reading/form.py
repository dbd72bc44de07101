"""What is said for a text, part by part, and the way back from what was said to what was written."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate


@dataclass(frozen=True, slots=True)
class Part:
    """Some of a text and what is said for it, neither empty. Equal: each character stands for itself."""

    written: str
    spoken: str

    @property
    def is_plain(self) -> bool:
        return self.written == self.spoken


@dataclass(frozen=True)
class SpokenForm:
    """Parts in their order: joined, they are the whole text and all that is said."""

    parts: tuple[Part, ...]

    @classmethod
    def of_plain(cls, text: str) -> SpokenForm:
        """A text that is said as it is written."""
        return cls((Part(text, text),) if text else ())

    @cached_property
    def written(self) -> str:
        return "".join(part.written for part in self.parts)

    @cached_property
    def spoken(self) -> str:
        return "".join(part.spoken for part in self.parts)

    def written_range(self, spoken_start: int, spoken_end: int) -> tuple[int, int]:
        """The written characters that this much of what is said belongs to: parts count as one."""
        if spoken_end <= spoken_start:
            at = self.written_until(spoken_start)
            return at, at
        first, last = self._part_at(spoken_start), self._part_at(spoken_end - 1)
        start, end = self._written_starts[first], self._written_starts[last]
        if self.parts[first].is_plain:
            start += spoken_start - self._spoken_starts[first]
        plain = self.parts[last].is_plain
        return start, end + (
            spoken_end - self._spoken_starts[last] if plain else len(self.parts[last].written)
        )

    def written_until(self, spoken_end: int) -> int:
        """How much of the text has been said when so much has been: a part counts once it is over."""
        if spoken_end >= len(self.spoken):
            return len(self.written)
        if spoken_end <= 0:
            return 0
        index = self._part_at(spoken_end)
        into = spoken_end - self._spoken_starts[index] if self.parts[index].is_plain else 0
        return self._written_starts[index] + into

    def ends_part(self, spoken_end: int) -> bool:
        """Whether no word of the part in which this ends is still to be said."""
        if spoken_end <= 0 or spoken_end >= len(self.spoken):
            return True
        index = self._part_at(spoken_end - 1)
        part_end = self._spoken_starts[index] + len(self.parts[index].spoken)
        rest = self.spoken[spoken_end:part_end]
        return self.parts[index].is_plain or not any(character.isalnum() for character in rest)

    def after(self, written_start: int) -> SpokenForm:
        """Of the text from there on; a part that this cuts is said whole again."""
        if written_start <= 0:
            return self
        if written_start >= len(self.written):
            return SpokenForm(())
        index = bisect_right(self._written_starts, written_start) - 1
        cut, into = self.parts[index], written_start - self._written_starts[index]
        if into:
            cut = Part(cut.written[into:], cut.spoken[into:] if cut.is_plain else cut.spoken)
        return SpokenForm((cut, *self.parts[index + 1 :]))

    @cached_property
    def _written_starts(self) -> list[int]:
        return list(_starts(len(part.written) for part in self.parts))

    @cached_property
    def _spoken_starts(self) -> list[int]:
        return list(_starts(len(part.spoken) for part in self.parts))

    def _part_at(self, spoken_at: int) -> int:
        return min(max(bisect_right(self._spoken_starts, spoken_at) - 1, 0), len(self.parts) - 1)


def _starts(lengths: Iterable[int]) -> Iterable[int]:
    return list(accumulate(lengths, initial=0))[:-1]
