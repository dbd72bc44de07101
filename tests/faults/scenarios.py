"""What can go wrong with a provider in a call, as data: how it is arranged, and what has to come of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.faults.vendors import SPARE_EAR, SPARE_MODEL, SPARE_VOICE, Vendors
from tests.simulators.server import Fault, Simulator
from voice.core.errors import EndCode
from voice.core.events import PortName
from voice.core.usage import Meter

PATIENT = {"retry-after": "45"}


@dataclass(frozen=True)
class Scenario:
    """`switched`: who stands in at the end; `unused`: the meters at which the failed vendor has nothing.

    `speaks_ms`: how long the caller's question takes; `ends`: with what the call ends by itself.
    """

    name: str
    arrange: Callable[[Vendors], object]
    switched: dict[PortName, str] = field(default_factory=dict)
    unused: tuple[tuple[Meter, str], ...] = ()
    speaks_ms: int = 1_200
    ends: EndCode | None = None


def _each(simulator: Simulator, fault: Fault, times: int = 20) -> None:
    simulator.faults.extend([fault] * times)


def _down(made: Vendors) -> None:
    for simulator in made.all():
        _each(simulator, Fault(status=503))


def _refused_key(made: Vendors) -> None:
    made.has_spares, made.key = False, "bad_key"


MODEL_INPUT, VOICE_CHARACTERS = Meter.MODEL_INPUT_TOKENS, Meter.VOICE_CHARACTERS
EAR, MODEL, VOICE = (
    {PortName.TRANSCRIBER: SPARE_EAR.provider},
    {PortName.MODEL: SPARE_MODEL.provider},
    {PortName.VOICE: SPARE_VOICE.provider},
)
SCENARIOS: tuple[Scenario, ...] = (
    Scenario("nothing goes wrong", lambda made: None),
    Scenario(
        "the transcriber refuses the connection",
        lambda made: _each(made.ear, Fault(status=503)),
        EAR,
        unused=((Meter.TRANSCRIBER_S, "deepgram"),),
    ),
    Scenario(
        "the transcriber accepts the connection and never says a word",
        lambda made: made.ear.faults.append(Fault(stalls=True)),
        speaks_ms=4_000,
    ),
    Scenario("the transcriber breaks off in a word", lambda made: made.ear.faults.append(Fault(cut_after=2))),
    Scenario(
        "the transcriber talks nonsense",
        lambda made: _each(made.ear, Fault(garbage=True)),
        EAR,
    ),
    Scenario(
        "the model asks for patience",
        lambda made: _each(made.model, Fault(status=429, headers=PATIENT)),
        MODEL,
        unused=((MODEL_INPUT, "groq"),),
    ),
    Scenario("the model is overloaded", lambda made: _each(made.model, Fault(status=503)), MODEL),
    Scenario("the model never answers", lambda made: _each(made.model, Fault(stalls=True)), MODEL),
    Scenario(
        "the model falls silent after five words",
        lambda made: _each(made.model, Fault(stalls_after=5)),
        MODEL,
    ),
    Scenario(
        "the model breaks off after five words", lambda made: _each(made.model, Fault(cut_after=5)), MODEL
    ),
    Scenario("the model talks nonsense", lambda made: _each(made.model, Fault(garbage=True)), MODEL),
    Scenario(
        "the voice refuses the connection",
        lambda made: _each(made.voice, Fault(status=503)),
        VOICE,
        unused=((VOICE_CHARACTERS, "elevenlabs"),),
    ),
    Scenario(
        "the voice accepts the text and never sounds",
        lambda made: _each(made.voice, Fault(stalls=True)),
        VOICE,
        unused=((VOICE_CHARACTERS, "elevenlabs"),),
    ),
    Scenario("the voice breaks off in a sentence", lambda made: _each(made.voice, Fault(cut_after=6)), VOICE),
    Scenario(
        "the voice talks nonsense",
        lambda made: _each(made.voice, Fault(garbage=True)),
        VOICE,
        unused=((VOICE_CHARACTERS, "elevenlabs"),),
    ),
    Scenario("nobody is left", _down, ends=EndCode.PROVIDER_FAILED),
    Scenario("the model's key is refused and nobody stands in", _refused_key, ends=EndCode.PROVIDER_REFUSED),
)
