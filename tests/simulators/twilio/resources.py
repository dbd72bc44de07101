"""Twilio's REST objects and errors as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.simulators.twilio.carrier import new_sid

if TYPE_CHECKING:
    from tests.simulators.twilio.phone_call import PhoneCall

VERSION = "2010-04-01"


def failure(status: int, code: int, message: str) -> web.Response:
    body = {
        "code": code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return web.json_response(body, status=status)


def not_found(path: str) -> web.Response:
    return failure(404, 20404, f"The requested resource {path} was not found")


@dataclass
class PhoneNumber:
    """One of the account's. What a customer may set of it stands in `settings`, by its JSON name."""

    number: str
    sid: str = field(default_factory=lambda: new_sid("PN"))
    settings: dict[str, str | None] = field(
        default_factory=lambda: {
            "friendly_name": "",
            "voice_url": "",
            "voice_method": "POST",
            "voice_fallback_url": "",
            "voice_fallback_method": "POST",
            "voice_application_sid": "",
            "trunk_sid": None,
            "status_callback": "",
            "status_callback_method": "POST",
        }
    )

    def json(self, account_sid: str) -> dict[str, Any]:
        return {
            "sid": self.sid,
            "account_sid": account_sid,
            "phone_number": self.number,
            **self.settings,
            "friendly_name": self.settings["friendly_name"] or self.number,
            "capabilities": {"voice": True, "sms": True, "mms": False, "fax": False},
            "date_created": "Tue, 10 Aug 2010 08:02:17 +0000",
            "date_updated": "Tue, 10 Aug 2010 08:02:17 +0000",
            "api_version": VERSION,
            "beta": False,
            "origin": "twilio",
            "status": "in-use",
            "uri": f"/{VERSION}/Accounts/{account_sid}/IncomingPhoneNumbers/{self.sid}.json",
        }


def call_json(call: PhoneCall) -> dict[str, Any]:
    account_sid = call.carrier.account_sid
    is_over = call.ended_s is not None
    return {
        "sid": call.sid,
        "parent_call_sid": None,
        "account_sid": account_sid,
        "from": call.from_number,
        "from_formatted": call.from_number,
        "to": call.to_number,
        "to_formatted": call.to_number,
        "phone_number_sid": None,
        "status": "in-progress" if call.status == "answered" else call.status,
        "start_time": _date(call.created_at) if call.was_answered else None,
        "end_time": _date(datetime.now(UTC)) if is_over else None,
        "duration": str(round(call.duration_s)) if is_over else None,
        "price": None,
        "price_unit": "USD",
        "direction": call.direction,
        "answered_by": call.answered_by or None,
        "forwarded_from": None,
        "caller_name": None,
        "group_sid": None,
        "queue_time": "0",
        "trunk_sid": None,
        "annotation": None,
        "api_version": VERSION,
        "date_created": _date(call.created_at),
        "date_updated": _date(datetime.now(UTC)),
        "uri": f"/{VERSION}/Accounts/{account_sid}/Calls/{call.sid}.json",
        "subresource_uris": {},
    }


def account_json(account_sid: str, name: str) -> dict[str, Any]:
    """Without the auth token that the real one shows."""
    return {
        "sid": account_sid,
        "owner_account_sid": account_sid,
        "friendly_name": name,
        "status": "active",
        "type": "Full",
        "auth_token": "",
        "date_created": "Tue, 10 Aug 2010 08:02:17 +0000",
        "date_updated": "Tue, 10 Aug 2010 08:02:17 +0000",
        "uri": f"/{VERSION}/Accounts/{account_sid}.json",
        "subresource_uris": {},
    }


def page_json(name: str, items: list[dict[str, Any]], path: str) -> dict[str, Any]:
    """A list of everything there is: simulated accounts have one page."""
    return {
        name: items,
        "page": 0,
        "page_size": 50,
        "start": 0,
        "end": max(0, len(items) - 1),
        "uri": path,
        "first_page_uri": path,
        "next_page_uri": None,
        "previous_page_uri": None,
    }


def _date(at: datetime) -> str:
    return format_datetime(at)
