"""An agent's own vendors and those that stand in for them, all simulated, behind the real adapters."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from tests.fakes import EnergyVoiceActivity, FakeCall, make_spec
from tests.simulators.deepgram import DeepgramSimulator
from tests.simulators.elevenlabs import ElevenLabsSimulator
from tests.simulators.groq import GroqSimulator
from tests.simulators.openai import OpenAISimulator
from tests.simulators.server import Simulator
from voice.core.ports import Ports, Spare
from voice.core.spec import ModelSpec, SessionSpec, TranscriberSpec, VoiceSpec
from voice.providers.access import VendorAccess
from voice.providers.deepgram.speech import DeepgramSpeech
from voice.providers.deepgram.transcriber import DeepgramTranscriber
from voice.providers.elevenlabs.speech import ElevenLabsSpeech
from voice.providers.groq.model import GroqModel
from voice.providers.openai_compatible.model import OpenAICompatibleModel

QUESTION = "When are you open?"
ANSWER = "We are open from nine in the morning until five in the afternoon."
WORD_MS = 300
KEY = "vendor_key_51c0"

MODEL = ModelSpec("groq", "openai/gpt-oss-20b")
VOICE = VoiceSpec("elevenlabs", "v1")
EAR = TranscriberSpec("deepgram", "nova-3")
SPARE_MODEL = ModelSpec("openai_compatible", "local")
SPARE_VOICE = VoiceSpec("deepgram", "aura-2-thalia-en")
SPARE_EAR = TranscriberSpec("standby", "nova-3")


@dataclass
class Vendors:
    """With the latencies of a good day. `key`: what the model's vendor is shown."""

    ear: DeepgramSimulator = field(default_factory=lambda: _deepgram())
    model: GroqSimulator = field(
        default_factory=lambda: GroqSimulator(lambda _: ANSWER, first_token_ms=200, tokens_a_second=300)
    )
    voice: ElevenLabsSimulator = field(
        default_factory=lambda: ElevenLabsSimulator(first_audio_ms=100, times_real_time=8)
    )
    spare_ear: DeepgramSimulator = field(default_factory=lambda: _deepgram())
    spare_model: OpenAISimulator = field(
        default_factory=lambda: OpenAISimulator(lambda _: ANSWER, first_token_ms=200, tokens_a_second=300)
    )
    spare_voice: DeepgramSimulator = field(default_factory=lambda: _deepgram())
    key: str = KEY
    has_spares: bool = True

    def all(self) -> list[Simulator]:
        return [each for each in vars(self).values() if isinstance(each, Simulator)]


def _deepgram() -> DeepgramSimulator:
    return DeepgramSimulator([QUESTION] * 9, interim_ms=100, final_ms=150, word_ms=WORD_MS)


@asynccontextmanager
async def vendors() -> AsyncIterator[Vendors]:
    made = Vendors()
    async with AsyncExitStack() as running:
        for simulator in made.all():
            await running.enter_async_context(simulator)
        yield made


@asynccontextmanager
async def call_with(made: Vendors, **changes: Any) -> AsyncIterator[FakeCall]:
    """A call whose ports are the vendors' own adapters, closed after it."""

    def access(simulator: Simulator, key: str = KEY) -> VendorAccess:
        return VendorAccess(simulator.vendor, key, simulator.base_url)

    model = GroqModel(access(made.model, made.key))
    spare_model = OpenAICompatibleModel(access(made.spare_model))
    ports = Ports(
        DeepgramTranscriber(access(made.ear)),
        model,
        ElevenLabsSpeech(access(made.voice)),
        EnergyVoiceActivity(),
    )
    if made.has_spares:
        ports = replace(
            ports,
            spare_transcribers=(Spare(SPARE_EAR, DeepgramTranscriber(access(made.spare_ear))),),
            spare_models=(Spare(SPARE_MODEL, spare_model),),
            spare_voices=(Spare(SPARE_VOICE, DeepgramSpeech(access(made.spare_voice))),),
        )
    try:
        async with FakeCall(_spec(**changes), ports=ports) as call:
            yield call
    finally:
        for port in (model, spare_model):
            await port.aclose()


def _spec(**changes: Any) -> SessionSpec:
    spec = make_spec(**changes)
    return replace(spec, agent=replace(spec.agent, model=MODEL, voice=VOICE, transcriber=EAR))
