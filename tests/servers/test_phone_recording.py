"""The recording of a phone call beside what its simulated telephone heard and said."""

from __future__ import annotations

import asyncio
import io
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from calls.recordings.making import make_files
from tests.servers.ground import Ground
from tests.servers.simulated_vendors import LONG_ANSWER, VENDORS, Vendors
from tests.servers.test_phone_calls import (
    asked,
    ended,
    phone_product,
    sound,
    spoken_to_its_end,
    twilio,
    webhook,
)
from tests.simulators.sound import linear
from tests.simulators.twilio.simulator import TwilioSimulator
from tests.simulators.twilio.utterance import Utterance

__all__ = ["asked", "phone_product", "twilio"]

Track = npt.NDArray[np.float64]
RATE_HZ = 8_000


def shift_s(track: Track, part: Track) -> float:
    """Where in the track the part is, by the best match."""
    size = 1 << (len(track) + len(part)).bit_length()
    match = np.fft.irfft(np.fft.rfft(track, size) * np.conj(np.fft.rfft(part, size)), size)
    at = int(match.argmax())
    return (at if at < size // 2 else at - size) / RATE_HZ


def places_s(track: Track, part: Track, count: int) -> list[float]:
    """Where the part is each time, in order."""
    left, found = track.copy(), []
    for _ in range(count):
        found.append(shift_s(left, part))
        at = round(found[-1] * RATE_HZ)
        left[max(0, at) : at + len(part)] = 0
    return sorted(found)


def recorded(ground: Ground, folder: Path) -> tuple[Track, Track]:
    """Caller and agent, from what the server stored while the call went on."""
    data = Path(ground.environment["VOICEX_DATA_DIR"])
    segments = sorted(data.glob("recordings/*/segments/*.sound"))
    made = make_files((segment.read_bytes() for segment in segments), folder)
    assert made is not None and made.unreadable_segments == 0
    with wave.open(io.BytesIO(made.wav.read_bytes())) as wav:
        assert wav.getframerate() == RATE_HZ
        both = np.frombuffer(wav.readframes(wav.getnframes()), "<i2").reshape(-1, 2).astype(np.float64)
    return both[:, 0], both[:, 1]


async def test_it_is_what_the_telephone_heard_within_40_ms_and_nothing_that_was_cut_off(
    ground: Ground, vendors: Vendors, twilio: TwilioSimulator, asked: Utterance, tmp_path: Path
) -> None:
    vendors.deepgram.script.extend(["What are your hours?", "Stop, only on Saturday please."])
    replies = iter([LONG_ANSWER, "From ten to two."])
    vendors.groq.answer = lambda messages: next(replies)
    acme = ground.organisation(
        turn_taking={"interruption_sensitivity": 1, "silence_ms": 600},
        recording={"is_on": True, "consent_line": "This call is recorded."},
        **VENDORS,
    )
    call = twilio.ring(webhook(acme))
    stream = await call.wait_for_stream()
    await spoken_to_its_end(stream, 0.0)
    first = stream.say(asked)
    await first.said.wait()
    assert first.first_s is not None and first.last_s is not None
    await sound(stream, first.last_s)
    await asyncio.sleep(2.0)
    second = stream.say(asked)
    await second.said.wait()
    assert second.first_s is not None and second.last_s is not None
    cleared_s = stream.first_clear_after(second.first_s)
    assert cleared_s is not None
    await spoken_to_its_end(stream, second.last_s)
    await call.hang_up()
    await ended(ground, acme, call)

    caller, agent = await asyncio.to_thread(recorded, ground, tmp_path)
    # Both have the same words.
    was, came = places_s(caller, linear(asked.sound, "mulaw"), 2)
    assert first.spoken_s is not None and second.spoken_s is not None
    assert came - was == pytest.approx(second.spoken_s - first.spoken_s, abs=0.040)
    zero_s = first.spoken_s - asked.first_ms / 1000 - was
    heard = linear(stream.playout.heard(zero_s, zero_s + len(agent) / RATE_HZ), "mulaw")
    assert abs(shift_s(agent, heard)) <= 0.040
    cleared = round((cleared_s - zero_s) * RATE_HZ)
    assert np.abs(agent[cleared + RATE_HZ // 25 : cleared + RATE_HZ // 2]).max() < 50
    energy = [float(np.sum(each**2)) for each in (agent, heard)]
    assert 0.97 < energy[0] / energy[1] < 1.03
