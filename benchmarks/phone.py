"""How many phone calls one process on one core holds, and how quickly its agents answer and fall silent."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode

import uvloop

from benchmarks.call.phone_lines import Calls, hold, line_name
from benchmarks.call.vendors import Vendors, vendors
from benchmarks.conversation import PROFILES, shares
from benchmarks.product.measured_product import MeasuredProduct, measured_product
from benchmarks.speech.flite_speech import RATE_HZ
from benchmarks.speech.flite_speech import spoken as flite
from benchmarks.talk import QUESTIONS, VOICES, at_share, row
from tests.simulators.threaded import variables
from tests.simulators.twilio.simulator import TwilioSimulator
from tests.simulators.twilio.utterance import Utterance, spoken

CALLERS = (1, 10, 25, 50, 100)
# Calls begin within so long of each other: a second for ten of them, not more than this.
LONGEST_SPREAD_S = 20.0
OWN_LIMIT_MS = 20.0
AIM_CALLERS = 50


def answer_of(messages: Sequence[dict[str, object]]) -> str:
    """The first piece of it names the line, so that its request to the voice can be told from others'."""
    prompt = str(messages[0]["content"])
    at = prompt.rindex("You are on line")
    name = prompt[at:].split()[3].rstrip(".")
    return f"On {name} we are open from nine to five. Shall I book a time?"


async def round_of(
    callers: int,
    product: MeasuredProduct,
    simulated: Vendors,
    twilio: TwilioSimulator,
    question: Utterance,
    *,
    drafts: bool,
) -> float:
    """The 95th percentile of our own time."""
    # Callers and vendors keep all that they hear: to look through it would hold them up longer every round.
    for vendor in vars(simulated).values():
        vendor.requests.clear()
    gc.collect()
    gc.freeze()
    gc.disable()
    found = Calls()
    before_mb, _ = product.memory_mb()
    before_cpu_s, began_s = product.cpu_s(), time.monotonic()
    holding = []
    spread_s = min(LONGEST_SPREAD_S, callers / 10)
    for number in range(callers):
        name = line_name(number)
        query = urlencode({"api_key": product.api_key, "agent_id": product.phone_agents[f"{name} {drafts}"]})
        call = twilio.ring(f"{product.address.replace('ws', 'http', 1)}/api/twilio/voice?{query}")
        holding.append(asyncio.create_task(hold(call, name, question, found)))
        await asyncio.sleep(spread_s / callers)
    peak_mb, _ = product.memory_mb()
    lag_ms = await _while_held(holding, product)
    peak_mb = max(peak_mb, lag_ms[1])
    cpu_s, lasted_s = product.cpu_s() - before_cpu_s, time.monotonic() - began_s
    found.take_apart(simulated)
    return tell(found, callers, drafts, cpu_s, lasted_s, peak_mb - before_mb, lag_ms[0])


async def _while_held(holding: list[asyncio.Task[None]], product: MeasuredProduct) -> tuple[float, float]:
    """How late the callers' own loop was at worst (a rig that is late itself measures nothing), and the most
    memory that the web process had."""
    worst_ms, most_mb = 0.0, 0.0
    while not all(task.done() for task in holding):
        at = time.perf_counter()
        await asyncio.sleep(0.05)
        worst_ms = max(worst_ms, (time.perf_counter() - at - 0.05) * 1000)
        most_mb = max(most_mb, product.memory_mb()[0])
    await asyncio.gather(*holding)
    return worst_ms, most_mb


