"""A transcriber that says nothing is told from a room that is only loud."""

from __future__ import annotations

import asyncio

import pytest

from voice.core.clock import now_ms
from voice.engine.hearing import DEAF_AFTER_MS, NOISY_FOR_MS, PROVEN_WITHIN_MS, Hearing
from voice.engine.voice_detector import SpeechStarted


async def is_deaf_within(hearing: Hearing, limit_ms: float) -> bool:
    try:
        async with asyncio.timeout(limit_ms / 1000):
            await hearing.stalled()
    except TimeoutError:
        return False
    return True


@pytest.fixture
async def suspected() -> Hearing:
    """A voice has sounded without a word for too long, and another transcriber listens."""
    hearing = Hearing(trusts_guesses=True)
    hearing.voice(SpeechStarted(now_ms()))
    assert await is_deaf_within(hearing, DEAF_AFTER_MS + 500)
    hearing.begins_anew(now_ms(), owes_final=False)
    return hearing


async def test_noise_is_not_taken_for_deafness_again_and_again(suspected: Hearing) -> None:
    assert not await is_deaf_within(suspected, NOISY_FOR_MS - DEAF_AFTER_MS)


async def test_words_that_the_next_one_finds_prove_that_the_lost_one_was_deaf(suspected: Hearing) -> None:
    suspected.words("when are you open", is_final=False)
    assert await is_deaf_within(suspected, DEAF_AFTER_MS + 500)


async def test_words_that_come_much_later_prove_nothing(suspected: Hearing) -> None:
    await asyncio.sleep((PROVEN_WITHIN_MS + 500) / 1000)
    suspected.words("when are you open", is_final=True)
    assert not await is_deaf_within(suspected, 2 * DEAF_AFTER_MS)


async def test_words_that_are_only_heard_again_prove_nothing() -> None:
    hearing = Hearing(trusts_guesses=True)
    hearing.voice(SpeechStarted(now_ms()))
    hearing.words("when are you open", is_final=False)
    assert await is_deaf_within(hearing, DEAF_AFTER_MS + 500)
    hearing.begins_anew(now_ms(), owes_final=False)
    hearing.words("when are you open", is_final=False)
    assert not await is_deaf_within(hearing, 2 * DEAF_AFTER_MS)


async def test_a_request_without_an_answer_is_deafness_in_any_room(suspected: Hearing) -> None:
    suspected.asked(now_ms())
    assert await is_deaf_within(suspected, DEAF_AFTER_MS + 500)
