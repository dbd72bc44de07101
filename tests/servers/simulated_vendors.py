"""Vendors on loopback for a started server, and the agents' settings that name them."""

from __future__ import annotations

from dataclasses import dataclass

from tests.simulators.deepgram import DeepgramSimulator
from tests.simulators.elevenlabs import ElevenLabsSimulator
from tests.simulators.groq import GroqSimulator

KEY = "canary_vendor_key_5d0e"
LONG_ANSWER = "We are open from nine to five on weekdays, and from ten to two on Saturday. " * 3
VENDORS = {
    "model": {"provider": "groq", "name": "openai/gpt-oss-20b"},
    "voice": {"provider": "elevenlabs", "id": "EXAVITQu4vr4xnSDxMaL"},
    "transcriber": {"provider": "deepgram", "model": "nova-3"},
}


@dataclass
class Vendors:
    deepgram: DeepgramSimulator
    groq: GroqSimulator
    elevenlabs: ElevenLabsSimulator
