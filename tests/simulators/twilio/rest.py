"""Twilio's REST API on loopback: accounts, calls and numbers, as the official client asks for them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web
from multidict import MultiDictProxy

from tests.simulators.twilio.dialling import E164
from tests.simulators.twilio.outbound import Order
from tests.simulators.twilio.phone_call import OVER, PhoneCall
from tests.simulators.twilio.recordings import Recordings
from tests.simulators.twilio.resources import (
    VERSION,
    account_json,
    call_json,
    failure,
    not_found,
    page_json,
)
from tests.simulators.twilio.status_callbacks import StatusCallbacks
from tests.simulators.twilio.verbs import Ask

if TYPE_CHECKING:
    from tests.simulators.twilio.simulator import TwilioSimulator

Form = MultiDictProxy[Any]
LONGEST_TWIML = 4_000
MESSAGES = {
    401: (20003, "Authenticate"),
    403: (20003, "Permission Denied"),
    429: (20429, "Too Many Requests"),
}


class RestApi:
    def __init__(self, simulator: TwilioSimulator) -> None:
        self._simulator = simulator
        self._recordings = Recordings(simulator)

    def routes(self) -> list[web.RouteDef]:
        account = f"/{VERSION}/Accounts/{{account}}"
        numbers = f"{account}/IncomingPhoneNumbers"
        return [
            web.get(f"{account}.json", self._checked(self._account)),
            web.get(f"{account}/Calls.json", self._checked(self._calls)),
            web.post(f"{account}/Calls.json", self._checked(self._call_create)),
            web.get(f"{account}/Calls/{{sid}}.json", self._checked(self._call)),
            web.post(f"{account}/Calls/{{sid}}.json", self._checked(self._call_update)),
            web.get(f"{numbers}.json", self._checked(self._numbers)),
            web.get(f"{numbers}/{{sid}}.json", self._checked(self._number)),
            web.post(f"{numbers}/{{sid}}.json", self._checked(self._number_update)),
            *self._recordings.routes(account, self._checked),
        ]

    def _checked(
        self, handler: Callable[[web.Request, Form], Awaitable[web.Response]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Notes the request, has its fault happen, and lets in only the account's own credentials."""

        async def handle(request: web.Request) -> web.StreamResponse:
            form = await request.post()
            self._simulator.note(request, {name: form.getall(name) for name in form})
            fault = self._simulator.next_fault()
            if fault.stalls:
                await self._simulator.stall()
            if fault.garbage:
                return web.Response(text="<html>Bad gateway</html>", content_type="text/html")
            if fault.status:
                code, message = MESSAGES.get(fault.status, (20500, "Internal Server Error"))
                return failure(fault.status, fault.body.get("code", code), fault.body.get("message", message))
            if not self._is_owner(request):
                return failure(401, *MESSAGES[401])
            if request.match_info["account"] != self._simulator.account_sid:
                return not_found(request.path)
            return await handler(request, form)

        return handle

    def _is_owner(self, request: web.Request) -> bool:
        kind, _, encoded = request.headers.get("Authorization", "").partition(" ")
        try:
            given = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, ValueError):
            return False
        return (
            kind.lower() == "basic" and given == f"{self._simulator.account_sid}:{self._simulator.auth_token}"
        )

    async def _account(self, request: web.Request, form: Form) -> web.Response:
        return web.json_response(account_json(self._simulator.account_sid, self._simulator.account_name))

    async def _calls(self, request: web.Request, form: Form) -> web.Response:
        asked = request.query
        found = [
            call_json(call)
            for call in self._simulator.calls.values()
            if asked.get("Status", call.status) == call.status
            and asked.get("To", call.to_number) == call.to_number
        ]
        return web.json_response(page_json("calls", found, request.path_qs))

    async def _call_create(self, request: web.Request, form: Form) -> web.Response:
        to_number, from_number = str(form.get("To", "")), str(form.get("From", ""))
        if not (E164.fullmatch(to_number) or to_number.startswith(("sip:", "client:"))):
            message = f"The phone number you are attempting to call, {to_number}, is not valid."
            return failure(400, 21211, message)
        if from_number not in {number.number for number in self._simulator.numbers.values()}:
            message = (
                f"The source phone number provided, {from_number}, is not yet verified for your account."
            )
            return failure(400, 21210, message)
        if to_number.startswith(tuple(self._simulator.forbidden)):
            message = (
                f"Account not authorized to call {to_number}. Perhaps you need to enable some permissions."
            )
            return failure(400, 21215, message)
        if wrong := _document_failure(form):
            return wrong
        events = [
            str(event) for value in form.getall("StatusCallbackEvent", []) for event in str(value).split()
        ]
        callbacks = StatusCallbacks(
            str(form.get("StatusCallback", "")), events, str(form.get("StatusCallbackMethod", "POST"))
        )
        order = Order.of({name: str(value) for name, value in form.items()})
        call = self._simulator.place(from_number, to_number, order, callbacks)
        if str(form.get("Record", "")).lower() == "true":
            self._recordings.begin(call, form, "OutboundAPI")
        return web.json_response(call_json(call), status=201)

    async def _call(self, request: web.Request, form: Form) -> web.Response:
        call = self._simulator.calls.get(request.match_info["sid"])
        return web.json_response(call_json(call)) if call is not None else not_found(request.path)

    async def _call_update(self, request: web.Request, form: Form) -> web.Response:
        call = self._simulator.calls.get(request.match_info["sid"])
        if call is None:
            return not_found(request.path)
        if call.status in OVER:
            return failure(400, 21220, "Call is not in-progress. Cannot redirect.")
        status = str(form.get("Status", ""))
        if status:
            return await self._call_end(call, status)
        if wrong := _document_failure(form):
            return wrong
        twiml = str(form.get("Twiml", "")).encode()
        await call.redirect(Ask(str(form.get("Url", "")), str(form.get("Method", "POST")), twiml=twiml))
        return web.json_response(call_json(call))

    @staticmethod
    async def _call_end(call: PhoneCall, status: str) -> web.Response:
        """`canceled` ends one that was not answered, `completed` any."""
        if status not in ("completed", "canceled"):
            return failure(400, 21218, f"Invalid status: {status}")
        if call.was_answered and status == "canceled":
            return failure(400, 21220, "Invalid CallStatus. Call is already in-progress.")
        await call.end(status if call.was_answered else "canceled")
        return web.json_response(call_json(call))

    async def _numbers(self, request: web.Request, form: Form) -> web.Response:
        wanted = request.query.get("PhoneNumber", "")
        found = [
            number.json(self._simulator.account_sid)
            for number in self._simulator.numbers.values()
            if wanted in number.number
        ]
        return web.json_response(page_json("incoming_phone_numbers", found, request.path_qs))

    async def _number(self, request: web.Request, form: Form) -> web.Response:
        number = self._simulator.numbers.get(request.match_info["sid"])
        if number is None:
            return not_found(request.path)
        return web.json_response(number.json(self._simulator.account_sid))

    async def _number_update(self, request: web.Request, form: Form) -> web.Response:
        number = self._simulator.numbers.get(request.match_info["sid"])
        if number is None:
            return not_found(request.path)
        for name, value in form.items():
            plain = "".join(f"_{each.lower()}" if each.isupper() else each for each in name).removeprefix("_")
            if plain in number.settings:
                if plain.endswith("_url") and value and not str(value).startswith(("http://", "https://")):
                    return failure(400, 21502, f"{name} is not a valid URL: {value}")
                number.settings[plain] = str(value)
        return web.json_response(number.json(self._simulator.account_sid))


def _document_failure(form: Form) -> web.Response | None:
    if not form.get("Url") and not form.get("Twiml") and not form.get("ApplicationSid"):
        return failure(400, 21205, "Url parameter is required")
    if len(str(form.get("Twiml", ""))) > LONGEST_TWIML:
        return failure(400, 21624, f"Twiml must not be longer than {LONGEST_TWIML} characters")
    return None
