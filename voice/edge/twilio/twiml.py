"""The TwiML that Twilio is answered: what it does next with a call."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement, tostring

from django.http import HttpResponse

from voice.edge.twilio.spoken import Sentence

RING_S = 25
# An agent's message may hold what was pasted, such as a line break of a word processor; with that in it a
# document is none to Twilio.
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Twiml:
    """Verbs in the order in which Twilio carries them out. Each method appends one and returns self."""

    def __init__(self) -> None:
        self._response = Element("Response")

    def say(self, sentence: Sentence) -> Twiml:
        text = NOT_IN_XML.sub(" ", sentence.text)
        SubElement(self._response, "Say", language=sentence.language).text = text
        return self

    def stream(self, url: str, token: str) -> Twiml:
        """The agent: sound both ways over a socket. Twilio goes on to the next verb when that has ended or
        could not be had. Twilio sends no query along, so the token is a parameter."""
        stream = SubElement(SubElement(self._response, "Connect"), "Stream", url=url)
        SubElement(stream, "Parameter", name="token", value=token)
        return self

    def dial(self, to: str, *, action: str, ring_s: int = RING_S, caller_id: str = "") -> Twiml:
        """A person: a number, or a SIP address. Twilio then asks `action`, whatever came of it. `caller_id`:
        the number that they are shown; empty: the caller's."""
        dial = SubElement(
            self._response, "Dial", action=action, method="POST", timeout=str(ring_s), answerOnBridge="true"
        )
        if caller_id:
            dial.set("callerId", caller_id)
        SubElement(dial, "Sip" if to.lower().startswith(("sip:", "sips:")) else "Number").text = to
        return self

    def redirect(self, url: str) -> Twiml:
        SubElement(self._response, "Redirect", method="POST").text = url
        return self

    def hangup(self) -> Twiml:
        SubElement(self._response, "Hangup")
        return self

    def document(self) -> bytes:
        return tostring(self._response, encoding="utf-8", xml_declaration=True)

    def response(self) -> HttpResponse:
        """Always 200: what is no 200 Twilio reads out as an application error."""
        return HttpResponse(
            self.document(), content_type="text/xml; charset=utf-8", headers={"Cache-Control": "no-store"}
        )
