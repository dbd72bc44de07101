"""Every message of the browser's protocol, as documents and docs/protocols/browser.md show it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from voice.core.audio import MP3_24000, PCM_16000, PCM_24000
from voice.core.errors import CLOSE_CODES, EndCode, EndedBy, EndReason, Refusal, RefusalCode
from voice.core.events import (
    AudioEnd,
    AudioIn,
    AudioOut,
    AudioStop,
    Connected,
    ErrorOut,
    HangUp,
    Heard,
    InterruptIn,
    Malformed,
    SessionCounters,
    SessionEnded,
    SessionEvent,
    TextIn,
    TranscriptOut,
    TurnLatency,
    TurnRecord,
)
from voice.core.spec import Role
from voice.core.tools import ToolAnswered, ToolAsked, ToolCall, ToolRecord, ToolStatus
from voice.wire.browser import MAX_MESSAGE_BYTES, MAX_TEXT_CHARS, BrowserWire, refusal_frame

PAGE = Path(__file__).resolve().parents[2] / "docs" / "protocols" / "browser.md"
HUNG_UP = EndReason(EndCode.CLIENT_HANGUP, EndedBy.CALLER)
REFUSAL = Refusal(RefusalCode.TAKEN_OVER, "Held elsewhere.")
TURN = TurnRecord(
    index=3,
    role=Role.AGENT,
    text="We open at nine. Come in.",
    heard_text="We open at",
    interrupted=True,
    started_at_ms=1.0,
    ended_at_ms=2.0,
    is_complete=True,
    latency=TurnLatency(endpointing_ms=612.345),
)


def sent(event: SessionEvent) -> dict[str, Any]:
    (frame,) = BrowserWire().send(event)
    assert isinstance(frame, str)
    parsed: dict[str, Any] = json.loads(frame)
    return parsed


def received(**message: Any) -> object:
    (event,) = BrowserWire().receive(json.dumps(message))
    return event


# --- what the published document names ----------------------------------------------------------
def test_connected_names_the_agent_and_the_key_to_resume_with() -> None:
    message = sent(Connected("c" * 24, "5" * 24, "Ada", MP3_24000, resumed=False))
    assert message["type"] == "connected"
    assert (message["agentName"], message["historyKey"]) == ("Ada", "5" * 24)


@pytest.mark.parametrize(("role", "name"), [(Role.USER, "user"), (Role.AGENT, "assistant")])
@pytest.mark.parametrize("is_final", [True, False])
def test_a_transcript_has_role_text_and_whether_it_is_final(role: Role, name: str, is_final: bool) -> None:
    message = sent(TranscriptOut(role, "Grüße", is_final, 2))
    assert message["type"] == "transcript"
    payload = message["payload"]
    assert (payload["role"], payload["text"], payload["isFinal"]) == (name, "Grüße", is_final)


def test_a_stop_and_an_end_are_only_their_type() -> None:
    assert sent(AudioStop(1)) == {"type": "audioStop"}
    assert sent(AudioEnd(1)) == {"type": "audioEnd"}


def test_an_error_has_a_message() -> None:
    message = sent(ErrorOut("provider_failed", "The model does not answer."))
    assert message == {
        "type": "error",
        "payload": {"message": "The model does not answer.", "code": "provider_failed"},
    }


def test_audio_goes_out_as_it_is() -> None:
    assert BrowserWire().send(AudioOut(b"\xff\xfb", 1.0, 0)) == [b"\xff\xfb"]


@pytest.mark.parametrize("size_bytes", [2, 640, 8192, MAX_MESSAGE_BYTES])
def test_sound_comes_in_as_it_is(size_bytes: int) -> None:
    assert BrowserWire().receive(bytes(size_bytes)) == [AudioIn(bytes(size_bytes))]


# --- what we add --------------------------------------------------------------------------------
def test_connected_also_tells_format_call_and_whether_it_resumed() -> None:
    for audio_out, name in ((MP3_24000, "mp3_24000"), (PCM_16000, "pcm_16000"), (PCM_24000, "pcm_24000")):
        message = sent(Connected("c" * 24, "5" * 24, "Ada", audio_out, resumed=True))
        assert (message["audio"], message["callId"], message["resumed"]) == (name, "c" * 24, True)


def test_a_complete_turn_is_told_with_what_was_heard_and_its_latencies() -> None:
    message = sent(TURN)
    payload = message["payload"]
    assert message["type"] == "turn"
    assert (payload["index"], payload["role"], payload["interrupted"]) == (3, "assistant", True)
    assert (payload["text"], payload["heardText"]) == ("We open at nine. Come in.", "We open at")
    assert payload["latency"]["endpointing_ms"] == 612.3
    assert payload["latency"]["first_token_ms"] is None


def test_a_tool_call_goes_out_with_its_arguments() -> None:
    message = sent(ToolAsked("3f9c0a71e", "order_status", {"number": 7}, 5_000.0))
    assert message == {
        "type": "toolCall",
        "payload": {
            "id": "3f9c0a71e",
            "name": "order_status",
            "arguments": {"number": 7},
            "timeLimitMs": 5000,
        },
    }


def test_a_tools_turn_says_how_it_went_and_not_what_it_brought() -> None:
    call = ToolCall("3f9c0a71e", "order_status", '{"number": 7}')
    tool = ToolRecord(call, ToolStatus.TIMED_OUT, "a secret", 5000.0)
    turn = TurnRecord(4, Role.TOOL, "", "", False, 1.0, 2.0, is_complete=True, tool=tool)
    assert sent(turn) == {
        "type": "turn",
        "payload": {
            "index": 4,
            "role": "tool",
            "tool": {"name": "order_status", "status": "timed_out", "durationMs": 5000.0},
        },
    }


@pytest.mark.parametrize(
    ("payload", "event"),
    [
        ({"id": "a", "result": "shipped"}, ToolAnswered("a", "shipped")),
        ({"id": "a", "result": {"status": "größer"}}, ToolAnswered("a", '{"status": "größer"}')),
        ({"id": "a", "result": None}, ToolAnswered("a", "null")),
        ({"id": "a", "result": "\ud800"}, ToolAnswered("a", "?")),
        ({"id": "a", "error": "Not signed in."}, ToolAnswered("a", "Not signed in.", is_error=True)),
    ],
)
def test_a_tools_result_comes_in(payload: dict[str, Any], event: ToolAnswered) -> None:
    assert received(type="toolResult", payload=payload) == event


@pytest.mark.parametrize(
    "payload",
    [{}, {"id": "a"}, {"id": 7, "result": 1}, {"id": "", "result": 1}, {"id": "a" * 65, "result": 1},
     {"id": "a", "error": 7}],
)  # fmt: skip
def test_a_tools_result_that_is_none_is_malformed(payload: dict[str, Any]) -> None:
    event = received(type="toolResult", payload=payload)
    assert isinstance(event, Malformed) and "toolResult" in event.message


def test_a_turn_that_goes_on_is_not_told() -> None:
    unfinished = TurnRecord(3, Role.USER, "We", "We", False, 1.0, None, is_complete=False)
    assert BrowserWire().send(unfinished) == []


def test_an_end_in_order_is_told_and_one_by_refusal_is_an_error() -> None:
    counters = SessionCounters()
    assert sent(SessionEnded(HUNG_UP, counters, 1.0)) == {
        "type": "ended",
        "payload": {"code": "client_hangup", "by": "caller", "message": ""},
    }
    refused = EndReason(EndCode.TAKEN_OVER, EndedBy.CALLER, "x", REFUSAL)
    assert BrowserWire().send(SessionEnded(refused, counters, 1.0)) == [refusal_frame(REFUSAL)]
    assert json.loads(refusal_frame(REFUSAL)) == {
        "type": "error",
        "payload": {"message": "Held elsewhere.", "code": "taken_over"},
    }


def test_a_program_may_type_acknowledge_interrupt_and_hang_up() -> None:
    assert received(type="text", payload={"text": " When are you open? "}) == TextIn("When are you open?")
    assert received(type="heard", payload={"ms": 40}) == Heard(40.0)
    assert received(type="interrupt") == InterruptIn()
    assert received(type="hangup", payload={"ignored": 1}) == HangUp()


def test_half_a_character_is_replaced() -> None:
    assert BrowserWire().receive('{"type":"text","payload":{"text":"a\\ud800b"}}') == [TextIn("a?b")]


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        ("", "JSON"),
        ("[1]", "JSON object"),
        ("{}", "type"),
        ('{"type":"audio"}', "Known ones: hangup, heard, interrupt, text"),
        ('{"type":"text"}', "payload"),
        ('{"type":"text","payload":{"text":"  "}}', "non-empty"),
        (json.dumps({"type": "text", "payload": {"text": "x" * (MAX_TEXT_CHARS + 1)}}), "4000"),
        ('{"type":"heard","payload":{"ms":true}}', "number"),
        ('{"type":"heard","payload":{"ms":-1}}', "range"),
        ('{"type":"heard","payload":{"ms":1e999}}', "range"),
        (b"\0", "odd"),
    ],
)
def test_what_it_does_not_know_is_named(message: str | bytes, cause: str) -> None:
    (event,) = BrowserWire().receive(message)
    assert isinstance(event, Malformed)
    assert event.code is RefusalCode.MALFORMED
    assert cause in event.message


@pytest.mark.parametrize(
    "message",
    ["x" * (MAX_MESSAGE_BYTES + 1), bytes(MAX_MESSAGE_BYTES + 2), "\N{SNOWMAN}" * (MAX_MESSAGE_BYTES // 2)],
    ids=["text", "sound", "text in bytes"],
)
def test_what_is_over_64_kib_is_too_large(message: str | bytes) -> None:
    (event,) = BrowserWire().receive(message)
    assert isinstance(event, Malformed)
    assert event.code is RefusalCode.MESSAGE_TOO_LARGE
    assert "64 KiB" in event.message


# --- the page that programmers read -------------------------------------------------------------
def test_the_page_names_every_refusal_with_its_close_code() -> None:
    rows = [
        line for line in PAGE.read_text().splitlines() if line.startswith("| 4") or line.startswith("| 1")
    ]
    for code, close_code in CLOSE_CODES.items():
        assert any(line.startswith(f"| {close_code} ") and f"`{code}`" in line for line in rows), code


def test_the_page_names_every_message_end_code_and_latency() -> None:
    page = PAGE.read_text()
    for kind in ("connected", "transcript", "audioStop", "audioEnd", "toolCall", "error", "turn", "ended"):
        assert f'"type": "{kind}"' in page, kind
    for kind in ("text", "heard", "interrupt", "toolResult", "hangup"):
        assert f'"type": "{kind}"' in page, kind
    for end in EndCode:
        assert f"`{end}`" in page, end
    for name in TurnLatency.__dataclass_fields__:
        assert name in page, name
