"""What may go wrong on a media stream, on request."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass

from tests.simulators.twilio.messages import Messages

DEEP_JSON = "[" * 10_000 + "]" * 10_000
NO_BASE64 = "!!! not base64 !!!"


@dataclass(frozen=True)
class Misbehaviour:
    """Frames are counted from 1; 0 and empty mean never.

    Every so many frames one is lost with its number (`skips_every`), comes twice (`repeats_every`), comes
    after the next one (`swaps_every`) or is no base64 (`garbage_every`). After so many frames comes what
    `second_start_after` and `deep_json_after` say. `sizes` are those of the frames in turn, in bytes;
    `jitter_ms` is the longest that a frame is late; `has_stop`: whether a caller who hangs up is told.
    """

    skips_every: int = 0
    repeats_every: int = 0
    swaps_every: int = 0
    garbage_every: int = 0
    second_start_after: int = 0
    deep_json_after: int = 0
    sizes: tuple[int, ...] = ()
    jitter_ms: float = 0.0
    has_stop: bool = True


class Mischief:
    """A misbehaviour at work on one stream: a frame goes in, what is sent comes out."""

    def __init__(self, asked: Misbehaviour, messages: Messages) -> None:
        self._asked = asked
        self._messages = messages
        self._held: str | None = None
        self._number = 0

    def sends(self, sound: bytes, timestamp_ms: int) -> list[str]:
        asked, messages = self._asked, self._messages
        self._number += 1
        number = self._number
        if asked.sizes:
            size = asked.sizes[number % len(asked.sizes)]
            sound = (sound * (size // len(sound) + 1))[:size]
        payload = base64.b64encode(sound).decode()
        if _is_turn(number, asked.garbage_every):
            payload = NO_BASE64
        text = messages.media(payload, timestamp_ms)
        if _is_turn(number, asked.skips_every):
            return []
        if _is_turn(number, asked.swaps_every) and self._held is None:
            self._held = text
            return []
        sent = [text, text] if _is_turn(number, asked.repeats_every) else [text]
        if self._held is not None:
            sent.append(self._held)
            self._held = None
        if number == asked.second_start_after:
            sent.append(messages.start())
        if number == asked.deep_json_after:
            sent.append(DEEP_JSON)
        return sent


def _is_turn(number: int, every: int) -> bool:
    return bool(every) and number % every == 0


def nonsense_of(text: object, stream_sid: str) -> tuple[dict[str, object], str]:
    """The message of a server and why it makes no sense to Twilio; "" if it does."""
    if not isinstance(text, str):
        return {}, "a binary message"
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return {}, "31951: no JSON"
    if not isinstance(message, dict):
        return {}, "31951: no object"
    event = message.get("event")
    if event not in ("media", "mark", "clear"):
        return message, f"31951: no such event: {event!r}"
    if message.get("streamSid") != stream_sid:
        return message, "31951: another stream's streamSid"
    inner = {"media": "payload", "mark": "name"}.get(event)
    if inner is None:
        return message, ""
    body = message.get(event)
    value = body.get(inner) if isinstance(body, dict) else None
    if not isinstance(value, str) or (event == "media" and not value):
        return message, f"31951: {event} without {inner}"
    return message, ""
