"""A telephone without a carrier: rings the webhook as Twilio does and follows what that answers."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode, urljoin, urlsplit
from xml.etree import ElementTree

import httpx

from voice.audio.resample import resampled
from voice.core.audio import PCM_8000, PCM_16000
from voice.edge.terminal_line import TerminalLine, line_playback
from voice.edge.twilio.signature import HEADER, signature

WEBHOOK_LIMIT_S = 15.0
# A server that sends its caller round and round.
MOST_DOCUMENTS = 20
WEBHOOK = "/api/twilio/voice"
# Silence after which the agent has finished.
QUIET_MS = 1_500.0
POLL_S = 0.02
# For a first word; an agent without a greeting waits for its caller.
GREETING_LIMIT_S = 4.0


class CallFailed(Exception):
    """There is no call any more; the message says why."""


@dataclass(frozen=True)
class Said:
    """Something that the caller is told by the carrier, in ms since the call began."""

    at_ms: float
    words: str


class TerminalPhone:
    """One call to `address`, such as http://localhost:3001; `auth_token` signs it where one is stored.

    What is said and heard lies on one timeline, PCM at 8 kHz, from the first ring on.
    """

    def __init__(
        self,
        address: str,
        *,
        api_key: str,
        agent_id: str = "",
        from_number: str = "+15550100001",
        to_number: str = "+15550100999",
        auth_token: str = "",
        public_url: str = "",
        told: Callable[[Said], None] | None = None,
    ) -> None:
        asked = {"api_key": api_key, "agent_id": agent_id}
        self._address = address.rstrip("/")
        self._public_url = public_url or self._address
        self._webhook = f"{WEBHOOK}?{urlencode({name: value for name, value in asked.items() if value})}"
        self._auth_token = auth_token
        self._told = told
        self._account_sid = f"AC{secrets.token_hex(16)}"
        self._call_sid = f"CA{secrets.token_hex(16)}"
        self._from_number, self._to_number = from_number, to_number
        self._began_s = time.monotonic()
        self._call: asyncio.Task[None] | None = None
        self._line: TerminalLine | None = None
        self.said, self.heard = line_playback(), line_playback()
        self.is_over = asyncio.Event()

    async def __aenter__(self) -> TerminalPhone:
        self._began_s = time.monotonic()
        self._call = asyncio.create_task(self._follow(self._webhook), name="a call from a terminal")
        self._call.add_done_callback(lambda _: self.is_over.set())
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self.hang_up()

    @property
    def now_ms(self) -> float:
        return (time.monotonic() - self._began_s) * 1000

    async def wait_until_connected(self, within_s: float = 15.0) -> None:
        """Raises CallFailed when the call ends before, TimeoutError."""
        async with asyncio.timeout(within_s):
            while self._line is None or not self._line.is_open.is_set():
                self._raise_if_over()
                await asyncio.sleep(POLL_S)

    async def say(self, pcm: bytes) -> None:
        """16-bit PCM at 8 kHz, in real time. Raises CallFailed when there is no line."""
        self._raise_if_over()
        if self._line is None:
            raise CallFailed("nobody has answered")
        await self._line.say(pcm)

    async def press(self, digits: str) -> None:
        self._raise_if_over()
        if self._line is not None:
            await self._line.press(digits)

    async def wait_for_sound(self, within_s: float) -> None:
        """The first there is. Raises TimeoutError, CallFailed."""
        async with asyncio.timeout(within_s):
            while not self.heard.pieces:
                self._raise_if_over()
                await asyncio.sleep(POLL_S)

    async def wait_for_answer(self, since_ms: float, within_s: float = 60.0) -> tuple[float, float]:
        """When the first sound after `since_ms` began and the last one ended: then the agent was silent.

        When the call ends meanwhile, what came until then counts. Raises CallFailed if nothing did,
        TimeoutError.
        """
        async with asyncio.timeout(within_s):
            while True:
                began_ms = self._first_heard_after(since_ms)
                quiet_ms = self.now_ms - self.heard.ends_at_ms
                if began_ms is not None and (quiet_ms >= QUIET_MS or self.is_over.is_set()):
                    return began_ms, self.heard.ends_at_ms
                self._raise_if_over()
                await asyncio.sleep(POLL_S)

    async def hang_up(self) -> None:
        """Raises what went wrong in the call."""
        if self._call is None:
            return
        if self._line is not None:
            await self._line.hang_up()
        if not self._call.done():
            self._call.cancel()
        await asyncio.wait({self._call})
        if not self._call.cancelled() and (error := self._call.exception()) is not None:
            raise error

    async def wait_until_over(self, within_s: float = 15.0) -> None:
        async with asyncio.timeout(within_s):
            await self.is_over.wait()

    def _raise_if_over(self) -> None:
        """Raises CallFailed, or what went wrong in the call."""
        if self._call is None or not self._call.done():
            return
        if not self._call.cancelled() and (error := self._call.exception()) is not None:
            raise error
        raise CallFailed("the call is over")

    def _first_heard_after(self, since_ms: float) -> float | None:
        return next((at_ms for at_ms, _ in self.heard.pieces if at_ms >= since_ms), None)

    async def _follow(self, first: str) -> None:
        """Documents, until one has nothing more to say. Raises CallFailed."""
        path: str | None = first
        fields: dict[str, str] = {}
        async with httpx.AsyncClient(timeout=WEBHOOK_LIMIT_S) as client:
            for _ in range(MOST_DOCUMENTS):
                if path is None:
                    return
                path, fields = await self._carry_out(await self._ask(client, path, fields), path)
        raise CallFailed(f"the server sends its caller on and on, {MOST_DOCUMENTS} times")

    async def _ask(self, client: httpx.AsyncClient, path: str, fields: dict[str, str]) -> bytes:
        form = {
            "CallSid": self._call_sid,
            "AccountSid": self._account_sid,
            "From": self._from_number,
            "To": self._to_number,
            "Caller": self._from_number,
            "Called": self._to_number,
            "CallStatus": "ringing" if path == self._webhook else "in-progress",
            "Direction": "inbound",
            "ApiVersion": "2010-04-01",
            **fields,
        }
        try:
            response = await client.post(
                self._address + path,
                content=urlencode(form),
                headers={
                    "Content-Type": "application/x-www-form-urlencoded",
                    **self._signed(self._public_url + path, form),
                },
            )
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise CallFailed(f"no server at {self._address} ({reason}); start script/server") from error
        if response.status_code != 200:
            raise CallFailed(f"the server answered {response.status_code} where a phone call needs 200")
        return response.content

    def _signed(self, url: str, form: dict[str, str]) -> dict[str, str]:
        return {HEADER: signature(self._auth_token, url, form.items())} if self._auth_token else {}

    async def _carry_out(self, document: bytes, path: str) -> tuple[str | None, dict[str, str]]:
        """Where the call goes next, and what is told there."""
        try:
            verbs = list(ElementTree.fromstring(document))  # noqa: S314  the answer of one's own server
        except ElementTree.ParseError as error:
            raise CallFailed(f"the server's answer is no document: {error}") from error
        for verb in verbs:
            words = (verb.text or "").strip()
            match verb.tag:
                case "Say":
                    self._tell(f"Twilio would say: {words}")
                case "Pause":
                    await asyncio.sleep(float(verb.get("length", "1")))
                case "Connect":
                    await self._connect(verb.find("Stream"))
                    if (action := verb.get("action")) is not None:
                        return self._path(path, action), {}
                case "Redirect":
                    return self._path(path, words), {}
                case "Dial":
                    target = words or "".join(verb.itertext()).strip()
                    self._tell(f"Twilio would ring at {target}; nobody answers there.")
                    if (action := verb.get("action")) is not None:
                        return self._path(path, action), {"DialCallStatus": "no-answer"}
                case "Hangup" | "Reject":
                    return None, {}
                case _:
                    self._tell(f"Twilio would carry out <{verb.tag}> here.")
        return None, {}

    async def _connect(self, stream: ElementTree.Element | None) -> None:
        if stream is None:
            raise CallFailed("the server connects the call to nothing")
        url = urlsplit(stream.get("url", ""))
        self._line = TerminalLine(
            f"ws{self._address.removeprefix('http')}{url.path}",
            call_sid=self._call_sid,
            account_sid=self._account_sid,
            parameters={each.get("name", ""): each.get("value", "") for each in stream.iter("Parameter")},
            headers=self._signed(url.geturl(), {}),
            said=self.said,
            heard=self.heard,
            now_ms=lambda: self.now_ms,
        )
        try:
            if not await self._line.run():
                self._tell("The stream's server does not answer.")
        except ValueError as error:
            raise CallFailed(f"the stream's server sends what Twilio does not take: {error}") from error

    @staticmethod
    def _path(asked: str, url: str) -> str:
        """On the server that was called, wherever its public address is."""
        parts = urlsplit(urljoin(asked, url))
        return parts._replace(scheme="", netloc="", fragment="").geturl()

    def _tell(self, words: str) -> None:
        if self._told is not None:
            self._told(Said(self.now_ms, words))


async def phone_conversation(
    phone: TerminalPhone, questions: Sequence[bytes], digits: str, tell: Callable[[str], object]
) -> None:
    """Says each question (16-bit PCM at 16 kHz) when the agent has finished, presses keys, and hangs up.

    Raises CallFailed, TimeoutError.
    """
    async with phone:
        await phone.wait_until_connected()
        await _greeting(phone, tell)
        for question in questions:
            await phone.say(resampled(question, PCM_16000.rate_hz, PCM_8000.rate_hz))
            await _answer(phone, phone.now_ms, tell)
        if digits:
            await phone.press(digits)
            await _answer(phone, phone.now_ms, tell)


async def _greeting(phone: TerminalPhone, tell: Callable[[str], object]) -> None:
    """Agents without a greeting wait for the caller."""
    try:
        await phone.wait_for_sound(GREETING_LIMIT_S)
    except TimeoutError:
        return
    began_ms, ended_ms = await phone.wait_for_answer(0.0)
    tell(f"{began_ms / 1000:7.2f} s  The agent speaks first, for {(ended_ms - began_ms) / 1000:.1f} s.")


async def _answer(phone: TerminalPhone, since_ms: float, tell: Callable[[str], object]) -> None:
    began_ms, ended_ms = await phone.wait_for_answer(since_ms)
    after, lasted = f"{began_ms - since_ms:.0f} ms later", f"{(ended_ms - began_ms) / 1000:.1f} s"
    tell(f"{began_ms / 1000:7.2f} s  The agent speaks {after}, for {lasted}.")
