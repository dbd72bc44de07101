"""Providers that fail, stall or vanish: the caller hears something, and the call ends with a reason."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes import FakeCall, FakeModel, FakeSpeech, FakeTranscriber, make_spec
from voice.core.clock import now_ms
from voice.core.errors import CapacityError, EndCode, EndedBy, EndReason, ProviderError
from voice.core.events import AudioEnd, AudioOut, ErrorOut, HangUp, SessionEnded, TextIn
from voice.core.spec import Role
from voice.engine.lines import Line, line
from voice.engine.voice_line import LONG_SILENCE_MS

GONE = ProviderError("fake", "gone", retryable=True)
DENIED = ProviderError("fake", "denied", retryable=False)
SORRY = line(Line.SORRY, "en-US")
HANG_UP = EndReason(EndCode.CLIENT_HANGUP, EndedBy.CALLER)


async def test_a_model_that_fails_once_is_asked_again() -> None:
    async with FakeCall(model=FakeModel(GONE, "We open at nine.")) as call:
        await call.says("when do you open")
        await call.until(lambda: call.all(AudioEnd))
    assert call.transcripts(Role.AGENT) == ["We open at nine."]


# Nothing that a voice could say, though some of it has letters.
WORDLESS = [
    "",
    " \n \n",
    "**",
    "…",
    "---\n\n---",
    "```python\n```",
    "![](https://example.com/a.png)",
    "\U0001f600 \U0001f44d",
]


@pytest.mark.parametrize("nothing", WORDLESS)
async def test_an_answer_without_words_is_asked_for_again(nothing: str) -> None:
    async with FakeCall(spec=make_spec(drafts=False), model=FakeModel(nothing, "We open at nine.")) as call:
        await call.says("when do you open")
        await call.until(lambda: call.all(AudioEnd))
    assert call.transcripts(Role.AGENT) == ["We open at nine."]
    assert len(call.model.requests) == 2


@pytest.mark.parametrize("failure", [GONE, DENIED, *WORDLESS])
async def test_a_model_that_stays_away_is_apologised_for(failure: Exception | str) -> None:
    async with FakeCall(spec=make_spec(drafts=False), model=FakeModel(failure)) as call:
        await call.says("when do you open")
        await call.until(lambda: call.all(AudioEnd))
        assert call.transcripts(Role.AGENT) == [SORRY]
        assert call.ended is None
    assert len(call.model.requests) == (1 if failure is DENIED else 2)


async def test_a_model_that_never_answers_is_apologised_for() -> None:
    async with FakeCall(model=FakeModel("never", first_token_ms=3_600_000)) as call:
        await call.says("when do you open")
        await call.until(lambda: call.all(AudioEnd), 60_000)
        assert call.transcripts(Role.AGENT) == [SORRY]
    assert call.model.open_streams == 0


async def test_replies_that_fail_in_a_row_end_the_call_with_a_reason() -> None:
    async with FakeCall(model=FakeModel(DENIED), speech=FakeSpeech()) as call:
        call.speech.fails_always = True
        for _ in range(6):
            if call.ended:
                break
            await call.says("hello are you there")
            await call.waits(4_000)
    assert call.ended is not None and call.ended.reason.code is EndCode.PROVIDER_FAILED


async def test_without_a_voice_the_text_is_still_shown_and_remembered() -> None:
    async with FakeCall(model=FakeModel("We open at nine.")) as call:
        call.speech.fails_always = True
        await call.says("when do you open")
        await call.until(lambda: call.transcripts(Role.AGENT))
    assert call.transcripts(Role.AGENT)[0] == "We open at nine."
    assert all(call.turns()[audio.turn_index].text == SORRY for audio in call.all(AudioOut))
    assert any(error.code == EndCode.PROVIDER_FAILED for error in call.all(ErrorOut))


async def test_a_voice_that_breaks_off_leaves_what_was_said_before() -> None:
    speech = FakeSpeech()
    speech.fails_on = {"Come and see us."}
    async with FakeCall(model=FakeModel("We open at nine. Come and see us."), speech=speech) as call:
        await call.says("when do you open")
        await call.until(lambda: call.all(AudioEnd))
    assert call.agent_turns()[0].heard_text.startswith("We open at nine.")


@pytest.mark.parametrize("has_words", [True, False])
async def test_what_a_failed_voice_left_unsaid_was_not_heard(has_words: bool) -> None:
    speech = FakeSpeech(has_words=has_words)
    speech.fails_on = {"The code is seven four two."}
    answer = "We open at nine. The code is seven four two. Goodbye."
    async with FakeCall(model=FakeModel(answer), speech=speech) as call:
        await call.says("when do you open")
        await call.until(lambda: call.all(AudioEnd))
        await call.says("what is the code")
        await call.until(lambda: len(call.model.requests) == 2)
    turn = call.agent_turns()[0]
    assert turn.text == answer and turn.heard_text == "We open at nine."
    assert call.transcripts(Role.AGENT)[0] == "We open at nine."
    assert [m.text for m in call.model.requests[1] if m.role is Role.AGENT] == ["We open at nine."]


async def test_a_port_that_fails_while_closing_does_not_keep_the_call_from_ending(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fail() -> None:
        raise ValueError("broken")

    async with FakeCall() as call:
        await call.waits(100)
        monkeypatch.setattr(call.speech.streams[0], "aclose", fail)
        async with asyncio.timeout(10):
            await call.session.end(HANG_UP)
    assert call.ended is not None and call.ended.reason is HANG_UP
    assert call.transcriber.stream.is_closed


async def test_a_lost_transcriber_is_opened_again_and_hears_on() -> None:
    async with FakeCall(model=FakeModel("Yes.")) as call:
        await call.waits(300)
        call.transcriber.stream.fail()
        await call.waits(300)
        assert len(call.transcriber.streams) == 2
        assert call.transcriber.streams[0].is_closed
        await call.says("can you hear me")
        await call.until(lambda: call.all(AudioEnd))
    assert call.transcripts(Role.USER) == ["can you hear me"]


async def test_a_transcriber_lost_for_good_is_told_and_ends_the_call() -> None:
    async with FakeCall() as call:
        call.transcriber.errors = [GONE]
        call.transcriber.stream.fail()
        await call.until(lambda: call.ended, 20_000)
    assert call.transcripts(Role.AGENT) == [line(Line.CANNOT_HEAR, "en-US")]
    assert call.agent_turns()[-1].heard_text == call.agent_turns()[-1].text
    assert call.ended is not None and call.ended.reason.code is EndCode.PROVIDER_FAILED


async def test_a_final_transcript_that_never_comes_does_not_silence_the_agent() -> None:
    transcriber = FakeTranscriber(final_ms=None)
    async with FakeCall(transcriber=transcriber, model=FakeModel("Yes.")) as call:
        await call.says("are you open")
        await call.until(lambda: call.all(AudioEnd), 10_000)
    assert call.transcripts(Role.USER) == ["are you open"]


async def test_when_no_decoder_is_left_the_voice_is_given_back() -> None:
    call = FakeCall()
    call.transcriber.errors = [CapacityError("fake", "full")]
    with pytest.raises(CapacityError):
        await call.session.start()
    assert all(stream.is_closed for stream in call.speech.streams)


async def test_a_voice_that_cannot_be_opened_is_heard_as_a_recorded_apology() -> None:
    call = FakeCall(make_spec(greeting="Good morning."))
    call.speech.open_error = GONE
    async with call:
        await call.until(lambda: call.ended)
    assert call.transcripts(Role.AGENT)[-1] == line(Line.APOLOGY, "en-US") and call.audio_ms() > 3_000
    assert call.ended is not None and call.ended.reason.code is EndCode.PROVIDER_FAILED
    assert call.transcriber.stream.is_closed


async def test_a_detector_that_cannot_be_opened_gives_the_transcriber_back() -> None:
    call = FakeCall()
    call.voice_activity.open_error = GONE
    with pytest.raises(ProviderError):
        await call.session.start()
    assert call.transcriber.stream.is_closed


@pytest.mark.parametrize("after_ms", [0, 300, 900, 1_000, 1_300, 2_000, 4_000])
async def test_ending_at_any_moment_closes_everything_and_keeps_what_was_heard(after_ms: int) -> None:
    async with FakeCall(model=FakeModel("We are open from nine until five. Come and see us.")) as call:
        await call.says("when are you open")
        await call.waits(after_ms)
        await call.session.end(HANG_UP)
        call.feed(TextIn("too late"))
    assert call.transcriber.stream.is_closed and call.speech.streams[0].is_closed
    assert call.model.open_streams == call.speech.open_streams == 0
    assert isinstance(call.log[-1][1], SessionEnded)
    for turn in call.agent_turns():
        assert turn.is_complete and turn.text.startswith(turn.heard_text)


async def test_the_first_reason_counts() -> None:
    async with FakeCall() as call:
        call.feed(HangUp())
        await call.waits(100)
        await call.session.end(EndReason(EndCode.SERVER_SHUTDOWN, EndedBy.PLATFORM))
    assert call.ended is not None and call.ended.reason.code is EndCode.CLIENT_HANGUP


async def test_the_reader_of_events_may_itself_end_the_call() -> None:
    """The edge does so when the socket has gone: it must not wait for itself."""
    call = FakeCall(make_spec(greeting="Hello there."))
    await call.session.start()
    seen = []
    async with asyncio.timeout(10):
        async for event in call.session.events():
            seen.append(event)
            await call.session.end(HANG_UP)
    assert isinstance(seen[-1], SessionEnded)


async def test_a_client_that_stops_reading_slows_the_agent_and_is_cut() -> None:
    call = FakeCall(make_spec(greeting="Once upon a time there was a very long greeting. " * 20))
    await call.session.start()
    events = call.session.events()
    await anext(events)
    await asyncio.sleep(4)
    queued = call.session._outbox._audio_ms
    assert queued <= 1_100, "sound waits for its reader"
    await asyncio.sleep(3)
    rest = [event async for event in events]
    assert isinstance(rest[-1], SessionEnded)
    assert rest[-1].reason.code is EndCode.SLOW_CLIENT


async def test_what_is_said_while_the_transcriber_is_opened_again_is_heard() -> None:
    async with FakeCall(transcriber=FakeTranscriber(lines=["when do you open"])) as call:
        call.transcriber.opens_after_ms = 2_000
        call.transcriber.stream.fail()
        await call.waits(100)
        await call.coughs(600)  # a question that nobody listens to
        await call.until(lambda: len(call.transcriber.streams) == 2)
        stream = call.transcriber.stream
        await call.until(lambda: call.all(AudioEnd))
    assert [turn.text for turn in call.caller_turns()] == ["when do you open"]
    assert stream.begun == stream.finalized == 1
    assert stream.received_bytes >= 600 * 32


async def test_when_the_last_voice_has_failed_nobody_waits_for_it_a_second_time() -> None:
    async with FakeCall(model=FakeModel("We are open.")) as call:
        call.speech.is_mute = True
        await call.says("when are you open")
        asked_ms = now_ms()
        await call.until(lambda: call.all(AudioOut))
        assert now_ms() - asked_ms < LONG_SILENCE_MS + 2_000
        assert call.transcripts(Role.AGENT, is_final=False)[-1] == SORRY
