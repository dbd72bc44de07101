"""Twilio's stream as Twilio sends it, and what it sends wrongly."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voice.audio.mulaw import mulaw_of_pcm
from voice.core.errors import Refusal, RefusalCode
from voice.core.events import (
    AudioEnd,
    AudioIn,
    AudioOut,
    AudioStop,
    ClientEvent,
    Dtmf,
    HangUp,
    Heard,
    Malformed,
    TranscriptOut,
)
from voice.core.spec import Role
from voice.wire.twilio import MOST_MARKS, MOST_REPEATED, TwilioWire

STREAM, CALL, ACCOUNT = "MZ" + "1" * 32, "CA" + "2" * 32, "AC" + "3" * 32
FRAME = bytes(range(160))
SILENCE = b"\xff" * 160
PCM_20_MS = b"\x10\x20" * 160


def start(**changed: Any) -> dict[str, Any]:
    told = {
        "streamSid": STREAM,
        "accountSid": ACCOUNT,
        "callSid": CALL,
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"token": "t0ken"},
    }
    return {"event": "start", "sequenceNumber": "1", "streamSid": STREAM, "start": told | changed}


def media(at_ms: int, audio: bytes = FRAME, **changed: Any) -> dict[str, Any]:
    told = {"track": "inbound", "chunk": str(at_ms // 20), "timestamp": str(at_ms)}
    told["payload"] = base64.b64encode(audio).decode()
    return {"event": "media", "sequenceNumber": "2", "streamSid": STREAM, "media": told | changed}


def mark(name: object) -> dict[str, Any]:
    return {"event": "mark", "sequenceNumber": "4", "streamSid": STREAM, "mark": {"name": name}}


def begun() -> TwilioWire:
    wire = TwilioWire()
    tell(wire, {"event": "connected", "protocol": "Call", "version": "1.0.0"}, start())
    assert wire.start is not None
    return wire


def tell(wire: TwilioWire, *messages: dict[str, Any]) -> list[ClientEvent]:
    return [event for message in messages for event in wire.receive(json.dumps(message))]


def sent(wire: TwilioWire, event: Any) -> list[dict[str, Any]]:
    return [json.loads(frame) for frame in wire.send(event)]


def marks(wire: TwilioWire, frames: int, duration_ms: float = 20.0) -> list[str]:
    messages = [m for _ in range(frames) for m in sent(wire, AudioOut(PCM_20_MS, duration_ms, 0))]
    return [message["mark"]["name"] for message in messages if message["event"] == "mark"]


def is_malformed(events: list[ClientEvent]) -> bool:
    return len(events) == 1 and isinstance(events[0], Malformed)


# --- in -------------------------------------------------------------------------------------------
def test_a_start_says_what_the_stream_is_of() -> None:
    told = begun().start
    assert told is not None
    assert (told.stream_sid, told.call_sid, told.account_sid) == (STREAM, CALL, ACCOUNT)
    assert told.parameters == {"token": "t0ken"}


def test_sound_is_handed_on_as_it_comes() -> None:
    assert tell(begun(), media(0), media(20)) == [AudioIn(FRAME), AudioIn(FRAME)]


def test_sound_that_was_lost_is_silence_of_its_length() -> None:
    wire = begun()
    assert tell(wire, media(0), media(80)) == [AudioIn(FRAME), AudioIn(SILENCE * 3 + FRAME)]
    assert wire.lost_ms == 60


def test_a_line_that_was_dead_for_long_is_not_listened_to_again() -> None:
    found = tell(begun(), media(0), media(60_000))
    assert found[1] == AudioIn(SILENCE * 50 + FRAME)


def test_what_comes_twice_or_too_late_is_left_out() -> None:
    wire = begun()
    assert tell(wire, media(0), media(0), media(40), media(20)) == [AudioIn(FRAME), AudioIn(SILENCE + FRAME)]
    assert wire.repeated == 2


def test_times_that_are_off_by_a_little_are_no_gap() -> None:
    assert tell(begun(), media(3), media(25), media(41)) == [AudioIn(FRAME)] * 3


def test_a_second_start_of_the_same_stream_changes_nothing() -> None:
    wire = begun()
    assert tell(wire, start(), media(0)) == [AudioIn(FRAME)]
    assert is_malformed(tell(wire, start(callSid="CA" + "9" * 32)))
    assert wire.start is not None and wire.start.call_sid == CALL


def test_a_start_that_is_said_without_end_is_not_twilios() -> None:
    wire = begun()
    assert tell(wire, *[start()] * MOST_REPEATED) == []
    for _ in range(3):
        assert is_malformed(tell(wire, start()))
    assert tell(wire, media(0)) == [AudioIn(FRAME)]


def test_who_only_ever_connects_is_noticed() -> None:
    wire = TwilioWire()
    hello = {"event": "connected", "protocol": "Call", "version": "1.0.0"}
    assert tell(wire, *[hello] * (MOST_REPEATED + 1)) == []
    assert is_malformed(tell(wire, hello))


def test_our_own_voice_is_not_listened_to() -> None:
    assert tell(begun(), media(0, track="outbound")) == []


def test_a_key_that_was_pressed_is_told() -> None:
    pressed = {"event": "dtmf", "streamSid": STREAM, "dtmf": {"track": "inbound_track", "digit": "#"}}
    assert tell(begun(), pressed) == [Dtmf("#")]


def test_a_stop_is_a_hang_up() -> None:
    assert tell(begun(), {"event": "stop", "stop": {"callSid": CALL}}) == [HangUp()]


@pytest.mark.parametrize(
    "message",
    [
        "",
        "[]",
        "null",
        "{",
        "[" * 10_000,
        "[" * 10_000 + "]" * 10_000,
        '{"event": ' + "[" * 5_000,
        '{"a":' * 10_000 + "1" + "}" * 10_000,
        b"\0\1",
        json.dumps({"event": ["media"]}),
        json.dumps({"event": "dance"}),
        json.dumps({"event": "media"}),
        json.dumps(media(0, payload="&&&&")),
        json.dumps(media(0, payload=5)),
        json.dumps(media(0, payload="")),
        json.dumps(media(0, b"x" * 4_000)),
        json.dumps(media(0, b"x" * 40_000)),
        json.dumps(media(0, timestamp="soon")),
        json.dumps(media(0, timestamp="nan")),
        json.dumps(media(0, timestamp="-20")),
        json.dumps({"event": "dtmf", "dtmf": {"digit": "12"}}),
        json.dumps({"event": "dtmf", "dtmf": {"digit": ""}}),
        json.dumps({"event": "dtmf", "dtmf": {"digit": 1}}),
        json.dumps({"event": "dtmf"}),
        json.dumps(mark("end")),
        json.dumps(mark("0:99999999999999")),
        json.dumps(mark("one:two")),
        json.dumps(mark("0:100")),
        json.dumps(mark(None)),
        json.dumps(mark(["0:100"])),
    ],
)
def test_what_is_no_message_of_a_stream_is_malformed(message: str | bytes) -> None:
    (event,) = begun().receive(message)
    assert isinstance(event, Malformed) and event.code is RefusalCode.MALFORMED


def test_nothing_comes_before_the_start() -> None:
    wire = TwilioWire()
    assert is_malformed(tell(wire, media(0)))
    assert is_malformed(tell(wire, {"event": "stop"}))
    assert sent(wire, AudioOut(PCM_20_MS, 20.0, 0)) == []


def test_what_is_too_long_is_told_apart() -> None:
    (event,) = begun().receive("x" * 70_000)
    assert isinstance(event, Malformed) and event.code is RefusalCode.MESSAGE_TOO_LARGE


NAMES = st.sampled_from(["event", "start", "media", "mark", "payload", "timestamp", "name", "streamSid"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(), lambda inner: st.dictionaries(NAMES, inner)
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ANYTHING)
def test_no_input_makes_it_raise(body: Any) -> None:
    for wire in (TwilioWire(), begun()):
        wire.receive(json.dumps(body))
        for event in ("start", "media", "mark", "stop", "connected"):
            wire.receive(json.dumps({"event": event, **(body if isinstance(body, dict) else {})}))


# --- out ------------------------------------------------------------------------------------------
def test_sound_goes_out_as_mulaw_of_its_stream() -> None:
    (message,) = sent(begun(), AudioOut(PCM_20_MS, 20.0, 0))
    assert (message["event"], message["streamSid"]) == ("media", STREAM)
    assert base64.b64decode(message["media"]["payload"]) == mulaw_of_pcm(PCM_20_MS)


def test_a_mark_is_asked_back_for_each_tenth_of_a_second_and_at_the_end() -> None:
    wire = begun()
    assert marks(wire, 10) == ["0:100", "0:200"]
    assert marks(wire, 1, duration_ms=12.0) == ["0:212"]


def test_a_mark_that_comes_back_says_how_far_the_caller_has_heard() -> None:
    wire = begun()
    marks(wire, 10)
    assert tell(wire, mark("0:100"), mark("0:200")) == [Heard(100.0), Heard(200.0)]
    assert tell(wire, mark("0:200")) == [Heard(200.0)], "told twice, it is the same"


def test_marks_that_a_stop_cleared_are_not_taken_for_played() -> None:
    wire = begun()
    marks(wire, 10)
    assert sent(wire, AudioStop(0, played_ms=130.0)) == [{"event": "clear", "streamSid": STREAM}]
    assert tell(wire, mark("0:100"), mark("0:200")) == []
    assert marks(wire, 5) == ["1:230"]
    assert tell(wire, mark("1:230")) == [Heard(230.0)]


def test_a_mark_that_was_never_sent_is_no_word_of_twilios() -> None:
    wire = begun()
    marks(wire, 10)
    for name in ("0:90000", "0:150", "1:100", "7:200"):
        assert is_malformed(tell(wire, mark(name))), name


def test_a_long_call_keeps_its_marks_within_bounds() -> None:
    wire = begun()
    names = marks(wire, 5 * (MOST_MARKS + 10))
    assert tell(wire, mark(names[-1])) == [Heard((MOST_MARKS + 10) * 100.0)]
    assert is_malformed(tell(wire, mark(names[0])))


def test_what_a_telephone_cannot_show_is_not_sent() -> None:
    wire = begun()
    for event in (AudioEnd(0), TranscriptOut(Role.AGENT, "Hello", True, 0)):
        assert sent(wire, event) == []
    assert wire.refusal_frames(Refusal(RefusalCode.INTERNAL_ERROR, "Broken.")) == []


def test_a_time_longer_than_any_number_is_malformed() -> None:
    wire = begun()
    assert is_malformed(
        wire.receive(json.dumps(media(0)).replace('"timestamp": "0"', f'"timestamp": {"9" * 400}'))
    )


def test_a_clock_that_jumped_ahead_once_does_not_leave_the_caller_unheard() -> None:
    wire = begun()
    tell(wire, media(0), media(900_000))
    heard = [tell(wire, media(at_ms)) for at_ms in range(40, 3_000, 20)]
    assert heard[0] == [] and heard[-1] == [AudioIn(FRAME)]
    assert sum(not events for events in heard) <= 50
