"""The caller's end of the line: plays what comes at once, drops it when told to, and knows what it heard."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.dialogues.marked_voice import MarkedVoice
from voice.core.audio import PCM_16000
from voice.core.clock import now_ms
from voice.core.events import AudioOut, AudioStop

SAMPLES_A_MS = PCM_16000.rate_hz // 1000
# A word whose last milliseconds are missing was heard. Where just so many are missing, both is true.
WORD_END_MS = 30.0
TIE_MS = 1.0


@dataclass
class Played:
    """An uninterrupted run of sound of one turn."""

    turn: int
    starts_ms: float
    ends_ms: float
    sound: bytes


class Listener:
    def __init__(self, voice: MarkedVoice, lag_ms: float) -> None:
        """`lag_ms`: how long sound takes from the socket to the ear."""
        self._voice = voice
        self._lag_ms = lag_ms
        self.runs: list[Played] = []
        self.stops_ms: list[tuple[float, int]] = []

    def receives(self, event: AudioOut) -> None:
        at_ms = now_ms() + self._lag_ms
        last = self.runs[-1] if self.runs else None
        if last is not None and last.turn == event.turn_index and last.ends_ms >= at_ms - 1:
            last.sound += event.audio
            last.ends_ms += event.duration_ms
            return
        starts_ms = max(at_ms, last.ends_ms if last else 0.0)
        self.runs.append(Played(event.turn_index, starts_ms, starts_ms + event.duration_ms, event.audio))

    def is_told_to_stop(self, event: AudioStop) -> None:
        self.stops_ms.append((now_ms(), event.turn_index))
        while self.runs and self.runs[-1].starts_ms >= now_ms():
            self.runs.pop()
        if self.runs and self.runs[-1].ends_ms > now_ms():
            last = self.runs[-1]
            last.sound = last.sound[: 2 * round((now_ms() - last.starts_ms) * SAMPLES_A_MS)]
            last.ends_ms = now_ms()

    @property
    def played_ms(self) -> float:
        """Of all that has come, so far."""
        return sum(max(0.0, min(run.ends_ms, now_ms()) - run.starts_ms) for run in self.runs)

    def is_playing(self, at_ms: float) -> bool:
        return any(run.starts_ms <= at_ms < run.ends_ms for run in self.runs)

    def starts_ms(self) -> list[tuple[float, int]]:
        """When each turn of the agent's was first heard."""
        found: dict[int, float] = {}
        for run in self.runs:
            found.setdefault(run.turn, run.starts_ms)
        return [(at, turn) for turn, at in found.items()]

    def heard(self, turn: int) -> list[list[str]] | None:
        """The words that sounded to their end, in order: one list, or two where it is a matter of a sample.

        None for sound that has no marks.
        """
        sound = b"".join(run.sound for run in self.runs if run.turn == turn)
        samples = np.frombuffer(sound, "<i2")
        marks, counts = np.unique(samples[samples != 0], return_counts=True)
        if any(int(mark) not in self._voice.words for mark in marks):
            return None
        return [
            [
                self._voice.words[int(mark)]
                for mark, count in zip(marks, counts, strict=True)
                if count + missing_ms * SAMPLES_A_MS >= self._voice.samples[int(mark)]
            ]
            for missing_ms in (WORD_END_MS - TIE_MS, WORD_END_MS + TIE_MS)
        ]
