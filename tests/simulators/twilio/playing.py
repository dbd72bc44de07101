"""`<Play>`: a file of the customer's is fetched and played."""

from __future__ import annotations

import asyncio
import io
import wave
from typing import TYPE_CHECKING

import aiohttp

from tests.simulators.twilio.twiml import Element

if TYPE_CHECKING:
    from tests.simulators.twilio.phone_call import PhoneCall

FETCH_S = 15.0
# `loop="0"` means until the caller has had enough.
MOST_TIMES = 1_000
TYPES = {"audio/mpeg", "audio/wav", "audio/wave", "audio/x-wav", "audio/basic", "audio/ulaw", "audio/x-aiff"}
# Of a file whose length cannot be seen, in seconds.
UNKNOWN_S = 5.0


async def play(call: PhoneCall, verb: Element, url: str) -> None:
    """One that cannot be had is noted (12400) and not heard: the document goes on."""
    sound, content_type = await _fetch(call, url)
    if not sound or content_type not in TYPES:
        call.warn(f"12400 {url} is no sound: {content_type}, {len(sound)} bytes")
        return
    times = round(verb.seconds("loop", 1)) or MOST_TIMES
    for _ in range(times):
        call.hears("play", url, sound)
        await asyncio.sleep(call.carrier.seconds(_lasts_s(sound)))


async def _fetch(call: PhoneCall, url: str) -> tuple[bytes, str]:
    timeout = aiohttp.ClientTimeout(total=FETCH_S)
    try:
        async with call.carrier.session.get(call.carrier.loopback(url), timeout=timeout) as response:
            return (await response.read() if response.status < 400 else b""), response.content_type
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        return b"", f"no answer ({error})"


def _lasts_s(sound: bytes) -> float:
    try:
        with wave.open(io.BytesIO(sound)) as opened:
            return opened.getnframes() / opened.getframerate()
    except (wave.Error, EOFError):
        return UNKNOWN_S