def tell(
    found: Calls, callers: int, drafts: bool, cpu_s: float, lasted_s: float, more_mb: float, lag_ms: float
) -> float:
    steps = [each.own_ms(whole_file=False) for each in found.answers]
    own = [each.whole_ms for each in steps] or [0.0]
    whole = [each.voice_to_voice_ms for each in found.answers] or [0.0]
    is_aim = callers == AIM_CALLERS
    title = f"{callers} callers, {'drafts' if drafts else 'no drafts'}"
    print(f"\n{title}: {len(found.answers)} answers, {found.unanswered} calls without one, {lasted_s:.0f} s")
    row("  last sound to first audio: p50 / p95 / p99", f"{shares(whole, 0.5, 0.95, 0.99)} ms")
    row(
        "  of it our own: p50 / p95 / p99",
        f"{shares(own, 0.5, 0.95, 0.99, digits=1)} ms",
        f"p95 <= {OWN_LIMIT_MS:g} ms" if is_aim else "",
    )
    if steps:
        parts = ([each.to_model_ms for each in steps], [each.to_voice_ms for each in steps])
        told = [shares(each, 0.5, 0.95, digits=1) for each in (*parts, [each.to_caller_ms for each in steps])]
        row("    to the model; to the voice; to the caller", f"{'; '.join(told)} ms")
    if found.clears_ms:
        row(
            f"  onset to clear, {len(found.clears_ms)} times: p50 / p95; never",
            f"{shares(found.clears_ms, 0.5, 0.95)} ms; {found.not_cleared}",
            "p50 <= 100 ms, p95 <= 180 ms",
        )
    row(
        "  underruns; most in the carrier's buffer",
        f"{found.underruns}; {found.most_buffered_ms:.0f} ms",
        "0; 400",
    )
    minutes = found.talked_s / 60 or 1
    row(
        "  CPU seconds a call-minute; of one core", f"{cpu_s / minutes:.2f}; {cpu_s / lasted_s:.0%}", "<= 0.3"
    )
    row("  memory a call", f"{more_mb / callers:.1f} MB", "<= 2 MB")
    row("  the callers' own loop, late at worst", f"{lag_ms:.0f} ms")
    for failure in found.failed[:3]:
        print(f"    {failure}")
    return at_share(own, 0.95)


async def measure(callers: Sequence[int], profiles: Sequence[str], drafts: Sequence[bool], port: int) -> None:
    # As long as its sound was before the telephone took the softest of it away.
    pcm = flite(QUESTIONS[0], VOICES[0])
    question = replace(spoken(pcm, RATE_HZ), first_ms=0.0, last_ms=len(pcm) / 2 / RATE_HZ * 1000)
    best = 0
    for profile in profiles:
        async with (
            vendors(heavy_tailed=profile == "tailed") as simulated,
            TwilioSimulator(time_scale=1.0) as twilio,
        ):
            simulated.deepgram.repeats = True
            simulated.deepgram.script.append(QUESTIONS[0])
            simulated.groq.answer = answer_of  # type: ignore[assignment]
            environment = variables(list(vars(simulated).values()), "simulated")
            environment["BENCHMARK_LINES"] = " ".join(line_name(number) for number in range(max(callers)))
            with measured_product(port, is_probed=False, variables=environment) as product:
                apart(product.pid)
                print(f"\n{PROFILES[profile]}")
                for count in callers:
                    for is_drafting in drafts:
                        own_ms = await round_of(
                            count, product, simulated, twilio, question, drafts=is_drafting
                        )
                        if own_ms <= OWN_LIMIT_MS and profile == "fixed":
                            best = max(best, count)
    row("\nthe most callers with p95 of our own time below 20 ms", str(best), f">= {AIM_CALLERS}")


def apart(pid: int) -> None:
    """The web process has a core for itself; callers and vendors share the other."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) > 1:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(ProcessLookupError):  # it has ended meanwhile
                os.sched_setaffinity(int(thread), cores[:1])
        os.sched_setaffinity(0, cores[1:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--callers", type=int, nargs="+", default=list(CALLERS))
    parser.add_argument("--profiles", nargs="+", choices=PROFILES, default=list(PROFILES))
    parser.add_argument("--drafts", nargs="+", choices=("on", "off"), default=["on", "off"])
    parser.add_argument("--port", type=int, default=3098)
    arguments = parser.parse_args()
    drafts = [name == "on" for name in arguments.drafts]
    uvloop.run(measure(arguments.callers, arguments.profiles, drafts, arguments.port))


if __name__ == "__main__":
    main()
