"""`<Dial>`: the caller is put through to numbers and SIP addresses; who they are, a test says."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.simulators.twilio.carrier import Callee, new_sid
from tests.simulators.twilio.twiml import Element

if TYPE_CHECKING:
    from tests.simulators.twilio.phone_call import PhoneCall

TIMEOUT_S = 30.0
LONGEST_CALL_S = 14_400.0
E164 = re.compile(r"\+[1-9]\d{6,14}")
EVENTS = {"initiated": "initiated", "ringing": "ringing", "answered": "in-progress", "completed": "completed"}


@dataclass
class Leg:
    """The call to one target. `status` in Twilio's words; instants are those of time.monotonic()."""

    target: str
    noun: Element
    callee: Callee
    sid: str = field(default_factory=lambda: new_sid("CA"))
    status: str = "queued"
    began_s: float = field(default_factory=time.monotonic)
    answered_s: float | None = None
    sequence: int = 0


@dataclass
class Dialled:
    """What a `<Dial>` came to: DialCallStatus, the leg that was put through, how long they talked."""

    verb: Element
    legs: list[Leg]
    status: str = "canceled"
    leg: Leg | None = None
    talked_s: float = 0.0

    def form(self) -> dict[str, str]:
        """What its action is told."""
        told = {"DialCallStatus": self.status, "DialBridged": str(self.leg is not None).lower()}
        if self.leg is not None:
            told |= {"DialCallSid": self.leg.sid, "DialCallDuration": str(round(self.talked_s))}
        elif self.legs:
            told["DialCallSid"] = self.legs[-1].sid
        return told


async def dial(call: PhoneCall, verb: Element) -> Dialled:
    nouns = verb.children or ((verb,) if verb.text else ())
    dialled = Dialled(verb, [Leg(noun.text, noun, call.carrier.callee(noun.text)) for noun in nouns])
    call.dials.append(dialled)
    valid = [leg for leg in dialled.legs if _is_target(leg)]
    for leg in dialled.legs:
        if leg not in valid:
            call.warn(f"13223 {leg.target!r} can not be dialled")
            leg.status = "failed"
    if not _may_be_shown(call, verb.attributes.get("callerId", "")):
        call.warn("13214 a caller without a number needs a callerId that is one of the call's")
        valid = []
    if not valid:
        dialled.status = "failed"
        return dialled
    for leg in valid:
        call.hears("ringing", leg.target)
    answered = await _ring(call, valid, verb.seconds("timeout", TIMEOUT_S))
    if answered is None:
        # Several that did not answer count as the last of them that said why.
        statuses = [leg.status for leg in valid]
        dialled.status = next((each for each in statuses if each != "no-answer"), "no-answer")
        return dialled
    await _talk(call, dialled, answered)
    return dialled


async def _ring(call: PhoneCall, legs: list[Leg], timeout_s: float) -> Leg | None:
    """The first that answers; all others stop ringing then."""
    ringing = {asyncio.create_task(_ring_one(call, leg), name=f"rings at {leg.target}"): leg for leg in legs}
    waiting, answered = set(ringing), None
    ends_s = time.monotonic() + call.carrier.seconds(timeout_s)
    try:
        while waiting and answered is None:
            done, waiting = await asyncio.wait(
                waiting,
                timeout=max(0.0, ends_s - time.monotonic()),
                return_when=asyncio.FIRST_COMPLETED,
            )
            if not done:
                break
            answered = next((ringing[task] for task in done if ringing[task].status == "in-progress"), None)
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    for task in waiting:
        ringing[task].status = "canceled" if answered is not None else "no-answer"
    for leg in legs:
        if leg is not answered:
            await _tell(call, leg, "completed")
    return answered


async def _ring_one(call: PhoneCall, leg: Leg) -> None:
    await _tell(call, leg, "initiated")
    leg.status = "ringing"
    await _tell(call, leg, "ringing")
    if leg.callee.outcome == "no-answer":
        await asyncio.Event().wait()
    await asyncio.sleep(leg.callee.rings_s)
    if leg.callee.outcome != "answered":
        leg.status = leg.callee.outcome
        return
    leg.status = "in-progress"
    leg.answered_s = time.monotonic()
    await _tell(call, leg, "answered")


async def _talk(call: PhoneCall, dialled: Dialled, leg: Leg) -> None:
    dialled.leg, dialled.status = leg, "completed"
    call.is_answered()
    call.hears("connected", leg.target)
    began_s = time.monotonic()
    limit_s = call.carrier.seconds(dialled.verb.seconds("timeLimit", LONGEST_CALL_S))
    try:
        await asyncio.sleep(limit_s if leg.callee.talks_s is None else min(limit_s, leg.callee.talks_s))
    finally:
        dialled.talked_s = time.monotonic() - began_s
        leg.status = "completed"
    await _tell(call, leg, "completed")


async def _tell(call: PhoneCall, leg: Leg, event: str) -> None:
    wanted = leg.noun.attributes.get("statusCallbackEvent", "completed").split()
    url = leg.noun.attributes.get("statusCallback")
    if not url or event not in wanted:
        return
    form = call.form() | {
        "CallSid": leg.sid,
        "ParentCallSid": call.sid,
        "To": leg.target,
        "Called": leg.target,
        "Direction": "outbound-dial",
        "CallStatus": leg.status if event == "completed" else EVENTS[event],
        "SequenceNumber": str(leg.sequence),
        "Timestamp": call.timestamp(),
        "CallbackSource": "call-progress-events",
    }
    leg.sequence += 1
    await call.carrier.webhooks.ask(url, form, method=leg.noun.attributes.get("statusCallbackMethod", "POST"))


def _may_be_shown(call: PhoneCall, caller_id: str) -> bool:
    """Who calls from a program or over SIP has no number that others could be shown."""
    if caller_id:
        return caller_id in (call.from_number, call.to_number)
    return not call.from_number.startswith(("client:", "sip:", "sips:"))


def _is_target(leg: Leg) -> bool:
    if leg.noun.name == "Sip":
        return leg.target.startswith(("sip:", "sips:")) and "@" in leg.target
    return bool(E164.fullmatch(leg.target))
