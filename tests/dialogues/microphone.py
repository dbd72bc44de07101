"""The caller's microphone: what sounds at an instant, mixed, and sent in frames as it is recorded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.dialogues.sound import RATE_HZ, Samples, Sound
from voice.audio.resample import Resampler

FRAME_MS = 20.0
PHONE_HZ = 8_000


@dataclass
class _Sounding:
    starts_ms: float
    samples: Samples

    @property
    def ends_ms(self) -> float:
        return self.starts_ms + len(self.samples) * 1000 / RATE_HZ


class Microphone:
    def __init__(self, background: Samples | None, *, is_phone: bool) -> None:
        self._background = background
        self._resampler = Resampler(RATE_HZ, PHONE_HZ) if is_phone else None
        self._sounding: list[_Sounding] = []
        self._frames = 0

    def picks_up(self, sound: Sound, starts_ms: float) -> None:
        """`starts_ms` lies within the frame that is recorded now, or later."""
        self._sounding.append(_Sounding(starts_ms, sound.samples))

    def frame(self, ends_ms: float) -> bytes:
        """The 20 ms up to `ends_ms`, 16-bit PCM; to be asked for without a gap."""
        count = int(FRAME_MS * RATE_HZ / 1000)
        mixed = np.zeros(count, np.float32)
        if self._background is not None:
            at = self._frames * count % (len(self._background) - count)
            mixed += self._background[at : at + count]
        self._frames += 1
        starts_ms = ends_ms - FRAME_MS
        for each in self._sounding:
            first = round((starts_ms - each.starts_ms) * RATE_HZ / 1000)
            piece = each.samples[max(0, first) : max(0, first + count)]
            if len(piece):
                into = max(0, -first)
                mixed[into : into + len(piece)] += piece
        self._sounding = [each for each in self._sounding if each.ends_ms > ends_ms]
        pcm = np.clip(np.rint(mixed), -32768, 32767).astype("<i2").tobytes()
        return pcm if self._resampler is None else self._resampler(pcm)
