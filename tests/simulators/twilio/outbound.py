"""A call that the customer has Twilio make: it rings, somebody or something answers, or nobody does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

from tests.simulators.twilio.carrier import Callee
from tests.simulators.twilio.phone_call import PhoneCall
from tests.simulators.twilio.verbs import Ask

RING_S = 60.0
# How long detection listens before it knows a human, a machine, and a machine's last word.
DETECTION_S = 4.0


@dataclass(frozen=True)
class Detection:
    """Of answering machines: `mode` is Enable, DetectMessageEnd or empty."""

    mode: str = ""
    is_async: bool = False
    limit_s: float = 30.0
    url: str = ""
    method: str = "POST"


@dataclass(frozen=True)
class Order:
    """What POST /Calls asked for beside the two numbers."""

    ask: Ask
    detection: Detection
    timeout_s: float = RING_S

    @classmethod
    def of(cls, form: Mapping[str, str]) -> Order:
        ask = Ask(
            form.get("Url", ""),
            form.get("Method", "POST"),
            twiml=form.get("Twiml", "").encode(),
            fallback_url=form.get("FallbackUrl", ""),
        )
        detection = Detection(
            form.get("MachineDetection", ""),
            form.get("AsyncAmd", "").lower() == "true",
            float(form.get("MachineDetectionTimeout", 30)),
            form.get("AsyncAmdStatusCallback", ""),
            form.get("AsyncAmdStatusCallbackMethod", "POST"),
        )
        return cls(ask, detection, float(form.get("Timeout", RING_S)))


async def place(call: PhoneCall, order: Order, callee: Callee) -> None:
    await call.callbacks.tell(call, "initiated")
    if not await _rings(call, order, callee):
        return
    call.is_answered()
    await call.callbacks.tell(call, "answered")
    call.greeting = callee.greeting
    detecting: asyncio.Task[None] | None = None
    if order.detection.mode and not order.detection.is_async:
        await _detect(call, order.detection, callee)
        call.extra["AnsweredBy"] = call.answered_by
    elif order.detection.mode:
        detecting = asyncio.create_task(_detect(call, order.detection, callee), name="answering machine?")
    try:
        await call.run(order.ask)
    finally:
        if detecting is not None:
            detecting.cancel()
            await asyncio.gather(detecting, return_exceptions=True)


async def _rings(call: PhoneCall, order: Order, callee: Callee) -> bool:
    """Whether somebody answers; an end that is none is told like any other."""
    if not call.is_canceled.is_set():
        call.status = "ringing"
    await call.callbacks.tell(call, "ringing")
    limit_s = call.carrier.seconds(order.timeout_s)
    rings_s = limit_s if callee.outcome == "no-answer" else min(callee.rings_s, limit_s)
    try:
        async with asyncio.timeout(rings_s):
            await call.is_canceled.wait()
    except TimeoutError:
        outcome = "no-answer" if callee.rings_s > limit_s else callee.outcome
        if outcome == "answered":
            return True
        call.sip_code = callee.sip_code if outcome == callee.outcome else 487
        await call.end(outcome)
    await call.finish()
    return False


async def _detect(call: PhoneCall, detection: Detection, callee: Callee) -> None:
    began_s = time.monotonic()
    detected_s = callee.detected_s
    await asyncio.sleep(call.carrier.seconds(DETECTION_S) if detected_s is None else detected_s)
    if callee.detected_as:
        call.answered_by = callee.detected_as
    elif not callee.is_machine:
        call.answered_by = "human"
    elif detection.mode == "DetectMessageEnd":
        left_s = began_s + detection.limit_s - time.monotonic()
        await asyncio.sleep(min(callee.greets_s, left_s))
        is_heard_out = callee.greets_s <= left_s
        call.answered_by = f"machine_end_{callee.ends_with}" if is_heard_out else "unknown"
    else:
        call.answered_by = "machine_start"
    if detection.is_async and detection.url:
        took_ms = round((time.monotonic() - began_s) * 1000)
        told = {"AnsweredBy": call.answered_by, "MachineDetectionDuration": str(took_ms)}
        form = {"CallSid": call.sid, "AccountSid": call.carrier.account_sid} | told
        await call.carrier.webhooks.ask(detection.url, form, method=detection.method)
