"""A server of one's own on loopback: chat as Groq's at another path, transcription of files, and voices."""

from __future__ import annotations

import asyncio
import io
import json
import wave
from collections.abc import Sequence
from typing import Any

import numpy as np
from aiohttp import web

from tests.simulators.groq import GroqSimulator
from tests.simulators.server import Delay, Fault, Request, wait
from tests.simulators.sound import GARBAGE, tone

LOUD = 400.0
FRAME_MS = 10
CHUNK_MS = 100.0
VOICE_RATE_HZ = 24_000
# A hum of this pitch says the script's first line; each further line lies so much higher.
FIRST_HZ, STEP_HZ = 200.0, 50.0
# Of a file in which nobody speaks, as Whisper hears it.
HALLUCINATION = " Thank you."


class OpenAISimulator(GroqSimulator):
    """`script`: what is said, told apart by the pitch of the sound; as many words as there was time for."""

    vendor = "openai_compatible"
    path = "/v1"
    sends_fragments = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.script: list[str] = []
        self.word_ms = 300.0
        self.hearing_ms: Delay = 0.0
        # Whether it knows the format with segments and their doubts.
        self.is_verbose = True
        self.has_model_list = True
        self.first_audio_ms: Delay = 0.0
        self.characters_a_second = 15.0
        self.times_real_time = 0.0
        # "pcm" as it is, or with the head of a WAV file that tells another rate.
        self.voice_rate_hz = VOICE_RATE_HZ
        self.voice_channels = 1
        self.has_wav_head = False

    def routes(self) -> Sequence[web.RouteDef]:  # type: ignore[override]
        return [
            *super().routes(),
            web.post(f"{self.path}/audio/transcriptions", self._transcribe),
            web.post(f"{self.path}/audio/speech", self._speak),
        ]

    async def _models(self, request: web.Request) -> web.Response:
        return await super()._models(request) if self.has_model_list else web.Response(status=404)

    # --- hearing --------------------------------------------------------------------------------
    async def _transcribe(self, request: web.Request) -> web.StreamResponse:
        form: dict[str, Any] = {}
        async for part in await request.multipart():
            assert hasattr(part, "name")
            form[part.name] = bytes(await part.read()) if part.name == "file" else await part.text()
        sound = form.pop("file")
        noted, fault = self.note(request, form), self.next_fault()
        if fault.status or "bad" in request.headers.get("Authorization", ""):
            return self._refuse(fault)
        try:
            if fault.stalls:
                await self.stall()
            await wait(self.hearing_ms)
        except asyncio.CancelledError:
            noted.abortion.set()
            raise
        if form.get("response_format") == "verbose_json" and not self.is_verbose:
            return self._refuse(Fault(status=400))
        answer = json.dumps(self._heard(sound, form)).encode()
        return await self._write(request, noted, fault, [answer[:10], answer[10:]], "application/json")

    def _heard(self, wav: bytes, form: dict[str, Any]) -> dict[str, Any]:
        with wave.open(io.BytesIO(wav)) as file:
            rate_hz = file.getframerate()
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)
        size = rate_hz * FRAME_MS // 1000
        frames = samples[: len(samples) - len(samples) % size].reshape(-1, size)
        loud_ms = FRAME_MS * int((np.sqrt((frames**2).mean(axis=1)) > LOUD).sum())
        text = self._said(samples, rate_hz, loud_ms)
        if form.get("response_format") != "verbose_json":
            return {"text": text}
        segment = {
            "id": 0,
            "seek": 0,
            "start": 0.0,
            "end": round(len(samples) / rate_hz, 2),
            "text": text,
            "tokens": [1, 2],
            "temperature": 0.0,
            "avg_logprob": -0.2 if loud_ms else -1.4,
            "compression_ratio": 1.1,
            "no_speech_prob": 0.01 if loud_ms else 0.9,
        }
        language = form.get("language", "english")
        return {
            "task": "transcribe",
            "language": language,
            "duration": segment["end"],
            "text": text,
            "segments": [segment],
        }

    def _said(self, samples: Any, rate_hz: int, loud_ms: int) -> str:
        if not loud_ms:
            return HALLUCINATION
        spectrum = np.abs(np.fft.rfft(samples))
        pitch_hz = float(np.argmax(spectrum)) * rate_hz / len(samples)
        number = round((pitch_hz - FIRST_HZ) / STEP_HZ)
        words = self.script[number].split() if 0 <= number < len(self.script) else []
        return " " + " ".join(words[: int(loud_ms / self.word_ms) + 1])

    # --- speaking -------------------------------------------------------------------------------
    async def _speak(self, request: web.Request) -> web.StreamResponse:
        noted, fault = self.note(request, await request.json()), self.next_fault()
        if fault.status or "bad" in request.headers.get("Authorization", ""):
            return self._refuse(fault)
        if fault.stalls:
            await self.stall()
        await wait(self.first_audio_ms)
        each_ms = 1000 / self.characters_a_second
        count = max(1, int(CHUNK_MS / each_ms))
        text = noted.body["input"]
        rate_hz = self.voice_rate_hz // 2 if fault.wrong_rate else self.voice_rate_hz
        parts = [self._head(rate_hz)] if self.has_wav_head else []
        for start in range(0, len(text), count):
            mono = np.frombuffer(tone(text[start : start + count], each_ms, rate_hz), "<i2")
            parts.append(np.repeat(mono, self.voice_channels).tobytes())
        return await self._write(request, noted, fault, parts, "audio/pcm", pause_ms=count * each_ms)

    def _head(self, rate_hz: int) -> bytes:
        """As servers send it that do not know yet how long it will be."""
        target = io.BytesIO()
        with wave.open(target, "wb") as file:
            file.setnchannels(self.voice_channels)
            file.setsampwidth(2)
            file.setframerate(rate_hz)
        head = target.getvalue()
        return head[:4] + b"\xff\xff\xff\xff" + head[8:40] + b"\xff\xff\xff\xff"

    async def _write(
        self,
        request: web.Request,
        noted: Request,
        fault: Fault,
        parts: list[bytes],
        content_type: str,
        pause_ms: float = 0.0,
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": content_type})
        try:
            await response.prepare(request)
            for number, part in enumerate(parts):
                await asyncio.sleep(fault.drips_ms / 1000)
                if fault.cut_after == number:
                    assert request.transport is not None
                    request.transport.abort()
                    return response
                await response.write(GARBAGE if fault.garbage else part)
                while fault.endless:
                    await response.write(b"\0" * 65_536)
                if self.times_real_time:
                    await asyncio.sleep(pause_ms / 1000 / self.times_real_time)
            await response.write_eof()
        except (ConnectionResetError, asyncio.CancelledError):
            noted.abortion.set()
            raise
        return response
