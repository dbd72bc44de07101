"""How often an agent at the highest sensitivity falls silent for what is no turn, and whether it goes on."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import numpy as np

from benchmarks.call.vendors import Vendors
from benchmarks.product.measured_product import MeasuredProduct
from tests.dialogues.sound import at_level, noise
from voice.edge.terminal_caller import TerminalCaller

LONG_ANSWER = (
    "We are open from nine to five on weekdays, and from ten to two on Saturday. "
    "On Sunday and on public holidays the practice is closed, and the emergency service takes over."
)
LISTEN_S = 2.5


@dataclass(frozen=True)
class Disturbance:
    """`db`: against a voice. `heard_as`: what the transcriber makes of it, if anything."""

    name: str
    kind: str
    seconds: float
    db: float
    heard_as: str = ""


DISTURBANCES = (
    Disturbance('"mhm"', "hum", 0.5, -3.0, "Mhm."),
    Disturbance("cough", "cough", 0.5, 0.0),
    Disturbance("throat", "throat", 0.6, -3.0),
    Disturbance("keyboard", "keyboard", 2.0, -12.0),
    Disturbance("street", "street", 2.0, -12.0),
    Disturbance("door", "knock", 0.3, 0.0),
)


@dataclass
class Vain:
    """`lost`: replies that did not go on after it."""

    times: int = 0
    yields: int = 0
    lost: int = 0


async def disturb(product: MeasuredProduct, simulated: Vendors, what: Disturbance, times: int) -> Vain:
    """One call: each time in the middle of an answer."""
    found, answer = Vain(), simulated.groq.answer
    simulated.groq.answer = lambda messages: LONG_ANSWER
    try:
        async with TerminalCaller(
            product.address, api_key=product.api_key, agent_id=product.eager_agent_id
        ) as caller:
            await caller.wait_for("audioEnd")
            for turn in range(times):
                await _disturb(caller, simulated, what, turn, found)
            await caller.send("hangup")
            await caller.wait_until_over()
    finally:
        simulated.groq.answer = answer
    return found


async def _disturb(
    caller: TerminalCaller, simulated: Vendors, what: Disturbance, seed: int, found: Vain
) -> None:
    simulated.deepgram.script.clear()
    if what.heard_as:
        simulated.deepgram.script.append(what.heard_as)
    heard = len(caller.audio)
    await caller.send("text", {"text": "When are you open?"})
    await caller.wait_for_audio(heard + 5)
    await asyncio.sleep(1.0)
    since = len(caller.received)
    sound = at_level(noise(what.kind, what.seconds, seed), what.db)
    await caller.say(np.rint(sound.samples).astype("<i2").tobytes())
    await asyncio.sleep(LISTEN_S)
    found.times += 1
    stops = [each for each in caller.received[since:] if each.type == "audioStop"]
    found.yields += bool(stops)
    if stops and caller.first_audio_after(stops[-1].at_ms + 1) is None:
        found.lost += 1
    await caller.send("interrupt")
    await asyncio.sleep(0.5)
