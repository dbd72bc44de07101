"""Twilio's own recordings of its calls: begun over REST, both sides as a WAV, told of by callbacks."""

from __future__ import annotations

import asyncio
import io
import time
import wave
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from aiohttp import web
from multidict import MultiDictProxy

from tests.simulators.sound import linear
from tests.simulators.twilio.carrier import new_sid
from tests.simulators.twilio.phone_call import OVER, PhoneCall
from tests.simulators.twilio.playout import BYTES_A_SECOND, SILENCE
from tests.simulators.twilio.resources import VERSION, failure, not_found, page_json

if TYPE_CHECKING:
    from tests.simulators.twilio.simulator import TwilioSimulator

Form = MultiDictProxy[Any]
Handler = Callable[[web.Request, Form], Awaitable[web.Response]]
Checked = Callable[[Handler], Callable[[web.Request], Awaitable[web.StreamResponse]]]


@dataclass
class Recording:
    """Of the streams of a call; `events` are those that `url` is told of."""

    call: PhoneCall
    source: str
    channels: int = 1
    url: str = ""
    events: tuple[str, ...] = ("completed",)
    method: str = "POST"
    sid: str = field(default_factory=lambda: new_sid("RE"))
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    began_s: float = field(default_factory=time.monotonic)
    ended_s: float | None = None
    is_stopped: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def status(self) -> str:
        return "in-progress" if self.ended_s is None else "completed"

    async def run(self) -> None:
        """From the answer to the end of the call, or until it is stopped."""
        await self.call.until(lambda: self.call.was_answered or self._is_call_over)
        self.began_s = time.monotonic()
        await self._tell("in-progress")
        over = asyncio.create_task(self.call.until(lambda: self._is_call_over))
        stopped = asyncio.create_task(self.is_stopped.wait())
        try:
            await asyncio.wait((over, stopped), return_when=asyncio.FIRST_COMPLETED)
        finally:
            over.cancel()
            stopped.cancel()
        self.ended_s = self.call.ended_s or time.monotonic()
        await self._tell("completed")

    def wav(self) -> bytes:
        """Two channels: the caller's side first."""
        lasts_s = max(0.0, (self.ended_s or time.monotonic()) - self.began_s)
        said, heard = (bytearray([SILENCE]) * round(lasts_s * BYTES_A_SECOND) for _ in range(2))
        for stream in self.call.streams:
            for saying in stream.said:
                if saying.spoken_s is not None:
                    begins_s = saying.spoken_s - saying.utterance.first_ms / 1000
                    _put(said, saying.utterance.sound[: saying.at], begins_s - self.began_s)
            for piece in stream.playout.pieces:
                _put(heard, piece.sound, piece.starts_s - self.began_s)
        sides = np.stack([linear(bytes(each), "mulaw") for each in (said, heard)], axis=1)
        samples = sides if self.channels == 2 else sides.sum(axis=1)
        file = io.BytesIO()
        with wave.open(file, "wb") as wav:
            wav.setnchannels(self.channels)
            wav.setsampwidth(2)
            wav.setframerate(BYTES_A_SECOND)
            wav.writeframes(np.clip(samples, -32_768, 32_767).astype("<i2").tobytes())
        return file.getvalue()

    def json(self) -> dict[str, Any]:
        account_sid = self.call.carrier.account_sid
        path = f"/{VERSION}/Accounts/{account_sid}/Recordings/{self.sid}"
        began = format_datetime(self.created_at)
        return {
            "sid": self.sid,
            "account_sid": account_sid,
            "call_sid": self.call.sid,
            "conference_sid": None,
            "api_version": VERSION,
            "date_created": began,
            "date_updated": began,
            "start_time": began,
            "duration": str(self._duration_s),
            "price": None,
            "price_unit": "USD",
            "status": self.status,
            "channels": self.channels,
            "source": self.source,
            "error_code": None,
            "encryption_details": None,
            "track": "both",
            "media_url": path,
            "subresource_uris": {},
            "uri": f"{path}.json",
        }

    @property
    def _is_call_over(self) -> bool:
        return self.call.status in OVER

    @property
    def _duration_s(self) -> int:
        return -1 if self.ended_s is None else round(self.ended_s - self.began_s)

    async def _tell(self, event: str) -> None:
        if not self.url or event not in self.events:
            return
        account_sid = self.call.carrier.account_sid
        form = {
            "AccountSid": account_sid,
            "CallSid": self.call.sid,
            "RecordingSid": self.sid,
            "RecordingUrl": f"https://api.twilio.com/{VERSION}/Accounts/{account_sid}/Recordings/{self.sid}",
            "RecordingStatus": event,
            "RecordingChannels": str(self.channels),
            "RecordingSource": self.source,
            "RecordingStartTime": format_datetime(self.created_at),
        }
        if event == "completed":
            form["RecordingDuration"] = str(self._duration_s)
        await self.call.carrier.webhooks.ask(self.url, form, method=self.method)


