"""Figures in a call: the voice is given words, everybody else keeps what is written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes import FakeCall, FakeModel, FakeSpeech, make_spec
from voice.core.audio import PCM_16000
from voice.core.events import AudioEnd, AudioOut, InterruptIn
from voice.core.spec import Pronunciation, Role
from voice.engine.kept_speech import KeptSpeech
from voice.engine.reading.reader import Reader
from voice.engine.reading.written_words import WrittenWords
from voice.engine.spoken import SpokenText

ANSWER = "That is $5 in all, or $1,200.50 a year, call 555-1234."
SAID = (
    "That is five dollars in all, or one thousand two hundred dollars and fifty cents a year, "
    "call five five five, one two three four."
)
VOICE = FakeSpeech()


def heard_of_answer(until: str, *, has_words: bool = True) -> str:
    """What counts as heard when the sound stops behind `until`."""
    form = Reader("en-US").read(ANSWER)
    assert form.spoken == SAID
    spoken, back = SpokenText(PCM_16000), WrittenWords(form)
    piece = spoken.add_piece(form)
    words = (*back.add(VOICE.words(SAID)), *back.finish()) if has_words else ()
    spoken.add_sound(piece, bytes(PCM_16000.size_bytes(VOICE.duration_ms(SAID))), words)
    spoken.complete_piece(piece)
    return spoken.heard_text((SAID.index(until) + len(until)) * VOICE.ms_per_character)


@pytest.mark.parametrize(
    ("until", "heard"),
    [
        ("That is", "That is"),
        ("That is five", "That is"),
        ("That is five dolla", "That is"),
        ("That is five dollars", "That is $5"),
        ("one thousand two hundred", "That is $5 in all, or"),
        ("dollars and fifty cents", "That is $5 in all, or $1,200.50"),
        ("call five five", "That is $5 in all, or $1,200.50 a year, call 55"),
        ("five, one two", "That is $5 in all, or $1,200.50 a year, call 555-12"),
        ("three four.", ANSWER),
    ],
)
def test_a_figure_counts_as_heard_when_its_last_word_was(until: str, heard: str) -> None:
    assert heard_of_answer(until) == heard


@pytest.mark.parametrize("end", range(1, len(SAID) + 1))
def test_what_was_heard_is_never_more_than_was_said_nor_a_word_less(end: int) -> None:
    form = Reader("en-US").read(ANSWER)
    heard = heard_of_answer(SAID[:end])
    assert ANSWER.startswith(heard)
    assert len(heard) <= form.written_until(end) + 1  # with the mark that clings to it
    words_said = len(SAID[: SAID.rfind(" ", 0, end) + 1].split()) if end < len(SAID) else len(SAID.split())
    words_heard = len(Reader("en-US").read(heard).spoken.split())
    assert words_said - words_heard <= len(["one", "thousand", "two", "hundred", "dollars", "and", "fifty"])


def test_without_word_times_the_share_is_that_of_what_is_said() -> None:
    """More than half of the letters that are written are said in less than half of the sound."""
    assert heard_of_answer("one thousand two hundred", has_words=False) == "That is $5 in all, or"
    assert heard_of_answer("fifty cents a ", has_words=False) == "That is $5 in all, or $1,200.50 a"


async def test_the_voice_gets_words_and_everybody_else_what_was_written() -> None:
    async with FakeCall(make_spec(), FakeModel(ANSWER, "Yes?")) as call:
        await call.says("what does it cost")
        await call.until(lambda: call.all(AudioEnd))
        await call.says("and then")
        await call.until(lambda: len(call.model.requests) == 2)
    turn = call.agent_turns()[0]
    assert " ".join(text for text in call.speech.spoken if text != "Yes?") == SAID
    assert turn.text == turn.heard_text == ANSWER == call.transcripts(Role.AGENT)[0]
    assert call.model.requests[1][1].text == ANSWER
    assert [word.text for word in turn.words][:4] == ["That", "is", "$5", "in"]


async def test_an_answer_cut_in_a_figure_is_remembered_without_it() -> None:
    figure_ms = SAID.index("dollars and") * VOICE.ms_per_character
    async with FakeCall(make_spec(), FakeModel(ANSWER, "Yes?")) as call:
        await call.says("what does it cost")
        await call.until(lambda: call.audio_ms() >= figure_ms)
        call.feed(InterruptIn())
        await call.says("go on")
        await call.until(lambda: len(call.model.requests) == 2)
    turn = call.agent_turns()[0]
    assert turn.interrupted and turn.text == ANSWER
    assert turn.heard_text == call.model.requests[1][1].text == "That is $5 in all, or"


async def test_another_voice_says_a_figure_again_that_was_not_said_to_its_end() -> None:
    breaking, spare = FakeSpeech(), FakeSpeech()
    breaking.breaks_after_ms = 200.0
    answer = "$1,200.50 a year is what it costs in all."
    async with FakeCall(model=FakeModel(answer), speech=breaking, spare_voices=[spare]) as call:
        await call.says("what does it cost")
        await call.until(lambda: call.all(AudioEnd))
    assert spare.spoken[0].startswith("one thousand two hundred dollars and fifty cents")
    assert call.agent_turns()[0].heard_text == answer


async def test_a_changed_dictionary_is_heard_in_a_greeting_that_is_kept() -> None:
    kept = KeptSpeech()
    said = []
    for pronunciations in ((), (Pronunciation("Voicex", "voice ex"),), ()):
        spec = make_spec(greeting="Welcome to Voicex.")
        spec = replace(spec, agent=replace(spec.agent, pronunciations=pronunciations))
        async with FakeCall(spec, kept=kept) as call:
            await call.until(lambda: call.all(AudioEnd))
        said += call.speech.spoken
        assert call.agent_turns()[0].heard_text == "Welcome to Voicex."
        assert call.all(AudioOut)
    assert said == ["Welcome to Voicex.", "Welcome to voice ex."]
