"""How quickly an agent of (simulated) vendors answers and falls silent, with drafts and without."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from benchmarks.product.measured_product import MeasuredProduct, measured_product
from benchmarks.speech.flite_speech import spoken
from benchmarks.talk import INTERRUPTION, QUESTIONS, VOICES, at_share, interruptions_ms, row
from tests.simulators.deepgram import DeepgramSimulator
from tests.simulators.elevenlabs import ElevenLabsSimulator
from tests.simulators.groq import GroqSimulator
from tests.simulators.server import Delay
from tests.simulators.threaded import variables
from voice.edge.terminal_caller import TerminalCaller

ANSWER = "We are open from nine to five. Shall I book a time?"
# A word of flite's; what it says is transcribed as it was written.
WORD_MS = 200.0


@dataclass
class Vendors:
    deepgram: DeepgramSimulator
    groq: GroqSimulator
    elevenlabs: ElevenLabsSimulator


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


async def answers_ms(
    product: MeasuredProduct, simulated: Vendors, agent_id: str, audio: str, voice: str
) -> list[float]:
    """The caller's last sound to the first audio of the answer, for each question of one call."""
    found = []
    async with TerminalCaller(
        product.address, api_key=product.api_key, agent_id=agent_id, audio=audio
    ) as caller:
        await caller.wait_for("audioEnd")
        for question in QUESTIONS:
            simulated.deepgram.script.append(question)
            since = len(caller.received)
            await caller.say(spoken(question, voice))
            asked_ms = caller.speech_ended_ms or 0.0
            await caller.wait_for("audioEnd", since=since, within_s=60)
            answered_ms = caller.first_audio_after(asked_ms)
            if answered_ms is not None:
                found.append(answered_ms - asked_ms)
        await caller.send("hangup")
        await caller.wait_until_over()
    return found


async def compare(product: MeasuredProduct, simulated: Vendors, rounds: int, profile: str) -> None:
    agents = {"drafts": product.eager_agent_id, "no drafts": product.patient_agent_id}
    for audio in ("pcm_16000", "mp3"):
        for name, agent_id in agents.items():
            before = len(simulated.groq.requests)
            answers: list[float] = []
            for turn in range(rounds):
                answers += await answers_ms(product, simulated, agent_id, audio, VOICES[turn % 2])
            asked = sum(request.body is not None for request in simulated.groq.requests[before:])
            row(
                f"{profile}, {audio}, {name}, {len(answers)} turns: p50 / p95 / p99",
                " / ".join(f"{at_share(answers, share):.0f}" for share in (0.5, 0.95, 0.99)) + " ms",
                f"{asked / max(1, len(answers)):.2f} requests a turn",
            )


async def measure(rounds: int, port: int) -> None:
    for heavy_tailed in (False, True):
        async with vendors(heavy_tailed=heavy_tailed) as simulated:
            profile = "heavy-tailed delays" if heavy_tailed else "fixed delays"
            with measured_product(
                port, variables=variables(list(vars(simulated).values()), "simulated")
            ) as product:
                await compare(product, simulated, rounds, profile)
                if not heavy_tailed:
                    simulated.deepgram.script.clear()
                    simulated.deepgram.script.extend([INTERRUPTION] * 100)
                    stops = await interruptions_ms(product, rounds * 6, 20.0)
                    row(
                        f"onset to audioStop, frames of 20 ms, {len(stops)} times: p50 / p95",
                        f"{at_share(stops, 0.5):.0f} / {at_share(stops, 0.95):.0f} ms",
                        "p50 <= 100 ms, p95 <= 180 ms",
                    )
                    row("web process, all vendors in use", f"{product.memory_mb()[0]:.0f} MB", "<= 220 MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="calls of six questions each (3)")
    parser.add_argument("--port", type=int, default=3098)
    arguments = parser.parse_args()
    asyncio.run(measure(arguments.rounds, arguments.port))


if __name__ == "__main__":
    main()
