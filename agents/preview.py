"""Lets a voice be heard before it is chosen: a short text as a WAV file."""

from __future__ import annotations

import asyncio

from agents.vendor_keys.base_address import check_own_address
from voice.audio.wav import wav_bytes
from voice.core.audio import PCM_24000, Encoding
from voice.core.errors import ProviderError
from voice.core.spec import VoiceSpec
from voice.providers import registry
from voice.providers.registry import Accesses

LONGEST_TEXT = 200
TIME_LIMIT_S = 10.0


async def _speak(voice: VoiceSpec, language: str, text: str, accesses: Accesses) -> bytes:
    async with asyncio.timeout(TIME_LIMIT_S):
        if access := accesses.get(voice.provider):
            await check_own_address(access)
        speech = registry.text_to_speech(voice.provider, accesses)
        stream = await speech.open(voice, language, PCM_24000)
        try:
            pcm = b"".join([chunk.audio async for chunk in stream.speak(text)])
        finally:
            await stream.aclose()
    if stream.audio.encoding is not Encoding.PCM_S16LE:
        raise ProviderError(voice.provider, "this voice cannot be previewed", retryable=False)
    return wav_bytes(pcm, stream.audio.rate_hz)


async def voice_preview(voice: VoiceSpec, language: str, text: str, accesses: Accesses) -> bytes:
    """A WAV file. Raises ProviderError, also when the provider takes longer than 10 s."""
    try:
        return await _speak(voice, language, text, accesses)
    except TimeoutError as error:
        raise ProviderError(voice.provider, "it did not answer in time", retryable=True) from error
