"""How quickly a built-in agent answers and falls silent, what it weighs, and what holds up the event loop."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Sequence

import numpy as np

from benchmarks.product.measured_product import MeasuredProduct, measured_product
from benchmarks.speech.flite_speech import spoken
from voice.edge.terminal_caller import TerminalCaller

QUESTIONS = (
    "What are your opening hours?",
    "Is there parking?",
    "How much does a filling cost?",
    "Which insurance do you take?",
    "Where are you?",
    "I want to make an appointment.",
)
INTERRUPTION = "Excuse me, one more question please."
VOICES = ("slt", "rms")
DOCUMENT_FRAME_MS = 256.0
IDLE_SOCKETS = 10


def at_share(values: Sequence[float], share: float) -> float:
    return float(np.percentile(values, share * 100)) if values else float("nan")


async def greeting_ms(product: MeasuredProduct, audio: str) -> float:
    """`connected` to the first audio."""
    async with TerminalCaller(
        product.address, api_key=product.api_key, agent_id=product.agent_id, audio=audio
    ) as caller:
        connected = await caller.wait_for("connected", within_s=30)
        await caller.wait_for("transcript", within_s=10)
        await caller.wait_for_audio()
        await caller.send("hangup")
        await caller.wait_until_over()
        return caller.audio[0][0] - connected.at_ms


async def answers_ms(product: MeasuredProduct, voice: str, audio: str) -> list[float]:
    """The caller's last sound to the first audio of the answer, for each question of one call."""
    found = []
    async with TerminalCaller(
        product.address, api_key=product.api_key, agent_id=product.agent_id, audio=audio
    ) as caller:
        await caller.wait_for("audioEnd")
        for question in QUESTIONS:
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


async def interruptions_ms(product: MeasuredProduct, times: int, frame_ms: float) -> list[float]:
    """The caller's onset to `audioStop` at interruption sensitivity 1, spoken at any phase of a frame."""
    found = []
    random = np.random.default_rng(7)
    async with TerminalCaller(
        product.address, api_key=product.api_key, agent_id=product.eager_agent_id, frame_ms=frame_ms
    ) as caller:
        await caller.wait_for("audioEnd")
        for turn in range(times):
            since = len(caller.received)
            await caller.send("text", {"text": QUESTIONS[turn % 3]})
            heard = len(caller.audio)
            await caller.wait_for_audio(heard + 5)
            await asyncio.sleep(1.0)
            lead_ms = random.uniform(0, frame_ms)
            speech = bytes(int(lead_ms * 16) * 2) + spoken(INTERRUPTION, VOICES[turn % 2])
            await caller.say(speech)
            stopped = await caller.wait_for("audioStop", since=since, within_s=10)
            found.append(stopped.at_ms - (caller.speech_began_ms or 0.0) - lead_ms)
            await caller.wait_for("audioEnd", since=len(caller.received), within_s=60)
        await caller.send("hangup")
        await caller.wait_until_over()
    return found


async def noise_ms(for_s: float) -> float:
    """How late a process that does nothing is woken on this machine: what no server can be better than."""
    worst, ends_at = 0.0, time.monotonic() + for_s
    while time.monotonic() < ends_at:
        began = time.perf_counter()
        await asyncio.sleep(0.005)
        worst = max(worst, (time.perf_counter() - began - 0.005) * 1000)
    return worst


def row(name: str, value: str, target: str = "") -> None:
    print(f"{name:<62} {value:>26}  {target}", flush=True)


def tell_loop(product: MeasuredProduct) -> None:
    worst_ms = product.loop_ms()["busy_ms"][-1]
    row("event loop, its own work at one go: worst", f"{worst_ms:.1f} ms", "<= 20 ms")
    for culprit in product.loop_culprits():
        print(f"    {culprit}")


async def speed(product: MeasuredProduct, rounds: int) -> None:
    for audio in ("pcm_24000", "mp3"):
        greetings = [await greeting_ms(product, audio) for _ in range(6)]
        row(
            f"greeting after connected, {audio}: first call, then worst of 5",
            f"{greetings[0]:.0f} / {max(greetings[1:]):.0f} ms",
            "<= 100 ms from the second on",
        )
    for audio in ("pcm_24000", "mp3"):
        answers: list[float] = []
        for turn in range(rounds):
            answers += await answers_ms(product, VOICES[turn % 2], audio)
        row(
            f"last sound to first audio, {audio}, {len(answers)} turns: p50 / p95",
            f"{at_share(answers, 0.5):.0f} / {at_share(answers, 0.95):.0f} ms",
            "p50 <= 1200 ms",
        )
    for frame_ms, target in ((20.0, "p95 <= 250 ms"), (DOCUMENT_FRAME_MS, "the document's client")):
        stops = await interruptions_ms(product, rounds * 6, frame_ms)
        row(
            f"onset to audioStop, frames of {frame_ms:.0f} ms, {len(stops)} times: p50 / p95",
            f"{at_share(stops, 0.5):.0f} / {at_share(stops, 0.95):.0f} ms",
            target,
        )


async def decoders(product: MeasuredProduct, count: int) -> None:
    """Calls at once, each with a decoder at work."""
    callers = [
        TerminalCaller(product.address, api_key=product.api_key, agent_id=product.agent_id)
        for _ in range(count)
    ]
    async with asyncio.TaskGroup() as group:
        for caller in callers:
            group.create_task(caller.__aenter__())
    try:
        question = spoken(QUESTIONS[0], VOICES[0])
        async with asyncio.TaskGroup() as group:
            for caller in callers:
                group.create_task(caller.say(question))
        await asyncio.sleep(2)
        sizes = product.decoder_memory_mb()
        row(
            f"memory of {len(sizes)} processes of the transcriber, host included: resident",
            " + ".join(f"{rss:.0f}" for rss, _ in sorted(sizes)) + " MB",
        )
        row("the same, shared pages divided among them", f"{sum(pss for _, pss in sizes):.0f} MB in all")
    finally:
        for caller in callers:
            await caller.__aexit__()


async def idle_sockets(product: MeasuredProduct) -> None:
    alone, _ = product.memory_mb()
    callers = [
        TerminalCaller(product.address, api_key=product.api_key, agent_id=product.agent_id)
        for _ in range(IDLE_SOCKETS)
    ]
    for caller in callers:
        await caller.__aenter__()
    await asyncio.sleep(5)
    with_calls, share = product.memory_mb()
    for caller in callers:
        await caller.__aexit__()
    row("web process, scripted ports, no socket", f"{alone:.0f} MB")
    row(f"web process, scripted ports, {IDLE_SOCKETS} idle sockets", f"{with_calls:.0f} MB", "<= 150 MB")


async def measure(port: int, rounds: int) -> None:
    with measured_product(port) as product:
        noise = asyncio.create_task(asyncio.to_thread(asyncio.run, noise_ms(30.0)))
        await speed(product, rounds)
        await decoders(product, 4)
        tell_loop(product)
        row(
            "event loop, woken late: worst (an idle thread beside it)",
            f"{product.loop_ms()['late_ms'][-1]:.1f} ms ({await noise:.1f} ms)",
        )
    with measured_product(port, scripted=True) as product:
        await idle_sockets(product)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=3990)
    parser.add_argument("--rounds", type=int, default=2, help="calls for each figure")
    arguments = parser.parse_args()
    asyncio.run(measure(arguments.port, arguments.rounds))


if __name__ == "__main__":
    main()
