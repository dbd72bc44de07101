"""What callers hear and read of Markdown and emoji: the words, and nothing of the signs."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.call import FakeCall, make_spec
from tests.fakes.model import FakeModel
from voice.core.events import AudioEnd
from voice.engine.plain_words import plain_words

CASES = [
    ("We are **open** now.", "We are open now."),
    ("It is *very* good, _really_.", "It is very good, really."),
    ("***Wow*** and ~~old~~ `code`.", "Wow and old code."),
    ("# Opening hours\n", "Opening hours\n"),
    ("- Apples\n", "Apples\n"),
    ("* Pears\n", "Pears\n"),
    ("  • Plums\n", "Plums\n"),
    ("- [x] Done\n", "Done\n"),
    ("> As you said. ", "As you said. "),
    ("See [our menu](https://example.com/menu.pdf). ", "See our menu. "),
    ("![A cat](cat.png) Look.", "A cat Look."),
    ("Visit <https://example.com/>!", "Visit https://example.com/!"),
    ("Write to <info@example.com> or <mailto:me@x.io>.", "Write to info@example.com or me@x.io."),
    ("Great 😀! ", "Great! "),
    ("Thanks 👍🏽\n", "Thanks\n"),
    ("🎉 Welcome. ", "Welcome. "),
    ("Flag 🇩🇪 here.", "Flag here."),
    ("Turn left ➡ then stop.", "Turn left then stop."),
    ("| Day | Hours |\n", "Day, Hours\n"),
    ("|---|:--:|\n", "\n"),
    ("---\n", "\n"),
    ("```python\n", "\n"),
    ("Line<br>break <b>bold</b>.", "Line break bold."),
]
UNCHANGED = [
    "Two * three is six. ",
    "2*3 is six, and 5 > 3. ",
    "It is at https://www.example.com/a/b?c=d&e=1. ",
    "Write to first_last@example.com today. ",
    "The file is snake_case_name. ",
    "It is 20 °C, and costs €5.50 or 10% less. ",
    "From 9-5, Mon-Fri. ",
    "1. Open the app. ",
    "Half past nine – or ten. ",
    "私は元気です。",
    "  Spaces at both ends  ",
    "We open at nine (ten on Sundays). ",
    "",
]


@pytest.mark.parametrize(("written", "spoken"), CASES)
def test_signs_are_taken_away_and_words_stay(written: str, spoken: str) -> None:
    assert plain_words(written) == spoken


@pytest.mark.parametrize("text", UNCHANGED)
def test_what_is_plain_already_stays_as_it_is(text: str) -> None:
    assert plain_words(text) == text


@given(st.text(alphabet=st.sampled_from("ab *_`~#-|[]()<>/.:!😀\n"), max_size=60))
def test_whatever_is_written_no_letter_is_lost_outside_links_and_tags(text: str) -> None:
    plain = plain_words(text)
    if not set("<[") & set(text):
        assert [c for c in plain if c.isalnum()] == [c for c in text if c.isalnum()]
    assert plain_words(plain).strip() == plain_words(plain_words(plain)).strip()


@pytest.mark.parametrize("sign", list("-*_=`~#|>[(<! \t😀") + ["--|", "- ", "* ", "|-", "**a", "_a_"])
def test_a_long_row_of_signs_takes_no_time(sign: str) -> None:
    began = time.process_time()
    plain_words(sign * 2_000 + "x")
    assert time.process_time() - began < 1.0


async def test_a_caller_hears_and_reads_plain_words_and_so_does_the_model() -> None:
    model = FakeModel("**Yes** 😀, we have *three* [rooms](https://example.com). Which one?", "All right.")
    async with FakeCall(make_spec(), model=model) as call:
        await call.says("do you have rooms")
        await call.until(lambda: call.all(AudioEnd))
        await call.says("the first")
        await call.until(lambda: len(call.all(AudioEnd)) == 2)
    assert call.agent_turns()[0].text == "Yes, we have three rooms. Which one?"
    assert model.requests[-1][1].text == "Yes, we have three rooms. Which one?"
    assert all("*" not in text for text in call.speech.spoken)