class Recordings:
    """Those of one account, as its REST API has them."""

    def __init__(self, simulator: TwilioSimulator) -> None:
        self._simulator = simulator
        self._all: dict[str, Recording] = {}

    def routes(self, account: str, checked: Checked) -> list[web.RouteDef]:
        of_call = f"{account}/Calls/{{sid}}/Recordings"
        return [
            web.post(f"{of_call}.json", checked(self._create)),
            web.get(f"{of_call}.json", checked(self._of_call)),
            web.post(f"{of_call}/{{recording}}.json", checked(self._stop)),
            web.get(f"{account}/Recordings/{{recording}}.json", checked(self._fetch)),
            web.get(f"{account}/Recordings/{{recording}}.wav", checked(self._wav)),
        ]

    def begin(self, call: PhoneCall, form: Form, source: str) -> Recording:
        """As a form says that creates a call or its recording; it begins with the answer."""
        asked = [str(value) for value in form.getall("RecordingStatusCallbackEvent", [])]
        recording = Recording(
            call,
            source,
            2 if form.get("RecordingChannels") == "dual" else 1,
            str(form.get("RecordingStatusCallback", "")),
            tuple(event for value in asked for event in value.split()) or ("completed",),
            str(form.get("RecordingStatusCallbackMethod", "POST")),
        )
        self._all[recording.sid] = recording
        self._simulator.run(recording.run(), f"recording {recording.sid}")
        return recording

    async def _create(self, request: web.Request, form: Form) -> web.Response:
        call = self._simulator.calls.get(request.match_info["sid"])
        if call is None:
            return not_found(request.path)
        if call.status != "in-progress":
            return failure(400, 21220, "Requested resource is not eligible for recording")
        recording = self.begin(call, form, "StartCallRecordingAPI")
        return web.json_response(recording.json(), status=201)

    async def _of_call(self, request: web.Request, form: Form) -> web.Response:
        found = [each.json() for each in self._all.values() if each.call.sid == request.match_info["sid"]]
        return web.json_response(page_json("recordings", found, request.path_qs))

    async def _stop(self, request: web.Request, form: Form) -> web.Response:
        recording = self._all.get(request.match_info["recording"])
        if recording is None or recording.call.sid != request.match_info["sid"]:
            return not_found(request.path)
        if form.get("Status") != "stopped" or recording.ended_s is not None:
            return failure(400, 21220, "Recording is not in-progress, or the status is unknown")
        recording.is_stopped.set()
        return web.json_response(recording.json() | {"status": "stopped"})

    async def _fetch(self, request: web.Request, form: Form) -> web.Response:
        recording = self._all.get(request.match_info["recording"])
        return web.json_response(recording.json()) if recording is not None else not_found(request.path)

    async def _wav(self, request: web.Request, form: Form) -> web.Response:
        recording = self._all.get(request.match_info["recording"])
        if recording is None or recording.ended_s is None:
            return not_found(request.path)
        return web.Response(body=recording.wav(), content_type="audio/x-wav")


def _put(line: bytearray, sound: bytes, at_s: float) -> None:
    at = round(at_s * BYTES_A_SECOND)
    sound, at = sound[max(0, -at) :], max(0, at)
    sound = sound[: max(0, len(line) - at)]
    line[at : at + len(sound)] = sound
