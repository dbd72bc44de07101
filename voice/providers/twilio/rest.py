"""Twilio's REST API through its own SDK: whether it takes an account, and what its phone numbers do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from requests import RequestException
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from voice.core.errors import NonsenseError, RequestError, UnreachableError
from voice.providers.access import VendorAccess
from voice.providers.http_errors import error_for
from voice.providers.twilio.access import TwilioAccess
from voice.providers.twilio.outgoing_call import CallAtTwilio, Detection, OutgoingCall
from voice.providers.twilio.phone_number import NumberAtTwilio, Webhooks

TWILIO = "twilio"
TIME_LIMIT_S = 8.0
# Twilio forbids also what account and token are right for: a country, a number that calls. Such codes begin
# otherwise than those of the access itself.
BAD_REQUEST, FORBIDDEN = 400, 403
OF_A_CALL = "21"
CALL_EVENTS = ["initiated", "ringing", "answered", "completed"]
# As long as Twilio can: a machine that has not come to its end by then is told as unknown.
DETECTION_LIMIT_S = {Detection.AT_ONCE: 30, Detection.AFTER_THE_BEEP: 59}


class RedirectedHttp(TwilioHttpClient):  # type: ignore[misc]  # the SDK has no types
    """The SDK only knows Twilio's own hosts; this asks the same paths of another server."""

    def __init__(self, base_url: str, timeout: float) -> None:
        super().__init__(timeout=timeout)
        self._base = urlsplit(base_url)

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        there = urlsplit(url)._replace(scheme=self._base.scheme, netloc=self._base.netloc)
        return super().request(method, there.geturl(), *args, **kwargs)


class TwilioRest:
    """One account's. Every call blocks, for some seconds at most, and raises ProviderError: never ask within
    a transaction or on an event loop."""

    def __init__(self, access: TwilioAccess) -> None:
        self._access = access
        http = (
            RedirectedHttp(access.base_url, TIME_LIMIT_S)
            if access.base_url
            else TwilioHttpClient(timeout=TIME_LIMIT_S)
        )
        self._client = Client(access.account_sid, access.auth_token, http_client=http)

    def account_name(self) -> str:
        """Twilio takes SID and token, and this is what the account is called there."""
        with self._named_errors():
            account = self._client.api.accounts(self._access.account_sid).fetch()
            return str(account.friendly_name or account.sid)

    def number_find(self, number: str) -> NumberAtTwilio | None:
        """None where the account has no such number."""
        with self._named_errors():
            for found in self._client.incoming_phone_numbers.list(phone_number=number, limit=20):
                if found.phone_number == number:
                    return NumberAtTwilio(
                        str(found.sid), number, str(found.voice_url or ""), _goes_before(found)
                    )
        return None

    def number_configure(self, sid: str, webhooks: Webhooks) -> None:
        """From the next call on the number asks us."""
        with self._named_errors():
            self._client.incoming_phone_numbers(sid).update(
                voice_url=webhooks.voice_url,
                voice_method="POST",
                voice_fallback_url=webhooks.fallback_url,
                voice_fallback_method="POST",
                status_callback=webhooks.status_url,
                status_callback_method="POST",
                # An application or a SIP trunk would go before the address.
                voice_application_sid="",
                trunk_sid="",
            )

    def call_create(self, call: OutgoingCall) -> CallAtTwilio:
        """Twilio dials. After an UnreachableError or NonsenseError it may dial all the same."""
        listening = {
            "machine_detection": call.detection.value,
            "machine_detection_timeout": DETECTION_LIMIT_S.get(call.detection),
            # Nobody waits for it: the document is asked for at once.
            "async_amd": "true",
            "async_amd_status_callback": call.answerer_url,
            "async_amd_status_callback_method": "POST",
        }
        with self._named_errors():
            made = self._client.calls.create(
                to=call.to_number,
                from_=call.from_number,
                url=call.answer_url,
                method="POST",
                # Asked again where the first time failed: another process may answer.
                fallback_url=call.answer_url,
                fallback_method="POST",
                status_callback=call.status_url,
                status_callback_method="POST",
                status_callback_event=CALL_EVENTS,
                timeout=call.ring_s,
                **(listening if call.detection else {}),
            )
            return CallAtTwilio(str(made.sid), str(made.status or ""))

    def call_redirect(self, sid: str, twiml: str) -> None:
        """A live call does this from now on; its stream ends."""
        with self._named_errors():
            self._client.calls(sid).update(twiml=twiml)

    def call_end(self, sid: str) -> str:
        """Twilio stops ringing, or hangs up where somebody has answered meanwhile. How the call stands then;
        empty where Twilio has no such call any more, or it was over."""
        for status in ("canceled", "completed"):
            try:
                with self._named_errors():
                    stands = str(self._client.calls(sid).update(status=status).status or "")
            except RequestError:  # of the first: somebody has answered; of both: it is over
                continue
            if stands != "in-progress":
                return stands
        return ""

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        """What the SDK raises, as one of our errors without the token."""
        try:
            yield
        except TwilioRestException as error:
            words = str(error.msg or "").partition(": ")[2] or str(error.msg or "")
            code, status = str(error.code or ""), int(error.status)
            if status == FORBIDDEN and code.startswith(OF_A_CALL):
                status = BAD_REQUEST
            raise error_for(self._vendor_access, status, code=code, words=words) from None
        except RequestException as error:
            raise UnreachableError(TWILIO, f"no connection ({type(error).__name__})") from None
        except (TwilioException, ValueError, KeyError, TypeError, AttributeError) as error:
            raise NonsenseError(TWILIO, f"its answer cannot be read ({type(error).__name__})") from None

    @property
    def _vendor_access(self) -> VendorAccess:
        return VendorAccess(TWILIO, self._access.auth_token)


def _goes_before(number: Any) -> str:
    """What of a number's settings Twilio follows instead of its address."""
    if number.trunk_sid:
        return "a SIP trunk"
    return "a TwiML App" if number.voice_application_sid else ""
