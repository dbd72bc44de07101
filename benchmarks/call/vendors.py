"""The simulated vendors of a benchmark, with fixed delays or with ones that are sometimes long."""

from __future__ import annotations

import itertools
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from tests.simulators.deepgram import DeepgramSimulator
from tests.simulators.elevenlabs import ElevenLabsSimulator
from tests.simulators.groq import GroqSimulator
from tests.simulators.server import Delay, Request

ANSWER = "We are open from nine to five. Shall I book a time?"
# A word of flite's; what it says is transcribed as it was written.
WORD_MS = 200.0


@dataclass
class Vendors:
    deepgram: DeepgramSimulator
    groq: GroqSimulator
    elevenlabs: ElevenLabsSimulator

    @property
    def listening(self) -> Request:
        """The transcriber's newest connection."""
        return next(each for each in reversed(self.deepgram.requests) if "/listen" in each.path)

    @property
    def speaking(self) -> list[Request]:
        return [each for each in self.elevenlabs.requests if "multi-stream-input" in each.path]


_seeds = itertools.count()


def tailed(typical_ms: float) -> Delay:
    """Log-normal about the typical delay: one in twenty takes 2.7 times as long, one in a hundred 4."""
    lot = random.Random(next(_seeds))
    return lambda: typical_ms * lot.lognormvariate(0, 0.6)


@asynccontextmanager
async def vendors(*, heavy_tailed: bool) -> AsyncIterator[Vendors]:
    delay = tailed if heavy_tailed else float
    made = Vendors(
        DeepgramSimulator(interim_ms=delay(100), final_ms=delay(150), word_ms=WORD_MS),
        GroqSimulator(lambda messages: ANSWER, first_token_ms=delay(200), tokens_a_second=300),
        ElevenLabsSimulator(first_audio_ms=delay(100), times_real_time=8),
    )
    async with AsyncExitStack() as running:
        for simulator in vars(made).values():
            await running.enter_async_context(simulator)
        yield made
