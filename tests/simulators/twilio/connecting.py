"""`<Connect><Stream>`: the call's sound goes to a server of the customer's until that closes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.simulators.server import wait
from tests.simulators.twilio.carrier import new_sid
from tests.simulators.twilio.media_stream import MediaStream
from tests.simulators.twilio.messages import Messages
from tests.simulators.twilio.twiml import Element

if TYPE_CHECKING:
    from tests.simulators.twilio.phone_call import PhoneCall

# Of a parameter's name and value together.
LONGEST_PARAMETER = 500


async def connect(call: PhoneCall, noun: Element) -> None:
    """Returns when the stream is over and the caller still there, or it never came to be."""
    parameters = {
        child.attributes.get("name", ""): child.attributes.get("value", "") for child in noun.children
    }
    for name, value in parameters.items():
        if not name or len(name) + len(value) >= LONGEST_PARAMETER:
            call.warn(f"31901 the parameter {name!r} is longer than {LONGEST_PARAMETER} characters")
    url = _url(call, noun.attributes.get("url", ""))
    await wait(call.carrier.stream_delay_ms)
    if not url:
        call.hears("stream", "refused")
        await _tell(call, noun, "", "stream-error", "31921")
        return
    stream = media_stream(call, url, parameters)
    call.has_stream(stream)
    telling = asyncio.create_task(_tell_of(call, noun, stream), name="stream's status callback")
    try:
        end = await stream.run()
        call.hears("stream", end)
        await telling
        if end in ("caller", "update"):
            # Nothing of this document comes after; whoever ended the stream ends it too.
            await asyncio.Event().wait()
    finally:
        telling.cancel()


def media_stream(
    call: PhoneCall, url: str, parameters: dict[str, str], *, call_sid: str = "", token: str | None = None
) -> MediaStream:
    """To the address that TwiML names. `token` signs the handshake instead of the account's."""
    carrier = call.carrier
    messages = Messages(new_sid("MZ"), carrier.account_sid, call_sid or call.sid, dict(parameters))
    headers = {
        **carrier.webhooks.headers,
        "X-Twilio-Signature": carrier.webhooks.signature(url, {}, token),
        "User-Agent": "Twilio.TmeWs/1.0",
    }
    return MediaStream(
        carrier.session,
        carrier.loopback(url),
        messages,
        headers=headers,
        misbehaviour=carrier.misbehaviour,
    )


def _url(call: PhoneCall, url: str) -> str:
    """Without its query, which Twilio does not send; "" if there is no such address for a stream."""
    parts = urlsplit(url)
    if parts.query:
        call.warn("31920 a stream's url has a query, which is not sent")
    is_local = parts.scheme == "ws" and parts.hostname in ("127.0.0.1", "localhost")
    if parts.scheme != "wss" and not is_local:
        call.warn(f"31921 a stream's url must begin with wss, not {parts.scheme!r}")
        return ""
    return parts._replace(query="", fragment="").geturl()


async def _tell_of(call: PhoneCall, noun: Element, stream: MediaStream) -> None:
    opened = asyncio.create_task(stream.is_open.wait())
    over = asyncio.create_task(stream.is_over.wait())
    try:
        await asyncio.wait((opened, over), return_when=asyncio.FIRST_COMPLETED)
        if opened.done():
            await _tell(call, noun, stream.sid, "stream-started")
            await over
        if stream.end == "refused":
            call.warn("31920 the stream's server does not accept the connection")
            await _tell(call, noun, stream.sid, "stream-error", "31920")
        else:
            await _tell(call, noun, stream.sid, "stream-stopped")
    finally:
        opened.cancel()
        over.cancel()


async def _tell(call: PhoneCall, noun: Element, sid: str, event: str, error: str = "") -> None:
    url = noun.attributes.get("statusCallback")
    if not url:
        return
    form = {
        "AccountSid": call.carrier.account_sid,
        "CallSid": call.sid,
        "StreamSid": sid,
        "StreamName": noun.attributes.get("name", sid),
        "StreamEvent": event,
        "Timestamp": call.timestamp(),
    }
    if error:
        form["StreamError"] = error
    await call.carrier.webhooks.ask(url, form, method=noun.attributes.get("statusCallbackMethod", "POST"))
