"""Our TwiML is what Twilio's own package writes, and every language says everything."""

from __future__ import annotations

import tomllib
from pathlib import Path
from xml.etree.ElementTree import canonicalize, fromstring

import pytest
from twilio.twiml.voice_response import Connect, Dial, VoiceResponse

from voice.core.errors import RefusalCode
from voice.edge.twilio import spoken
from voice.edge.twilio.spoken import Sentence, Words, refusal_sentence, sentence
from voice.edge.twilio.twiml import Twiml

AFTER = "https://voice.example.com/api/twilio/after?call=664a&token=a%3Ab"
STREAM = "wss://voice.example.com/ws/twilio/stream"
TABLES = tomllib.loads(Path(spoken.__file__).with_name("spoken.toml").read_text(encoding="utf-8"))


def test_an_answered_call_is_written_as_twilios_package_writes_it() -> None:
    ours = Twiml().stream(STREAM, 'a&b "c" <d>').redirect(AFTER).response()
    theirs = VoiceResponse()
    connect = Connect()
    connect.stream(url=STREAM).parameter(name="token", value='a&b "c" <d>')
    theirs.append(connect)
    theirs.redirect(AFTER, method="POST")
    assert canonicalize(ours.content.decode()) == canonicalize(theirs.to_xml())
    assert ours.status_code == 200 and ours["Content-Type"].startswith("text/xml")


@pytest.mark.parametrize("to", ["+15550100", "sip:desk@example.com"])
def test_a_person_is_dialled_as_twilios_package_writes_it(to: str) -> None:
    ours = Twiml().say(Sentence("Grüß Gott & bis gleich", "de-DE")).dial(to, action=AFTER, ring_s=20).hangup()
    theirs = VoiceResponse()
    theirs.say("Grüß Gott & bis gleich", language="de-DE")
    dial = Dial(action=AFTER, method="POST", timeout=20, answer_on_bridge=True)
    if to.startswith("sip:"):
        dial.sip(to)
    else:
        dial.number(to)
    theirs.append(dial)
    theirs.hangup()
    assert canonicalize(ours.response().content.decode()) == canonicalize(theirs.to_xml())


@pytest.mark.parametrize("pasted", ["\x0b", "\x00", "\x1f", "\ufffe", "\ud800"])
def test_what_no_document_can_hold_is_left_out_of_what_is_said(pasted: str) -> None:
    document = Twiml().say(Sentence(f"Hello.{pasted}Call us.", "en-US")).document()
    assert fromstring(document)[0].text == "Hello. Call us."


def test_every_language_has_words_for_everything() -> None:
    for name, table in TABLES.items():
        assert set(table) == {"say", *Words}, name
        assert all(table.values()), name
        assert table["say"].startswith(name), name


def test_the_words_are_the_agents_language_and_else_english() -> None:
    assert sentence(Words.BUSY, "de-DE").language == "de-DE"
    assert sentence(Words.BUSY, "DE").text == TABLES["de"]["busy"][0]
    for unknown in ("", "tlh", "en-GB"):
        assert sentence(Words.BUSY, unknown).text == TABLES["en"]["busy"][0]


@pytest.mark.parametrize("code", RefusalCode)
def test_every_refusal_has_words(code: RefusalCode) -> None:
    told = refusal_sentence(code, "fr-FR")
    assert [told.text, told.goodbye] in TABLES["fr"].values() or told.text in TABLES["fr"].values()


@pytest.mark.parametrize("language", TABLES)
@pytest.mark.parametrize("words", Words)
def test_nobody_is_told_goodbye_before_somebody_else_is_called(words: Words, language: str) -> None:
    told = sentence(words, language)
    goodbyes = ("goodbye", "auf wiederhören", "au revoir", "adiós")
    assert words == Words.NOBODY or not told.text.lower().rstrip(".").endswith(goodbyes)
    assert not told.goodbye or told.goodbye.lower().rstrip(".").endswith(goodbyes)
