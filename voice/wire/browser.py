"""The `/ws/voice` protocol (docs/protocols/browser.md): frames to client events, session events to frames."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

from voice.core.errors import Refusal, RefusalCode
from voice.core.events import (
    AudioEnd,
    AudioIn,
    AudioOut,
    AudioStop,
    ClientEvent,
    Connected,
    ErrorOut,
    HandedOver,
    HangUp,
    Heard,
    HistorySummarised,
    InterruptIn,
    Malformed,
    ProviderSwitched,
    SessionCounters,
    SessionEnded,
    SessionEvent,
    TextIn,
    TranscriptOut,
    TurnRecord,
    UsageSoFar,
)
from voice.core.spec import Role
from voice.core.tools import ToolAnswered, ToolAsked
from voice.wire.wire import Frame

MAX_MESSAGE_BYTES: Final = 64 * 1024
MAX_TEXT_CHARS: Final = 4_000
MAX_TOOL_ID_CHARS: Final = 64
# What a client closes with that takes the connection for dead and means to come back.
GIVEN_UP: Final = 4900
# What a browser says when the page is closed or the program hangs up, codes of its own among them.
WANTED_CLOSES: Final = frozenset({1000, 1001, 1005, *range(3000, 5000)}) - {GIVEN_UP}
ROLE_NAMES: Final = {Role.USER: "user", Role.AGENT: "assistant", Role.TOOL: "tool"}


def _json(kind: str, payload: dict[str, Any] | None = None, **fields: Any) -> str:
    body: dict[str, Any] = {"type": kind, **fields}
    if payload is not None:
        body["payload"] = payload
    return json.dumps(body, separators=(",", ":"))


def refusal_frame(refusal: Refusal) -> str:
    """The message that goes out before a close which is not 1000."""
    return _json("error", {"message": refusal.message, "code": str(refusal.code)})


class BrowserWire:
    """Pure and total: no input makes it raise, and it touches no socket."""

    def receive(self, message: Frame) -> list[ClientEvent]:
        if isinstance(message, bytes):
            return [self._audio(message)]
        if len(message) > MAX_MESSAGE_BYTES or len(message.encode("utf-8", "replace")) > MAX_MESSAGE_BYTES:
            return [_too_large()]
        try:
            body = json.loads(message, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            return [_malformed("Text messages must be JSON objects.")]
        if not isinstance(body, dict) or not isinstance(body.get("type"), str):
            return [_malformed('Text messages must be JSON objects with a "type".')]
        reader = self._readers.get(body["type"])
        if reader is None:
            return [_malformed("Unknown message type. Known ones: " + ", ".join(sorted(self._readers)) + ".")]
        payload = body.get("payload")
        return [reader(payload if isinstance(payload, dict) else {})]

    def send(self, event: SessionEvent) -> list[Frame]:
        match event:
            case AudioOut(audio=audio):
                return [audio]
            case TranscriptOut(role=role, text=text, is_final=is_final, turn_index=turn):
                payload = {"role": ROLE_NAMES[role], "text": text, "isFinal": is_final, "turn": turn}
                return [_json("transcript", payload)]
            case AudioStop():
                return [_json("audioStop")]
            case AudioEnd():
                return [_json("audioEnd")]
            case Connected():
                return [_connected(event)]
            case ToolAsked():
                return [_tool_call(event)]
            case ErrorOut(code=code, message=message):
                return [_json("error", {"message": message, "code": code})]
            case TurnRecord(is_complete=is_complete):
                return [_turn(event)] if is_complete else []
            case SessionEnded(reason=reason):
                if reason.refusal is not None:
                    return [refusal_frame(reason.refusal)]
                return [_json("ended", {"code": reason.code, "by": reason.by, "message": reason.message})]
            case ProviderSwitched() | UsageSoFar() | HistorySummarised() | HandedOver():
                return []  # for the call's record

    def refusal_frames(self, refusal: Refusal) -> list[Frame]:
        return [refusal_frame(refusal)]

    def is_hang_up(self, code: int) -> bool:
        return code in WANTED_CLOSES

    def counted(self, counters: SessionCounters) -> SessionCounters:
        return counters

    @staticmethod
    def _audio(message: bytes) -> ClientEvent:
        if len(message) > MAX_MESSAGE_BYTES:
            return _too_large()
        if len(message) % 2:
            return _malformed("Audio must be 16-bit PCM: this message has an odd number of bytes.")
        return AudioIn(message)

    @staticmethod
    def _text(payload: dict[str, Any]) -> ClientEvent:
        text = payload.get("text")
        if not isinstance(text, str) or not text.strip():
            return _malformed('A "text" message needs a payload with a non-empty "text".')
        if len(text) > MAX_TEXT_CHARS:
            return _malformed(f"A text may have {MAX_TEXT_CHARS} characters at most.")
        # Half of a surrogate pair is no character: it could not be stored or sent on.
        return TextIn(text.strip().encode("utf-8", "replace").decode())

    @staticmethod
    def _heard(payload: dict[str, Any]) -> ClientEvent:
        position = payload.get("ms")
        if isinstance(position, bool) or not isinstance(position, int | float):
            return _malformed('A "heard" message needs a payload with "ms", a number.')
        if not 0 <= position < 1e9 or not math.isfinite(position):
            return _malformed('"ms" is out of range.')
        return Heard(float(position))

    @staticmethod
    def _tool_result(payload: dict[str, Any]) -> ClientEvent:
        call_id, error = payload.get("id"), payload.get("error")
        if not isinstance(call_id, str) or not 0 < len(call_id) <= MAX_TOOL_ID_CHARS:
            return _malformed('A "toolResult" message needs a payload with the "id" of the call.')
        if error is not None and not isinstance(error, str):
            return _malformed('The "error" of a "toolResult" must be a sentence.')
        if error is None and "result" not in payload:
            return _malformed('A "toolResult" message needs a "result" or an "error".')
        answer = payload["result"] if error is None else error
        text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
        # Half of a surrogate pair is no character: it could not be stored or sent on.
        return ToolAnswered(call_id, text.encode("utf-8", "replace").decode(), is_error=error is not None)

    _readers: Final[dict[str, Callable[[dict[str, Any]], ClientEvent]]] = {
        "text": _text,
        "heard": _heard,
        "toolResult": _tool_result,
        "interrupt": lambda payload: InterruptIn(),
        "hangup": lambda payload: HangUp(),
    }


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _malformed(message: str) -> Malformed:
    return Malformed(RefusalCode.MALFORMED, message)


def _too_large() -> Malformed:
    return Malformed(
        RefusalCode.MESSAGE_TOO_LARGE,
        f"A message may have {MAX_MESSAGE_BYTES // 1024} KiB at most; send smaller ones.",
    )


def _connected(event: Connected) -> str:
    return _json(
        "connected",
        agentName=event.agent_name,
        historyKey=event.session_id,
        callId=event.call_id,
        audio=f"{event.audio_out.encoding.split('_')[0]}_{event.audio_out.rate_hz}",
        resumed=event.resumed,
    )


def _tool_call(event: ToolAsked) -> str:
    return _json(
        "toolCall",
        {
            "id": event.call_id,
            "name": event.name,
            "arguments": dict(event.arguments),
            "timeLimitMs": round(event.time_limit_ms),
        },
    )


def _turn(record: TurnRecord) -> str:
    if record.tool is not None:
        tool = record.tool
        return _json(
            "turn",
            {
                "index": record.index,
                "role": ROLE_NAMES[record.role],
                # What came of it is told to the model; not every tool's result is the caller's to read.
                "tool": {"name": tool.call.name, "status": tool.status, "durationMs": tool.duration_ms},
            },
        )
    latency = asdict(record.latency) if record.latency else None
    return _json(
        "turn",
        {
            "index": record.index,
            "role": ROLE_NAMES[record.role],
            "text": record.text,
            "heardText": record.heard_text,
            "interrupted": record.interrupted,
            "understood": record.understood,
            "filler": record.is_filler,
            "latency": {name: None if value is None else round(value, 1) for name, value in latency.items()}
            if latency
            else None,
        },
    )
