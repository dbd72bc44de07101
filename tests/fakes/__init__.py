"""Providers without a provider: scripted ports for tests of everything that holds a conversation."""

from tests.fakes.call import FakeCall, make_spec
from tests.fakes.model import Acts, FakeModel
from tests.fakes.speech import FakeSpeech
from tests.fakes.tools import FakeTools
from tests.fakes.transcriber import FakeTranscriber
from tests.fakes.voice_activity import EnergyVoiceActivity

__all__ = [
    "Acts",
    "EnergyVoiceActivity",
    "FakeCall",
    "FakeModel",
    "FakeSpeech",
    "FakeTools",
    "FakeTranscriber",
    "make_spec",
]
