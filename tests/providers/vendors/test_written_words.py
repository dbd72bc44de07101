"""Real adapters' word times of a spoken form come back as times of the words that were written."""

from __future__ import annotations

import pytest

from tests.providers.vendors.conftest import access_to
from tests.simulators.elevenlabs import ElevenLabsSimulator
from voice.core.audio import PCM_16000
from voice.core.ports import SpeechChunk, TextToSpeech
from voice.core.spec import VoiceSpec
from voice.engine.reading.reader import Reader
from voice.engine.voice_line import VoiceLine
from voice.providers.elevenlabs.speech import ElevenLabsSpeech
from voice.providers.embedded.voice import EmbeddedVoice
from voice.providers.embedded.voice_client import VoiceClient

WRITTEN = "  It costs $1,200.50, and call 555-12. "
WORDS = ["It", "costs", "$1,200.50", "and", "call"]


async def spoken(port: TextToSpeech, voice: VoiceSpec) -> list[SpeechChunk]:
    line = VoiceLine(voice, port, "en-US", PCM_16000)
    try:
        return [chunk async for chunk in line.speak(Reader("en-US").read(WRITTEN), has_spare=False)]
    finally:
        await line.aclose()


def assert_written(chunks: list[SpeechChunk]) -> None:
    words = [word for chunk in chunks for word in chunk.words]
    texts = [WRITTEN[word.start_char : word.end_char].strip(" ,.") for word in words]
    assert texts[: len(WORDS)] == WORDS
    duration_ms = sum(PCM_16000.duration_ms(len(chunk.audio)) for chunk in chunks)
    starts = [word.start_ms for word in words]
    assert starts == sorted(starts) and words[-1].end_ms <= duration_ms + 50
    # "One thousand two hundred dollars and fifty cents" takes its time.
    assert words[2].end_ms - words[2].start_ms > 4 * (words[1].end_ms - words[1].start_ms)


async def test_words_of_elevenlabs(elevenlabs: ElevenLabsSimulator) -> None:
    speech = ElevenLabsSpeech(access_to(elevenlabs))
    assert_written(await spoken(speech, VoiceSpec("elevenlabs", "v1")))


@pytest.mark.speech
@pytest.mark.real_time
async def test_words_of_the_built_in_voice() -> None:
    voice = EmbeddedVoice(VoiceClient())
    try:
        await voice.warm()
        assert_written(await spoken(voice, VoiceSpec()))
    finally:
        await voice.aclose()
