"""One call at a simulated Twilio: who calls whom, what its documents make the caller hear, how it ends."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from tests.simulators.twilio.carrier import Carrier, new_sid
from tests.simulators.twilio.dialling import Dialled
from tests.simulators.twilio.media_stream import MediaStream
from tests.simulators.twilio.status_callbacks import StatusCallbacks
from tests.simulators.twilio.utterance import Utterance
from tests.simulators.twilio.verbs import Ask, End, follow
from tests.simulators.twilio.webhooks import Answer

# Often empty, and signed all the same.
PLACES = [
    f"{who}{what}"
    for who in ("From", "To", "Caller", "Called")
    for what in ("City", "State", "Zip", "Country")
]
OVER = ("completed", "busy", "no-answer", "canceled", "failed")


@dataclass(frozen=True)
class Heard:
    """`kind`: say, play, ringing, connected, stream, rejected, application error. Instants: monotonic()."""

    at_s: float
    kind: str
    what: str
    sound: bytes = b""


class PhoneCall:
    """Made and run by a simulator; what happened is there to read. `extra` stands in every webhook's form."""

    def __init__(
        self,
        carrier: Carrier,
        *,
        from_number: str,
        to_number: str,
        direction: str = "inbound",
        extra: dict[str, str] | None = None,
        callbacks: StatusCallbacks | None = None,
        sid: str = "",
    ) -> None:
        self.carrier = carrier
        self.sid = sid or new_sid("CA")
        self.from_number = from_number
        self.to_number = to_number
        self.direction = direction
        self.extra = dict(extra or {})
        self.callbacks = callbacks or StatusCallbacks()
        self.status = "ringing" if direction == "inbound" else "queued"
        self.created_at = datetime.now(UTC)
        self.began_s = time.monotonic()
        self.answered_s: float | None = None
        self.ended_s: float | None = None
        # "caller" or "application" (which is also who ends it through the API).
        self.ended_by = ""
        self.sip_code = 200
        self.answered_by = ""
        self.answers: list[Answer] = []
        self.heard: list[Heard] = []
        self.warnings: list[str] = []
        self.errors: list[tuple[int, str]] = []
        self.dials: list[Dialled] = []
        self.streams: list[MediaStream] = []
        self.digits: asyncio.Queue[str] = asyncio.Queue(100)
        # What the answering machine at the other end says into the first stream.
        self.greeting: Utterance | None = None
        self.on_hang_up: Callable[[], Ask | None] | None = None
        self.is_over = asyncio.Event()
        # Ended before anybody answered.
        self.is_canceled = asyncio.Event()
        self._changed = asyncio.Event()
        self._next: Ask | None = None
        self._script: asyncio.Task[End] | None = None

    @property
    def was_answered(self) -> bool:
        return self.answered_s is not None

    @property
    def duration_s(self) -> float:
        if self.answered_s is None:
            return 0.0
        return (self.ended_s or time.monotonic()) - self.answered_s

    @property
    def stream(self) -> MediaStream | None:
        """The newest."""
        return self.streams[-1] if self.streams else None

    def said(self) -> list[str]:
        """By <Say>."""
        return [each.what for each in self.heard if each.kind == "say"]

    @staticmethod
    def timestamp() -> str:
        return format_datetime(datetime.now(UTC))

    def form(self) -> dict[str, str]:
        """What every webhook is told."""
        return {
            "CallSid": self.sid,
            "AccountSid": self.carrier.account_sid,
            "From": self.from_number,
            "To": self.to_number,
            "Caller": self.from_number,
            "Called": self.to_number,
            "CallStatus": self.status,
            "Direction": self.direction,
            "ApiVersion": "2010-04-01",
            **dict.fromkeys(PLACES, ""),
            **self.extra,
        }

    async def run(self, first: Ask) -> None:
        """The call from its first document to its end; then the callback that says so."""
        ask: Ask | None = first
        try:
            while ask is not None:
                self._next = self.on_hang_up = None
                self._script = asyncio.create_task(follow(self, ask), name=f"documents of {self.sid}")
                await asyncio.wait({self._script})
                if not self._script.cancelled():
                    self._end(self._script.result().status, "application")
                ask = self._next if self.status not in OVER else None
            last = self.on_hang_up() if self.on_hang_up is not None and self.ended_by == "caller" else None
            if last is not None:
                await self.fetch(last)
        finally:
            if self._script is not None:
                self._script.cancel()
                await asyncio.gather(self._script, return_exceptions=True)
            self._end("completed", "application")
        await self.finish()

    async def finish(self) -> None:
        """Its end is told, to the customer first."""
        await self.callbacks.tell(self, "completed")
        self.is_over.set()
        self._spread()

    async def fetch(self, ask: Ask) -> Answer:
        """`copies`: the same request so many times at once; the first that is answered well counts."""
        once = str(uuid.uuid4())
        form = self.form() | ask.form
        answers = await asyncio.gather(
            *(
                self.carrier.webhooks.ask(ask.url, form, method=ask.method, idempotency=once)
                for _ in range(ask.copies)
            )
        )
        self.answers.extend(answers)
        return next((each for each in answers if not each.failure), answers[0])

    async def hang_up(self, status: str = "completed") -> None:
        """The caller does."""
        await self._leave("caller", status)

    async def end(self, status: str = "completed") -> None:
        """The application does, through the API."""
        await self._leave("application", status)

    async def redirect(self, ask: Ask) -> None:
        """The application gives the call another document; a stream that is open ends."""
        self._next = ask
        if self.stream is not None:
            await self.stream.leave("update")
        if self._script is not None:
            self._script.cancel()

    async def press(self, digits: str) -> None:
        if self.stream is not None and not self.stream.is_over.is_set():
            await self.stream.press(digits)
            return
        for digit in digits:
            self.digits.put_nowait(digit)

    async def wait_for_stream(self, number: int = 1, within_s: float = 10.0) -> MediaStream:
        """The so-and-so-many-th, once it is open. Raises TimeoutError, ConnectionError."""
        async with asyncio.timeout(within_s):
            while len(self.streams) < number and not self.is_over.is_set():
                await self._changed.wait()
            if len(self.streams) < number:
                raise ConnectionError(f"no stream came: heard {self.heard}, {self.errors}, {self.warnings}")
            stream = self.streams[number - 1]
            await stream.is_open.wait()
            return stream

    async def wait_for_heard(self, kind: str, within_s: float = 10.0) -> Heard:
        """The first of this kind. Raises TimeoutError."""
        async with asyncio.timeout(within_s):
            while True:
                found = next((each for each in self.heard if each.kind == kind), None)
                if found is not None:
                    return found
                await self._changed.wait()

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Looks whenever something of the call has changed."""
        while not is_so():
            await self._changed.wait()

    async def wait_until_over(self, within_s: float = 20.0) -> None:
        """Raises TimeoutError."""
        async with asyncio.timeout(within_s):
            await self.is_over.wait()

    def hears(self, kind: str, what: str, sound: bytes = b"") -> None:
        self.heard.append(Heard(time.monotonic(), kind, what, sound))
        self._spread()

    def warn(self, words: str) -> None:
        self.warnings.append(words)

    def is_answered(self) -> None:
        if self.answered_s is None:
            self.answered_s = time.monotonic()
            self.status = "in-progress"
            self._spread()

    def has_stream(self, stream: MediaStream) -> None:
        self.streams.append(stream)
        if self.greeting is not None:
            stream.say(self.greeting)
            self.greeting = None
        self._spread()

    async def _leave(self, by: str, status: str) -> None:
        if self.status in OVER:
            return
        self._end(status, by)
        self.is_canceled.set()
        if self.stream is not None:
            await self.stream.leave("caller" if by == "caller" else "update")
        if self._script is not None:
            self._script.cancel()

    def _end(self, status: str, by: str) -> None:
        if self.status not in OVER:
            self.status, self.ended_by, self.ended_s = status, by, time.monotonic()
            self._spread()

    def _spread(self) -> None:
        """To those who wait for something to change."""
        self._changed.set()
        self._changed = asyncio.Event()
