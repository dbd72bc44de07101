"""The body of a speech request as 16-bit mono PCM at one rate, whatever the server makes of "pcm"."""

from __future__ import annotations

import re

import numpy as np

from voice.audio.resample import Resampler
from voice.audio.soundness import LOOKED_AT_MS, unsound
from voice.audio.wav import WavError
from voice.audio.wav_head import wav_head
from voice.core.audio import PCM_24000, AudioFormat
from voice.core.errors import NonsenseError

# What OpenAI sends, and most servers with it, for a "pcm" that has no head to say so.
USUAL: AudioFormat = PCM_24000
_RATE = re.compile(r"\brate=(\d{4,6})\b")
RIFF = b"RIFF"


class SpokenBody:
    """`add` takes pieces as they come. Raises NonsenseError for what is no speech."""

    def __init__(self, vendor: str, content_type: str = "") -> None:
        self._vendor = vendor
        told = _RATE.search(content_type)
        self._rate_hz = int(told[1]) if told else USUAL.rate_hz
        self._channels = 1
        self._resample: Resampler | None = None
        self._head = b""
        self._has_begun = False
        self._looked_at = b""
        self._odd = b""

    def add(self, part: bytes) -> bytes:
        if not self._has_begun:
            part = self._begin(self._head + part)
        return self._converted(part)

    def finish(self) -> bytes:
        """What a change of rate had held back."""
        if self._head and not self._has_begun:
            raise NonsenseError(self._vendor, "it sent too little for speech")
        return self._resample.flush() if self._resample else b""

    def _begin(self, beginning: bytes) -> bytes:
        self._head = beginning
        if len(beginning) < len(RIFF):
            return b""
        if beginning.startswith(RIFF):
            try:
                head = wav_head(beginning)
            except WavError as error:
                raise NonsenseError(self._vendor, f"it sent a WAV file that is no speech ({error})") from None
            if head is None:
                return b""
            self._rate_hz, self._channels = head.rate_hz, head.channels
            beginning = beginning[head.size_bytes :]
        if self._rate_hz != USUAL.rate_hz:
            self._resample = Resampler(self._rate_hz, USUAL.rate_hz)
        self._has_begun = True
        return beginning

    def _converted(self, part: bytes) -> bytes:
        part = self._odd + part
        whole = len(part) - len(part) % (2 * self._channels)
        part, self._odd = part[:whole], part[whole:]
        if self._channels == 2:
            part = np.frombuffer(part, "<i2").reshape(-1, 2).mean(axis=1).astype("<i2").tobytes()
        self._look_at(part)
        return self._resample(part) if self._resample and part else part

    def _look_at(self, part: bytes) -> None:
        if len(self._looked_at) >= self._rate_hz * LOOKED_AT_MS / 1000 * 2:
            return
        self._looked_at += part
        if found := unsound(self._looked_at, self._rate_hz):
            raise NonsenseError(self._vendor, f"it sent {found} for speech")
