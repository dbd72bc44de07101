"""Greetings and other fixed lines, synthesised once for a voice and kept for the calls after."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from voice.core.ports import SpeechChunk

SIZE_LIMIT_BYTES = 24 * 1024 * 1024
# One line may take only its share, or it would push out all others.
LINE_LIMIT_BYTES = SIZE_LIMIT_BYTES // 8
# What a chunk or a word's times take beside the sound.
SIZE_AROUND_BYTES = 128

Lines = OrderedDict[Hashable, tuple[SpeechChunk, ...]]


class KeptSpeech:
    """All organisations' lines, within one limit; each hears its own only. One event loop's calls share one.

    Where there is no more room, whoever holds most gives up what it has not used for longest: nobody's many
    lines push out the few of others.
    """

    def __init__(self) -> None:
        self._shelves: dict[str, Lines] = {}
        self._sizes_bytes: dict[str, int] = {}

    @property
    def size_bytes(self) -> int:
        return sum(self._sizes_bytes.values())

    def shelf(self, organisation_id: str) -> Shelf:
        return Shelf(self, organisation_id)

    def find(self, organisation_id: str, key: Hashable) -> tuple[SpeechChunk, ...] | None:
        lines = self._shelves.get(organisation_id)
        if lines is None or key not in lines:
            return None
        lines.move_to_end(key)
        return lines[key]

    def keep(self, organisation_id: str, key: Hashable, chunks: Sequence[SpeechChunk]) -> None:
        size_bytes = _size_bytes(chunks)
        if size_bytes > LINE_LIMIT_BYTES or self.find(organisation_id, key) is not None:
            return
        self._shelves.setdefault(organisation_id, OrderedDict())[key] = tuple(chunks)
        self._sizes_bytes[organisation_id] = self._sizes_bytes.get(organisation_id, 0) + size_bytes
        while self.size_bytes > SIZE_LIMIT_BYTES:
            self._drop_one()

    def _drop_one(self) -> None:
        largest = max(self._sizes_bytes, key=self._sizes_bytes.__getitem__)
        _, dropped = self._shelves[largest].popitem(last=False)
        self._sizes_bytes[largest] -= _size_bytes(dropped)
        if not self._shelves[largest]:
            del self._shelves[largest], self._sizes_bytes[largest]


@dataclass(frozen=True, slots=True)
class Shelf:
    """One organisation's part of what is kept."""

    kept: KeptSpeech
    organisation_id: str

    def find(self, key: Hashable) -> tuple[SpeechChunk, ...] | None:
        return self.kept.find(self.organisation_id, key)

    def keep(self, key: Hashable, chunks: Sequence[SpeechChunk]) -> None:
        self.kept.keep(self.organisation_id, key, chunks)


def _size_bytes(chunks: Sequence[SpeechChunk]) -> int:
    return sum(len(chunk.audio) + SIZE_AROUND_BYTES * (1 + len(chunk.words)) for chunk in chunks)


# Everything synthesised for fixed lines in this process.
KEPT_SPEECH = KeptSpeech()
