"""A model that has just failed is left alone, unless there is nobody else to answer the caller."""

from __future__ import annotations

import pytest

from tests.fakes import FakeCall, FakeModel
from voice.core.errors import CredentialsError, ProviderError, RateLimitError, UnreachableError
from voice.core.events import AudioEnd, ProviderSwitched
from voice.core.spec import Role

ANSWER = "We are open from nine in the morning until five in the afternoon."


async def ask(call: FakeCall, text: str) -> None:
    await call.says(text)
    done = len(call.all(AudioEnd))
    await call.until(lambda: len(call.all(AudioEnd)) > done)


async def test_it_is_asked_before_the_caller_gets_no_answer() -> None:
    busy = FakeModel(RateLimitError("fake", "too many tokens a minute", retry_after_s=45), "Yes.")
    spare = FakeModel(ANSWER, UnreachableError("fake", "gone"))
    async with FakeCall(model=busy, spare_models=[spare]) as call:
        await ask(call, "when are you open")
        assert len(busy.requests) == 1
        await ask(call, "on Sundays too")
    assert call.transcripts(Role.AGENT) == [ANSWER, "Yes."]
    assert [switch.instead for switch in call.all(ProviderSwitched)] == ["spare1", "embedded"]


@pytest.mark.parametrize(
    "error",
    [
        CredentialsError("fake", "Invalid API key"),
        RateLimitError("fake", "too many tokens a minute", retry_after_s=45),
    ],
    ids=["refused", "busy"],
)
async def test_it_is_not_asked_while_somebody_is_well_who_has_all_the_time(error: ProviderError) -> None:
    failed, slow = FakeModel(error), FakeModel(ANSWER, "Yes.")
    async with FakeCall(model=failed, spare_models=[slow]) as call:
        await ask(call, "when are you open")
        slow.first_token_ms = slow.silence_limit_ms + 1_000
        await ask(call, "on Sundays too")
    assert len(failed.requests) == 1
    assert call.transcripts(Role.AGENT) == [ANSWER, "Yes."]
