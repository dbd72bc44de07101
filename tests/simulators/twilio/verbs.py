"""Follows TwiML documents, verb by verb, as long as there is something to follow."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from tests.simulators.twilio.connecting import connect
from tests.simulators.twilio.dialling import dial
from tests.simulators.twilio.playing import play
from tests.simulators.twilio.twiml import DocumentError, Element, document

if TYPE_CHECKING:
    from tests.simulators.twilio.phone_call import PhoneCall

SECONDS_A_CHARACTER = 0.06
GATHER_S = 5.0
# A document that sends the caller round and round is no application.
MOST_DOCUMENTS = 50
READABLE = ("text/xml", "application/xml", "text/html")


@dataclass(frozen=True)
class Ask:
    """The next document: from a URL, or the document itself."""

    url: str
    method: str = "POST"
    form: dict[str, str] = field(default_factory=dict)
    twiml: bytes = b""
    fallback_url: str = ""
    copies: int = 1


@dataclass(frozen=True)
class End:
    """The application has ended the call."""

    status: str = "completed"


Next = Ask | End | None


async def follow(call: PhoneCall, first: Ask) -> End:
    """Until the application ends the call or has nothing more to say.

    The first document's fallback stands in for every later one that cannot be had, and not for itself.
    """
    ask, fallback_url = first, first.fallback_url
    for _ in range(MOST_DOCUMENTS):
        try:
            verbs, url = await _document(call, ask)
        except DocumentError as error:
            if fallback_url and ask.url != fallback_url:
                told = ask.form | {"ErrorCode": str(error.code), "ErrorUrl": ask.url}
                ask = Ask(fallback_url, form=told)
                continue
            call.errors.append((error.code, str(error)))
            call.hears("application error", str(error))
            return End("completed")
        after = await _run(call, verbs, url)
        if isinstance(after, End):
            return after
        if after is None:
            return End()
        ask = after
    call.errors.append((11211, "documents without end"))
    call.hears("application error", "documents without end")
    return End()


async def _document(call: PhoneCall, ask: Ask) -> tuple[tuple[Element, ...], str]:
    """Raises DocumentError: also when there was no answer."""
    if ask.twiml:
        text, url = ask.twiml, ask.url
    else:
        answer = await call.fetch(ask)
        if answer.failure:
            raise DocumentError(answer.failure, answer.cause)
        if answer.content_type not in READABLE:
            raise DocumentError(12300, f"no content type for TwiML: {answer.content_type}")
        text, url = answer.body, answer.url
    found = document(text)
    for warning in found.warnings:
        call.warn(warning)
    return found.verbs, url


async def _run(call: PhoneCall, verbs: tuple[Element, ...], url: str) -> Next:
    for verb in verbs:
        if verb.name == "Reject":
            if not call.was_answered:
                busy = verb.attributes.get("reason", "rejected") == "busy"
                call.hears("rejected", "busy" if busy else "rejected")
                return End("busy" if busy else "no-answer")
            call.warn("a call that was answered cannot be rejected")
            return End()
        if not (verb.name == "Dial" and verb.flag("answerOnBridge")):
            call.is_answered()
        after = await _do(call, verb, url)
        if after is not None:
            return after
    return None


async def _do(call: PhoneCall, verb: Element, url: str) -> Next:
    match verb.name:
        case "Say":
            for _ in range(max(1, round(verb.seconds("loop", 1)))):
                call.hears("say", verb.text)
                await asyncio.sleep(call.carrier.seconds(len(verb.text) * SECONDS_A_CHARACTER))
        case "Play":
            await play(call, verb, urljoin(url, verb.text))
        case "Pause":
            await asyncio.sleep(call.carrier.seconds(verb.seconds("length", 1)))
        case "Hangup":
            return End()
        case "Redirect":
            return Ask(urljoin(url, verb.text), verb.attributes.get("method", "POST"))
        case "Connect" if verb.children:
            await connect(call, verb.children[0])
            return _action(verb, url, {})
        case "Dial":
            call.on_hang_up = lambda: _action(verb, url, call.dials[-1].form())
            dialled = await dial(call, verb)
            call.on_hang_up = None
            return _action(verb, url, dialled.form())
        case "Gather":
            digits = await _gather(call, verb, url)
            if digits or verb.flag("actionOnEmptyResult"):
                told = {"Digits": digits, "FinishedOnKey": ""}
                method = verb.attributes.get("method", "POST")
                return Ask(urljoin(url, verb.attributes.get("action", "")), method, told)
        case _:
            call.warn(f"12200 <{verb.name}> has nothing in it")
    return None


def _action(verb: Element, url: str, told: dict[str, str]) -> Ask | None:
    action = verb.attributes.get("action")
    return Ask(urljoin(url, action), verb.attributes.get("method", "POST"), told) if action else None


async def _gather(call: PhoneCall, verb: Element, url: str) -> str:
    """Digits as they are pressed, to the finishing key, the number that was asked for, or a silence."""
    most = round(verb.seconds("numDigits", 1000))
    finish = verb.attributes.get("finishOnKey", "#")
    timeout_s = call.carrier.seconds(verb.seconds("timeout", GATHER_S))
    prompts = asyncio.create_task(_run(call, verb.children, url), name="gather's prompts")
    digits = ""
    try:
        first = asyncio.create_task(call.digits.get(), name="first digit")
        await asyncio.wait((prompts, first), return_when=asyncio.FIRST_COMPLETED)
        try:
            async with asyncio.timeout(timeout_s):
                digit = await first
            prompts.cancel()
            while digit != finish:
                digits += digit
                if len(digits) == most:
                    break
                async with asyncio.timeout(timeout_s):
                    digit = await call.digits.get()
        except TimeoutError:
            pass  # nobody presses anything more
        finally:
            first.cancel()
    finally:
        prompts.cancel()
        await asyncio.gather(prompts, return_exceptions=True)
    return digits
