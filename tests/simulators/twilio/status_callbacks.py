"""What Twilio tells a customer of a call's progress, for those of its events that were asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.simulators.twilio.phone_call import PhoneCall


class StatusCallbacks:
    """Of one call; they are numbered as they are sent."""

    def __init__(self, url: str = "", events: Iterable[str] = (), method: str = "POST") -> None:
        self.url = url
        # The end is told to everyone who gave an address.
        self.events = frozenset(events) or frozenset({"completed"})
        self.method = method
        self._sequence = 0

    async def tell(self, call: PhoneCall, event: str) -> None:
        """`event`: initiated, ringing, answered or completed, which is the end of every kind."""
        if not self.url or event not in self.events:
            return
        form = call.form() | {
            "CallStatus": {"initiated": "initiated", "ringing": "ringing", "answered": "in-progress"}.get(
                event, call.status
            ),
            "Timestamp": call.timestamp(),
            "SequenceNumber": str(self._sequence),
            "CallbackSource": "call-progress-events",
        }
        self._sequence += 1
        if event == "completed":
            form |= {
                "CallDuration": str(round(call.duration_s)),
                "Duration": str(-(-int(call.duration_s) // 60)),
            }
            form["SipResponseCode"] = str(call.sip_code)
        if call.answered_by:
            form["AnsweredBy"] = call.answered_by
        await call.carrier.webhooks.ask(self.url, form, method=self.method)
