"""What the caller has said that no final transcript covers yet: another transcriber can hear it again."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from enum import StrEnum

from voice.core.audio import AudioFormat

# Speech is kept this long at most (transcribers take 5 s at once), silence as far as an onset may lie back.
LIMIT_MS = 4_800.0
ONSET_MS = 1_000.0


class Mark(StrEnum):
    """What was asked of the transcriber at this place of the sound."""

    BEGIN_SPEECH = "begin_speech"
    FINALIZE = "finalize"


class Replay:
    """In the order in which it came. `is_whole`: nothing that was said is missing at its beginning."""

    def __init__(self, audio: AudioFormat) -> None:
        self._limit_bytes, self._onset_bytes = audio.size_bytes(LIMIT_MS), audio.size_bytes(ONSET_MS)
        self._kept: deque[bytes | Mark] = deque()
        self._kept_bytes = 0
        # Counted, since sound comes fifty times a second.
        self._marks = 0
        self._finals_owed = 0
        self.is_whole = True

    def __iter__(self) -> Iterator[bytes | Mark]:
        return iter(self._kept)

    @property
    def owes_final(self) -> bool:
        return self._finals_owed > 0

    def add(self, sound: bytes) -> None:
        self._kept.append(sound)
        self._kept_bytes += len(sound)
        while self._kept_bytes > (self._limit_bytes if self._marks else self._onset_bytes):
            self._drop_sound()

    def mark(self, mark: Mark) -> None:
        self._kept.append(mark)
        self._marks += 1
        self._finals_owed += mark is Mark.FINALIZE

    def settled(self) -> None:
        """A final transcript has come: it covers all up to the first request for one."""
        if not self.owes_final:
            return
        while (first := self._kept.popleft()) is not Mark.FINALIZE:
            if isinstance(first, bytes):
                self._kept_bytes -= len(first)
            else:
                self._marks -= 1
        self._marks -= 1
        self._finals_owed -= 1
        self.is_whole = True

    def forget(self) -> None:
        self._kept.clear()
        self._kept_bytes = 0
        self._marks = self._finals_owed = 0
        self.is_whole = True

    def _drop_sound(self) -> None:
        """The oldest; what was asked for at its place now stands before what is left."""
        # At the beginning, nearly always: while nobody speaks, fifty times a second.
        at = 0 if isinstance(self._kept[0], bytes) else self._first_sound()
        sound = self._kept[at]
        del self._kept[at]
        self._kept_bytes -= len(sound)
        self.is_whole = self.is_whole and at == 0

    def _first_sound(self) -> int:
        return next(index for index, each in enumerate(self._kept) if isinstance(each, bytes))
