"""How quickly an agent of (simulated) vendors answers and falls silent, with drafts and without."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence

from benchmarks.call.answers import Answers, ask
from benchmarks.call.vain_yields import DISTURBANCES, disturb
from benchmarks.call.vendors import Vendors, vendors
from benchmarks.product.measured_product import MeasuredProduct, measured_product
from benchmarks.talk import INTERRUPTION, VOICES, at_share, interruptions_ms, row, tell_loop
from tests.simulators.threaded import variables

AUDIOS = ("pcm_16000", "mp3")
PROFILES = {"fixed": "fixed delays", "tailed": "heavy-tailed delays"}
SPEED_TARGET = "p50 <= 500 ms, p95 <= 650 ms"


def shares(values: Sequence[float], *at: float, digits: int = 0) -> str:
    return " / ".join(f"{at_share(values, share):.{digits}f}" for share in at)


async def answers(
    product: MeasuredProduct, simulated: Vendors, rounds: int, profile: str, audio: str
) -> None:
    """With drafts and without, side by side."""
    for name, agent_id in {"drafts": product.eager_agent_id, "no drafts": product.patient_agent_id}.items():
        found = Answers()
        for turn in range(rounds):
            await ask(product, simulated, agent_id, audio, VOICES[turn % 2], found)
        is_aim = (profile, audio, name) == (PROFILES["fixed"], "pcm_16000", "drafts")
        tell(found, f"{profile}, {audio}, {name}", whole_file=audio == "mp3", is_aim=is_aim)


def tell(found: Answers, title: str, *, whole_file: bool, is_aim: bool) -> None:
    whole = [each.voice_to_voice_ms for each in found.answers]
    steps = [each.own_ms(whole_file=whole_file) for each in found.answers]
    own = [each.whole_ms for each in steps]
    waited = [each.deliberate_ms(whole_file=whole_file) for each in found.answers]
    theirs = [all_ms - own_ms - wait_ms for all_ms, own_ms, wait_ms in zip(whole, own, waited, strict=True)]
    print(f"\n{title}: {found.turns} turns, {found.unanswered} of them without an answer")
    row(
        "  last sound to first audio: p50 / p95 / p99",
        f"{shares(whole, 0.5, 0.95, 0.99)} ms",
        SPEED_TARGET if is_aim else "",
    )
    row("  of it our own: p50 / p95 / p99", f"{shares(own, 0.5, 0.95, 0.99, digits=1)} ms", "p95 <= 15 ms")
    to_model, to_voice, to_caller = (
        shares([getattr(each, name) for each in steps], 0.5, 0.95, digits=1)
        for name in ("to_model_ms", "to_voice_ms", "to_caller_ms")
    )
    row("    to the model; to the voice; to the caller: p50 / p95", f"{to_model}; {to_voice}; {to_caller} ms")
    row("  waited on purpose: p50 / p95", f"{shares(waited, 0.5, 0.95)} ms")
    row("  the vendors': p50 / p95", f"{shares(theirs, 0.5, 0.95)} ms")
    turns = max(1, found.turns)
    early = sum(each.is_draft for each in found.answers)
    row("  requests to the model a turn; answers that were drafts", f"{found.requests / turns:.2f}; {early}")
    row(
        "  tokens a turn read + written; of them in vain",
        f"{found.tokens_read / turns:.0f} + {found.tokens_written / turns:.1f}; "
        f"{found.vain_tokens_read / turns:.0f} + {found.vain_tokens_written / turns:.1f}",
    )


async def interruptions(product: MeasuredProduct, simulated: Vendors, times: int) -> None:
    simulated.deepgram.script.clear()
    simulated.deepgram.script.extend([INTERRUPTION] * times)
    stops = await interruptions_ms(product, times, 20.0)
    print()
    row(
        f"onset to audioStop, frames of 20 ms, {len(stops)} times: p50 / p95",
        f"{shares(stops, 0.5, 0.95)} ms",
        "p50 <= 100 ms, p95 <= 180 ms",
    )
    for what in DISTURBANCES:
        vain = await disturb(product, simulated, what, times)
        row(
            f"yielded in vain to a {what.name}; replies that did not go on",
            f"{vain.yields} of {vain.times}; {vain.lost}",
        )


async def measure(rounds: int, times: int, port: int, profiles: Sequence[str], audios: Sequence[str]) -> None:
    for profile in profiles:
        async with vendors(heavy_tailed=profile == "tailed") as simulated:
            environment = variables(list(vars(simulated).values()), "simulated")
            with measured_product(port, variables=environment) as product:
                for audio in audios:
                    await answers(product, simulated, rounds, PROFILES[profile], audio)
                if profile == "fixed":
                    if times:
                        await interruptions(product, simulated, times)
                    print()
                    row("web process, all vendors in use", f"{product.memory_mb()[0]:.0f} MB", "<= 220 MB")
                    tell_loop(product)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="calls of eight turns for each figure (3)")
    parser.add_argument("--times", type=int, default=18, help="each kind of interruption (18); 0: none")
    parser.add_argument("--port", type=int, default=3098)
    parser.add_argument("--profiles", nargs="+", choices=PROFILES, default=list(PROFILES))
    parser.add_argument("--audio", nargs="+", choices=AUDIOS, default=list(AUDIOS))
    arguments = parser.parse_args()
    asyncio.run(
        measure(arguments.rounds, arguments.times, arguments.port, arguments.profiles, arguments.audio)
    )


if __name__ == "__main__":
    main()
