"""Twilio's Media Streams (docs/protocols/twilio.md): μ-law at 8 kHz in JSON, marks for what was played."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import orjson

from voice.audio.mulaw import SILENCE, mulaw_of_pcm
from voice.core.audio import MULAW_8000
from voice.core.errors import Refusal, RefusalCode
from voice.core.events import (
    KEYS,
    AudioIn,
    AudioOut,
    AudioStop,
    ClientEvent,
    Dtmf,
    HangUp,
    Heard,
    Malformed,
    SessionCounters,
    SessionEvent,
)
from voice.wire.wire import Frame

# Longer than any that only makes no sense, which is no reason yet to end a call.
LONGEST_MESSAGE_BYTES: Final = 64 * 1024
# Twilio sends 20 ms at a time.
LONGEST_AUDIO_MS: Final = 200.0
# Sound that never came is silence, so that what comes after it stands where it was said; after this long the
# line was dead, and nobody has to listen to that again.
LONGEST_GAP_MS: Final = 1_000.0
# Whoever is late for longer is right, and a time before was wrong: a caller is not left unheard for it.
LONGEST_LATE_MS: Final = 1_000.0
MARK_EVERY_MS: Final = 100.0
# Sound leaves in multiples of it, but for what ends a piece.
STEP_MS: Final = 20.0
# Twilio says once that it has connected and what the stream is of; said again it means nothing, and said
# without end it is not Twilio who says it.
MOST_REPEATED: Final = 5
# A hundred seconds of sound, of which some tenths wait at Twilio: whoever tells of an older one made it up.
MOST_MARKS: Final = 1_000
MOST_PARAMETERS: Final = 32
LONGEST_SID: Final = 64


@dataclass(frozen=True, slots=True)
class StreamStart:
    """What Twilio says of a stream before its first sound."""

    stream_sid: str
    call_sid: str
    account_sid: str
    parameters: Mapping[str, str] = field(default_factory=dict)


class TwilioWire:
    """Nothing can be sent before `start` has come. Counts what was lost or came twice on the way."""

    def __init__(self) -> None:
        self.start: StreamStart | None = None
        self.lost_ms = 0.0
        self.repeated = 0
        self._said_again = 0
        self._is_connected = False
        self._heard_until_ms: float | None = None
        self._late_ms = 0.0
        # What a mark has to be asked back for, and since when; audio before the last stop is played no more.
        self._sent_ms = 0.0
        self._marked_ms = 0.0
        self._stops = 0
        self._marks: dict[str, None] = {}

    def receive(self, message: Frame) -> list[ClientEvent]:
        if isinstance(message, bytes):
            return [_malformed("The stream's messages are text.")]
        if len(message) > LONGEST_MESSAGE_BYTES:
            return [Malformed(RefusalCode.MESSAGE_TOO_LARGE, "A message of a stream has up to 64 KiB.")]
        try:
            body = orjson.loads(message)
        except ValueError:
            return [_malformed("The stream's messages are JSON.")]
        read = self._readers.get(str(body.get("event"))) if isinstance(body, dict) else None
        return read(self, body) if read is not None else [_malformed("The message is none of a stream.")]

    def send(self, event: SessionEvent) -> list[Frame]:
        if self.start is None:
            return []
        match event:
            case AudioOut(audio=audio, duration_ms=duration_ms):
                payload = base64.b64encode(mulaw_of_pcm(audio)).decode("ascii")
                self._sent_ms += duration_ms
                return [self._message("media", media={"payload": payload}), *self._mark(duration_ms)]
            case AudioStop(played_ms=played_ms):
                self._stops += 1
                self._sent_ms = self._marked_ms = played_ms
                return [self._message("clear")]
            case _:
                return []  # a telephone shows nothing

    def refusal_frames(self, refusal: Refusal) -> list[Frame]:
        """None that Twilio knows: the caller is told by what stands after the stream."""
        return []

    def is_hang_up(self, code: int) -> bool:
        """A caller who hangs up is told of by `stop`. Whoever else closes, a proxy in between say, leaves one
        on the line."""
        return False

    def counted(self, counters: SessionCounters) -> SessionCounters:
        return replace(counters, audio_in_lost_ms=self.lost_ms, audio_in_repeated=self.repeated)

    # --- in -------------------------------------------------------------------------------------
    def _connected(self, body: dict[str, Any]) -> list[ClientEvent]:
        if self._is_connected:
            return self._again()
        self._is_connected = True
        return []

    def _again(self) -> list[ClientEvent]:
        self._said_again += 1
        return [] if self._said_again <= MOST_REPEATED else [_malformed("This has been said too often.")]

    def _start(self, body: dict[str, Any]) -> list[ClientEvent]:
        told = body.get("start")
        if not isinstance(told, dict):
            return [_malformed('What a "start" is about stands in "start".')]
        sids = [str(told.get(name) or "") for name in ("streamSid", "callSid", "accountSid")]
        if not all(0 < len(sid) <= LONGEST_SID for sid in sids):
            return [_malformed('A "start" names stream, call and account.')]
        started = StreamStart(sids[0], sids[1], sids[2], _parameters(told.get("customParameters")))
        if self.start is not None:
            same = (started.stream_sid, started.call_sid) == (self.start.stream_sid, self.start.call_sid)
            return self._again() if same else [_malformed("This stream has begun, and is another one.")]
        told_format = told.get("mediaFormat")
        if isinstance(told_format, dict) and told_format.get("encoding") not in (None, "audio/x-mulaw"):
            return [_malformed("The stream's sound must be audio/x-mulaw.")]
        self.start = started
        return []

    def _media(self, body: dict[str, Any]) -> list[ClientEvent]:
        media = body.get("media")
        if self.start is None or not isinstance(media, dict):
            return [_malformed('Sound comes after "start", in "media".')]
        if media.get("track", "inbound") != "inbound":
            return []  # our own voice, of a stream that was set up to bring both
        try:
            audio = binascii.a2b_base64(media.get("payload") or "", strict_mode=True)
            at_ms = float(media["timestamp"])
        except (ValueError, TypeError, KeyError, OverflowError):
            return [_malformed('A "media" has base64 in "payload" and milliseconds in "timestamp".')]
        duration_ms = MULAW_8000.duration_ms(len(audio))
        if not 0 < duration_ms <= LONGEST_AUDIO_MS or not 0 <= at_ms < 1e9:
            return [_malformed(f"A piece of sound has up to {LONGEST_AUDIO_MS:g} ms.")]
        return self._in_order(audio, at_ms, duration_ms)

    def _in_order(self, audio: bytes, at_ms: float, duration_ms: float) -> list[ClientEvent]:
        """Times may be off by a few milliseconds; by half a piece they mean another place."""
        expected_ms = at_ms if self._heard_until_ms is None else self._heard_until_ms
        if at_ms < expected_ms - duration_ms / 2:
            self._late_ms += duration_ms
            if self._late_ms < LONGEST_LATE_MS:
                self.repeated += 1  # or too late: silence stands in its place already
                return []
            expected_ms = at_ms
        self._late_ms = 0.0
        gap_ms = at_ms - expected_ms
        self._heard_until_ms = at_ms + duration_ms
        if gap_ms < duration_ms / 2:
            return [AudioIn(audio)]
        self.lost_ms += gap_ms
        filled = bytes([SILENCE]) * MULAW_8000.size_bytes(min(gap_ms, LONGEST_GAP_MS))
        return [AudioIn(filled + audio)]

    def _marked(self, body: dict[str, Any]) -> list[ClientEvent]:
        mark = body.get("mark")
        name = mark.get("name") if isinstance(mark, dict) else None
        if not isinstance(name, str) or name not in self._marks:
            return [_malformed("This mark was never sent.")]
        stops, _, position = name.partition(":")
        if int(stops) != self._stops:
            return []  # what was cleared is told of as if it had been played
        return [Heard(min(float(position), self._sent_ms))]

    def _pressed(self, body: dict[str, Any]) -> list[ClientEvent]:
        pressed = body.get("dtmf")
        digit = pressed.get("digit") if isinstance(pressed, dict) else None
        if self.start is None or not isinstance(digit, str) or len(digit) != 1 or digit not in KEYS:
            return [_malformed('A "dtmf" has one key of a telephone in "digit".')]
        return [Dtmf(digit)]

    def _stopped(self, body: dict[str, Any]) -> list[ClientEvent]:
        return [HangUp()] if self.start is not None else [_malformed("The stream has not begun.")]

    _readers: Final[dict[str, Callable[[TwilioWire, dict[str, Any]], list[ClientEvent]]]] = {
        "connected": _connected,
        "start": _start,
        "media": _media,
        "mark": _marked,
        "dtmf": _pressed,
        "stop": _stopped,
    }

    # --- out ------------------------------------------------------------------------------------
    def _mark(self, duration_ms: float) -> list[Frame]:
        """After each 100 ms, and after a last frame, which is no whole number of steps."""
        is_last = duration_ms % STEP_MS != 0
        if self._sent_ms - self._marked_ms < MARK_EVERY_MS and not is_last:
            return []
        self._marked_ms = self._sent_ms
        name = f"{self._stops}:{round(self._sent_ms)}"
        self._marks[name] = None
        if len(self._marks) > MOST_MARKS:
            del self._marks[next(iter(self._marks))]
        return [self._message("mark", mark={"name": name})]

    def _message(self, event: str, **fields: Any) -> str:
        stream_sid = self.start.stream_sid if self.start is not None else ""
        return orjson.dumps({"event": event, "streamSid": stream_sid, **fields}).decode()


def _parameters(told: object) -> dict[str, str]:
    if not isinstance(told, dict):
        return {}
    kept = list(told.items())[:MOST_PARAMETERS]
    return {str(name): value for name, value in kept if isinstance(value, str)}


def _malformed(message: str) -> Malformed:
    return Malformed(RefusalCode.MALFORMED, message)
