"""Greetings and other fixed lines, synthesised once for a voice and kept for the calls after."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence

from voice.core.ports import SpeechChunk

SIZE_LIMIT_BYTES = 24 * 1024 * 1024
# One line may take only its share, or it would push out all others.
LINE_LIMIT_BYTES = SIZE_LIMIT_BYTES // 8


class KeptSpeech:
    """The least recently used goes first. One event loop's calls share one."""

    def __init__(self) -> None:
        self._lines: OrderedDict[Hashable, tuple[SpeechChunk, ...]] = OrderedDict()
        self._size_bytes = 0

    def find(self, key: Hashable) -> tuple[SpeechChunk, ...] | None:
        line = self._lines.get(key)
        if line is not None:
            self._lines.move_to_end(key)
        return line

    def keep(self, key: Hashable, chunks: Sequence[SpeechChunk]) -> None:
        size_bytes = _size_bytes(chunks)
        if size_bytes > LINE_LIMIT_BYTES or key in self._lines:
            return
        self._lines[key] = tuple(chunks)
        self._size_bytes += size_bytes
        while self._size_bytes > SIZE_LIMIT_BYTES:
            _, dropped = self._lines.popitem(last=False)
            self._size_bytes -= _size_bytes(dropped)


def _size_bytes(chunks: Sequence[SpeechChunk]) -> int:
    return sum(len(chunk.audio) for chunk in chunks)


# Everything synthesised for fixed lines in this process.
KEPT_SPEECH = KeptSpeech()
