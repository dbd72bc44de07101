"""The built-in speech hears and finds no less than docs/speech.md says of it; the tables are printed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from benchmarks.speech.asked_questions import Half, Outcome
from benchmarks.speech.human_speech import NotFetched, clips
from benchmarks.speech_accuracy import Counts, Listener, Tally, measure_flite, measure_people

pytestmark = [pytest.mark.speech, pytest.mark.long]
VOICES = ("rms", "kal16")
EVERY = 12
# What was measured, with room for the choice of recordings.
MOST_CLEAN_ERRORS, MOST_NOISY_ERRORS, MOST_HUMAN_ERRORS = 0.15, 0.45, 0.40
MOST_TELEPHONE_ERRORS = 0.30


@pytest_asyncio.fixture
async def listener() -> AsyncIterator[Listener]:
    made = Listener()
    yield made
    await made.aclose()


def total(counts: Counts, *, known: bool) -> Tally:
    found = Tally()
    for said, tally in counts:
        if known != (said.question.half is Half.OUTSIDE):
            found.add(tally)
    return found


async def test_questions_clean_over_a_telephone_and_in_noise(
    listener: Listener, capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        clean, telephone, noisy = await measure_flite(listener, VOICES, EVERY)
    known = total(clean, known=True)
    assert known.word_error_rate < MOST_CLEAN_ERRORS
    assert known.share(Outcome.RIGHT, Outcome.OFFERED) > 0.7
    # What it does not know it mostly says so.
    assert total(clean, known=False).share(Outcome.UNKNOWN) > 0.7
    known = total(telephone, known=True)
    assert known.word_error_rate < MOST_TELEPHONE_ERRORS
    assert known.share(Outcome.RIGHT, Outcome.OFFERED) > 0.6
    known = total(noisy, known=True)
    assert known.word_error_rate < MOST_NOISY_ERRORS
    # Not hearing well, it rather asks again than answers something else.
    assert known.share(Outcome.WRONG, Outcome.OFFERED_WRONG) < 0.2


async def test_people(listener: Listener, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        list(clips())
    except NotFetched as error:
        pytest.skip(str(error))
    with capsys.disabled():
        counts = await measure_people(listener)
    heard = total(counts, known=True)
    assert heard.word_error_rate < MOST_HUMAN_ERRORS
    assert heard.share(Outcome.RIGHT) >= 0.8
