"""Twilio on loopback: calls come in and go out, sound as they do on a line, and its REST API says so."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any

import aiohttp
from aiohttp import web

from tests.simulators.server import Simulator
from tests.simulators.twilio.carrier import Addresses, Callee, Carrier
from tests.simulators.twilio.outbound import Order, place
from tests.simulators.twilio.phone_call import PhoneCall
from tests.simulators.twilio.resources import PhoneNumber
from tests.simulators.twilio.rest import RestApi
from tests.simulators.twilio.status_callbacks import StatusCallbacks
from tests.simulators.twilio.verbs import Ask
from tests.simulators.twilio.webhooks import Webhooks

ACCOUNT_SID = "AC" + "1" * 32
AUTH_TOKEN = "the account's auth token"
CALLER = "+15550100001"
NUMBER = "+15550100999"


class TwilioSimulator(Simulator):
    """`reached_at`: where public addresses are, {"https://voice.example.com": "http://127.0.0.1:1"}.

    `numbers` are the account's. `time_scale` makes ringing, speaking and pauses of documents so much quicker
    than life, `limit_scale` the time limits of webhooks; media streams always run in real time.
    """

    vendor = "twilio"

    def __init__(
        self,
        reached_at: dict[str, str] | None = None,
        *,
        numbers: Iterable[str] = (NUMBER,),
        account_sid: str = ACCOUNT_SID,
        auth_token: str = AUTH_TOKEN,
        time_scale: float = 20.0,
        limit_scale: float = 1.0,
    ) -> None:
        super().__init__()
        self.addresses = Addresses(reached_at or {})
        self.account_sid, self.auth_token, self.account_name = account_sid, auth_token, "Acme"
        made = [PhoneNumber(number) for number in numbers]
        self.numbers = {each.sid: each for each in made}
        # Beginnings of numbers that the account may not call.
        self.forbidden: list[str] = []
        self.calls: dict[str, PhoneCall] = {}
        self.callees: dict[str, Callee] = {}
        self._time_scale = time_scale
        self._limit_scale = limit_scale
        self._tasks: set[asyncio.Task[None]] = set()
        self._carrier: Carrier | None = None

    def routes(self) -> list[web.RouteDef]:
        return RestApi(self).routes()

    @property
    def carrier(self) -> Carrier:
        """What its calls share; there once it has started."""
        assert self._carrier is not None, "the simulator has not started"
        return self._carrier

    async def start(self, port: int = 0) -> None:
        # Without a limit: a hundred callers hold a hundred connections.
        session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        webhooks = Webhooks(session, self.auth_token, self.addresses.loopback, self._limit_scale)
        self._carrier = Carrier(
            self.account_sid,
            session,
            webhooks,
            self.addresses.loopback,
            self._time_scale,
            callees=self.callees,
        )
        await super().start(port)

    async def stop(self) -> None:
        """All calls end; what went wrong in one of them is raised."""
        for task in self._tasks:
            task.cancel()
        ended = await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._carrier is not None:
            await self._carrier.session.close()
        await super().stop()
        for each in ended:
            if isinstance(each, Exception):
                raise each

    def ring(
        self,
        webhook_url: str = "",
        *,
        from_number: str = CALLER,
        to_number: str = NUMBER,
        fallback_url: str = "",
        status_callback: str = "",
        copies: int = 1,
        extra: dict[str, str] | None = None,
        sid: str = "",
    ) -> PhoneCall:
        """Somebody calls a number; without a webhook, what the number is configured with counts.

        `copies`: the first request comes so many times at once; `extra`: further fields of every form.
        """
        number = next((each for each in self.numbers.values() if each.number == to_number), None)
        settings = number.settings if number is not None else {}
        url = webhook_url or settings.get("voice_url") or ""
        method = "POST" if webhook_url else settings.get("voice_method") or "POST"
        callbacks = StatusCallbacks(status_callback or settings.get("status_callback") or "")
        call = PhoneCall(
            self.carrier,
            from_number=from_number,
            to_number=to_number,
            extra=extra,
            callbacks=callbacks,
            sid=sid,
        )
        fallback = fallback_url or settings.get("voice_fallback_url") or ""
        self._run(call, call.run(Ask(url, method, fallback_url=fallback, copies=copies)))
        return call

    def place(self, from_number: str, to_number: str, order: Order, callbacks: StatusCallbacks) -> PhoneCall:
        """The account calls somebody."""
        call = PhoneCall(
            self.carrier,
            from_number=from_number,
            to_number=to_number,
            direction="outbound-api",
            callbacks=callbacks,
        )
        self._run(call, place(call, order, self.carrier.callee(to_number)))
        return call

    def _run(self, call: PhoneCall, running: Coroutine[Any, Any, None]) -> None:
        self.calls[call.sid] = call
        self.run(running, f"call {call.sid}")

    def run(self, running: Coroutine[Any, Any, None], name: str) -> None:
        """Until it or the simulator ends."""
        # Kept when they have ended too: what was raised in them is told at the end.
        self._tasks.add(asyncio.create_task(running, name=name))
