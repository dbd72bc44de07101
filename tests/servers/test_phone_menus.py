"""A menu of telephone keys: several keys are one message, up to a terminator or a pause."""

from __future__ import annotations

import asyncio
import time

from tests.servers.ground import Ground
from tests.servers.simulated_vendors import VENDORS, Vendors
from tests.servers.test_phone_calls import ended, phone_product, spoken_to_its_end, twilio, was_clean, webhook
from tests.simulators.groq import said_to
from tests.simulators.twilio.simulator import TwilioSimulator

__all__ = ["phone_product", "twilio"]

PAUSE_S = 1.5


def asked(vendors: Vendors) -> list[str]:
    """What the model was told last, each time."""
    return [said_to(request)[-1]["content"] for request in vendors.groq.requests if request.body]


async def test_keys_are_collected_up_to_the_terminator_or_until_no_more_come(
    ground: Ground, vendors: Vendors, twilio: TwilioSimulator
) -> None:
    vendors.groq.answer = lambda messages: "Thank you."
    keypad = {"collects": True, "terminator": "#", "pause_ms": round(PAUSE_S * 1000), "most_digits": 20}
    acme = ground.organisation(greeting="Your number, please.", keypad=keypad, **VENDORS)
    call = twilio.ring(webhook(acme))
    stream = await call.wait_for_stream()
    await spoken_to_its_end(stream, 0.0)

    pressed_s = time.monotonic()
    await call.press("1234")
    await asyncio.sleep(PAUSE_S / 2)
    assert asked(vendors) == [], "more may come"
    await call.press("#")
    ended_s = time.monotonic()
    answered_s = await spoken_to_its_end(stream, pressed_s)
    assert answered_s - ended_s < PAUSE_S, "nothing is waited for after the terminator"

    pressed_s = time.monotonic()
    await call.press("42")
    answered_s = await spoken_to_its_end(stream, pressed_s)
    assert answered_s - pressed_s > PAUSE_S
    await call.hang_up()
    record = await ended(ground, acme, call)
    assert was_clean(call)
    assert asked(vendors) == ["[pressed 1 2 3 4 #]", "[pressed 4 2]"]
    assert record["turns"] == [
        ["agent", "Your number, please."],
        ["user", "[pressed 1 2 3 4 #]"],
        ["agent", "Thank you."],
        ["user", "[pressed 4 2]"],
        ["agent", "Thank you."],
    ]
