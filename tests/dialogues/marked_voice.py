"""A voice whose every sample says which word it belongs to, so that a listener knows what was heard."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import numpy as np

from voice.core.audio import PCM_16000, AudioFormat
from voice.core.events import WordTime
from voice.core.ports import SpeechChunk
from voice.core.spec import VoiceSpec

FIRST_AUDIO_MS = 100.0
MS_PER_CHARACTER = 60.0
CHUNK_MS = 200.0
TIMES_REAL_TIME = 8.0


class MarkedVoiceStream:
    def __init__(self, voice: MarkedVoice) -> None:
        self._voice = voice

    @property
    def audio(self) -> AudioFormat:
        return PCM_16000

    async def speak(self, text: str) -> AsyncIterator[SpeechChunk]:
        await asyncio.sleep(FIRST_AUDIO_MS / 1000)
        if self._voice.is_silent:
            await asyncio.sleep(3_600)
        sound, words = self._voice.spoken(text)
        step = PCM_16000.size_bytes(CHUNK_MS)
        for at in range(0, len(sound), step):
            yield SpeechChunk(sound[at : at + step], words if at == 0 else ())
            await asyncio.sleep(CHUNK_MS / TIMES_REAL_TIME / 1000)

    async def aclose(self) -> None:
        pass


class MarkedVoice:
    """`words` by their mark, which is the value of their samples; a pause between words has the value 0."""

    def __init__(self) -> None:
        self.is_silent = False
        self.words: dict[int, str] = {}
        self.samples: dict[int, int] = {}

    async def open(self, voice: VoiceSpec, language: str, audio: AudioFormat) -> MarkedVoiceStream:
        return MarkedVoiceStream(self)

    def spoken(self, text: str) -> tuple[bytes, tuple[WordTime, ...]]:
        sound = np.zeros(PCM_16000.size_bytes(len(text) * MS_PER_CHARACTER) // 2, "<i2")
        times = []
        for found in re.finditer(r"[\w']+", text):
            start_ms, end_ms = found.start() * MS_PER_CHARACTER, found.end() * MS_PER_CHARACTER
            mark = len(self.words) + 1
            first, last = (PCM_16000.size_bytes(at) // 2 for at in (start_ms, end_ms))
            sound[first:last] = mark
            self.words[mark], self.samples[mark] = found.group().lower(), last - first
            times.append(WordTime(found.group(), start_ms, end_ms, found.start(), found.end()))
        return sound.tobytes(), tuple(times)
