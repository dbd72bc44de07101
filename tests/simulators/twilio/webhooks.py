"""Twilio's requests to a customer's server: signed forms, time limits, retries, and a log of all answers."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urldefrag, urlencode, urlsplit

import aiohttp
from twilio.request_validator import RequestValidator

USER_AGENT = "TwilioProxy/1.1"
# The longest TwiML document that is read.
LARGEST_ANSWER_BYTES = 64 * 1024


@dataclass(frozen=True)
class Limits:
    """What a URL's fragment may override, in ms: `#ct=2000&rt=5000&tt=10000&rc=2&rp=5xx,ct`."""

    connect_ms: float = 5_000.0
    read_ms: float = 15_000.0
    total_ms: float = 15_000.0
    retries: int = 1
    retried: frozenset[str] = frozenset({"ct"})


def limits_of(url: str) -> tuple[str, Limits]:
    """The URL without its fragment, which is never sent and never signed, and what the fragment says."""
    bare, fragment = urldefrag(url)
    said = dict(parse_qsl(fragment))
    policy = frozenset(said.get("rp", "ct").split(","))
    return bare, Limits(
        connect_ms=_between(100, float(said.get("ct", 5_000)), 10_000),
        read_ms=_between(100, float(said.get("rt", 15_000)), 15_000),
        total_ms=_between(100, float(said.get("tt", 15_000)), 15_000),
        retries=round(_between(0, float(said.get("rc", 1)), 5)),
        retried=frozenset({"4xx", "5xx", "ct", "rt"}) if "all" in policy else policy,
    )


def _between(least: float, value: float, most: float) -> float:
    return min(max(value, least), most)


@dataclass
class Answer:
    """One request and what came of it; `failure` is Twilio's error code, 0 when it was answered well."""

    url: str
    method: str
    form: dict[str, str]
    asked_at_s: float
    took_ms: float = 0.0
    status: int = 0
    content_type: str = ""
    body: bytes = b""
    failure: int = 0
    cause: str = ""
    tries: int = 1


class Webhooks:
    """`reached_at` gives the address on loopback of a public one; the account's `token` signs."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        token: str,
        reached_at: Callable[[str], str],
        time_scale: float = 1,
    ) -> None:
        """`time_scale`: so many times shorter are all time limits."""
        self._session = session
        self.token = token
        self._reached_at = reached_at
        self._time_scale = time_scale
        self.answers: list[Answer] = []
        self.headers: dict[str, str] = {}

    async def ask(
        self,
        url: str,
        form: dict[str, str],
        *,
        method: str = "POST",
        token: str | None = None,
        idempotency: str = "",
    ) -> Answer:
        """What the other side does wrong the answer tells. `token` signs instead of the account's."""
        bare, limits = limits_of(url)
        if method == "GET" and form:
            bare += ("&" if urlsplit(bare).query else "?") + urlencode(form)
        answer = Answer(bare, method, form, time.monotonic())
        self.answers.append(answer)
        headers = {
            **self.headers,
            "User-Agent": USER_AGENT,
            "X-Twilio-Signature": self.signature(bare, form if method == "POST" else {}, token),
            "I-Twilio-Idempotency-Token": idempotency or str(uuid.uuid4()),
        }
        try:
            async with asyncio.timeout(limits.total_ms / 1000 / self._time_scale):
                while True:
                    failed = await self._try(answer, headers, limits)
                    if failed not in limits.retried or answer.tries > limits.retries:
                        break
                    answer.tries += 1
        except TimeoutError:
            answer.failure, answer.cause = 11200, "no answer within the total time"
        answer.took_ms = (time.monotonic() - answer.asked_at_s) * 1000
        return answer

    def signature(self, url: str, form: dict[str, str], token: str | None = None) -> str:
        signed: str = RequestValidator(self.token if token is None else token).compute_signature(url, form)
        return signed

    async def _try(self, answer: Answer, headers: dict[str, str], limits: Limits) -> str:
        """Which retry policy would try again, or nothing."""
        answer.failure, answer.cause = 0, ""
        timeout = aiohttp.ClientTimeout(
            total=None,
            connect=limits.connect_ms / 1000 / self._time_scale,
            sock_read=limits.read_ms / 1000 / self._time_scale,
        )
        data = answer.form if answer.method == "POST" else None
        try:
            async with self._session.request(
                answer.method,
                self._reached_at(answer.url),
                data=data,
                headers=headers,
                timeout=timeout,
                allow_redirects=True,
            ) as response:
                answer.status = response.status
                answer.content_type = response.content_type
                answer.body = (await response.read())[:LARGEST_ANSWER_BYTES]
        except aiohttp.SocketTimeoutError:
            answer.failure, answer.cause = 11200, "no answer within the read time"
            return "rt"
        except (aiohttp.ClientConnectionError, aiohttp.ConnectionTimeoutError) as error:
            answer.failure, answer.cause = 11205, f"no connection: {error}"
            return "ct"
        except (aiohttp.ClientError, ValueError) as error:
            answer.failure, answer.cause = 11200, f"no HTTP: {error}"
            return ""
        if answer.status >= 400:
            answer.failure, answer.cause = 11200, f"status {answer.status}"
            return f"{answer.status // 100}xx"
        return ""
