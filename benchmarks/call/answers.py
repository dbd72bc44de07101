"""Asks an agent of simulated vendors questions, and takes each answer's time apart."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from benchmarks.call.own_time import Answer, finalized_s, tokens_read, tokens_written, voice_orders
from benchmarks.call.vendors import Vendors
from benchmarks.product.measured_product import MeasuredProduct
from benchmarks.speech.flite_speech import silence, spoken
from benchmarks.talk import QUESTIONS
from voice.edge.terminal_caller import TerminalCaller

# A pause in which a draft is begun and which is too short to end the turn: the caller goes on after it.
HESITATION_MS = 300.0
HESITANT = (
    ("I want to make an appointment.", "For a filling, please."),
    ("Is there parking?", "For two cars, I mean."),
)
Utterance = tuple[str, ...]
CALL: tuple[Utterance, ...] = (*((question,) for question in QUESTIONS), *HESITANT)


@dataclass
class Answers:
    """`requests` to the model, `turns` that they were for, and what those cost that nobody heard."""

    answers: list[Answer] = field(default_factory=list)
    unanswered: int = 0
    requests: int = 0
    tokens_read: int = 0
    tokens_written: int = 0
    vain_tokens_read: int = 0
    vain_tokens_written: int = 0

    @property
    def turns(self) -> int:
        return len(self.answers) + self.unanswered


async def ask(
    product: MeasuredProduct, simulated: Vendors, agent_id: str, audio: str, voice: str, into: Answers
) -> None:
    """One call, in frames of 20 ms."""
    async with TerminalCaller(
        product.address, api_key=product.api_key, agent_id=agent_id, audio=audio
    ) as caller:
        await caller.wait_for("audioEnd")
        for utterance in CALL:
            await _ask(caller, simulated, utterance, voice, into)
        await caller.send("hangup")
        await caller.wait_until_over()


async def _ask(
    caller: TerminalCaller, simulated: Vendors, utterance: Utterance, voice: str, into: Answers
) -> None:
    simulated.deepgram.script.extend(utterance)
    since, requests_before, began_s = len(caller.received), len(simulated.groq.requests), time.monotonic()
    await caller.say(silence(HESITATION_MS).join(spoken(part, voice) for part in utterance))
    last_sound_ms = caller.speech_ended_ms or 0.0
    await caller.wait_for("audioEnd", since=since, within_s=60)
    audio_ms = caller.first_audio_after(last_sound_ms)
    finals = [
        each
        for each in caller.received[since:]
        if each.type == "transcript" and each.payload["role"] == "user" and each.payload["isFinal"]
    ]
    # A turn that was taken for ended in the hesitation is told again, longer, when it was.
    told = next((each for each in finals if last_sound_ms <= each.at_ms <= (audio_ms or 0.0)), None)
    asked = [each for each in simulated.groq.requests[requests_before:] if each.body is not None]
    into.requests += len(asked)
    audio_s = caller.instant_s(audio_ms or 0.0)
    heard = [each for each in asked if each.left and each.came_at_s <= audio_s]
    orders = [
        order
        for order in voice_orders(simulated.speaking)
        if heard and heard[-1].came_at_s <= order.came_at_s <= audio_s
    ]
    transcripts = [each for each in simulated.listening.left if each[0] >= began_s]
    if audio_ms is None or told is None or not orders or not transcripts:
        into.unanswered += 1
        return
    model = heard[-1]
    last_sound_s = caller.instant_s(last_sound_ms)
    into.answers.append(
        Answer(
            last_sound_s=last_sound_s,
            told_s=caller.instant_s(told.at_ms),
            audio_s=audio_s,
            transcripts=transcripts,
            finalize_s=finalized_s(simulated.listening, last_sound_s),
            model=model,
            voice=orders[0],
        )
    )
    for each in asked:
        into.tokens_read += tokens_read(each)
        into.tokens_written += tokens_written(each)
        if each is not model:
            into.vain_tokens_read += tokens_read(each)
            into.vain_tokens_written += tokens_written(each)
