"""A provider fails in a call and another one goes on: what the caller hears, and what is recorded of it."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace

import pytest

from tests.fakes import Acts, FakeCall, FakeModel, FakeSpeech, FakeTranscriber, make_spec
from tests.fakes.call import LOUD
from voice.core.clock import now_ms
from voice.core.errors import (
    CredentialsError,
    EndCode,
    ProviderError,
    QuotaError,
    RateLimitError,
    UnreachableError,
)
from voice.core.events import AudioEnd, AudioOut, ErrorOut, PortName, ProviderSwitched, TextIn
from voice.core.spec import Role
from voice.engine.lines import Line, line

GONE = UnreachableError("fake", "gone")
BUSY = RateLimitError("fake", "too many tokens a minute", retry_after_s=45)
WRONG_KEY = CredentialsError("fake", "Invalid API key")
ANSWER = "We are open from nine in the morning until five in the afternoon."
GREETING = "Good morning, this is Ada."
# What a caller may have to wait in silence because of a failure.
GAP_MS = 2_000.0


def switches(call: FakeCall) -> list[tuple[PortName, str]]:
    return [(switch.port, switch.instead) for switch in call.all(ProviderSwitched)]


async def ask(call: FakeCall, text: str = "when are you open") -> float:
    """Returns when the agent is done; the instant of the caller's last sound."""
    await call.says(text)
    asked_ms = now_ms()
    done = len(call.all(AudioEnd))
    await call.until(lambda: len(call.all(AudioEnd)) > done or call.ended, 30_000)
    return asked_ms


# --- the transcriber --------------------------------------------------------------------------
async def test_a_transcriber_that_refuses_is_replaced_before_anybody_notices() -> None:
    refusing, spare = FakeTranscriber(), FakeTranscriber()
    refusing.errors = [GONE]
    async with FakeCall(
        make_spec(greeting=GREETING), transcriber=refusing, spare_transcribers=[spare]
    ) as call:
        began_ms = now_ms()
        await call.until(lambda: call.all(AudioEnd))
        await ask(call)
    assert call.times(AudioOut)[0] - began_ms < 200
    assert call.transcripts(Role.USER) == ["when are you open"]
    assert switches(call) == [(PortName.TRANSCRIBER, "spare1")]
    assert call.ended is not None and call.ended.counters.provider_switches == 1


async def test_a_transcriber_that_is_slow_to_open_does_not_hold_up_the_greeting() -> None:
    slow = FakeTranscriber(lines=["when are you open"])
    slow.opens_after_ms = 4_000
    async with FakeCall(make_spec(greeting=GREETING), transcriber=slow) as call:
        # The call itself has begun two seconds after the caller came.
        assert not slow.streams
        await call.until(lambda: call.all(AudioEnd))
        await call.sounds(800, LOUD)
        await call.until(lambda: len(call.all(AudioEnd)) == 2)
    assert call.transcripts(Role.USER) == ["when are you open"]
    assert switches(call) == []


async def test_a_call_that_ends_while_its_transcriber_is_opened_leaves_none_behind() -> None:
    slow = FakeTranscriber()
    slow.opens_after_ms = 2_500
    async with FakeCall(make_spec(greeting=GREETING), transcriber=slow) as call:
        await call.waits(100)
    await asyncio.sleep(5)
    assert not slow.streams


async def test_a_transcriber_that_goes_deaf_is_replaced_and_the_words_are_not_lost() -> None:
    deaf, spare = FakeTranscriber(guesses_well=True), FakeTranscriber(guesses_well=True)
    async with FakeCall(transcriber=deaf, spare_transcribers=[spare]) as call:
        for _ in range(3):  # again, and again, and then another one
            await call.sounds(3_500, LOUD)
        call.ear.hear("I would like a table for four")
        await call.sounds(200, LOUD)
        await call.until(lambda: call.all(AudioEnd))
    assert deaf.streams[0].is_closed
    assert call.transcripts(Role.USER) == ["I would like a table for four"]


async def test_a_transcriber_that_breaks_off_in_a_sentence_costs_no_word_and_no_second_turn() -> None:
    async with FakeCall() as call:
        await call.says("I would like a table")
        call.transcriber.stream.fail()
        await call.sounds(300, LOUD)
        heard_again = call.ear.received_bytes
        call.ear.hear("I would like a table for four")
        await ask(call, "")
    assert heard_again > 5 * 300 * 32  # the words from before are in it
    assert call.transcripts(Role.USER) == ["I would like a table for four"]
    assert len(call.caller_turns()) == 1


async def test_a_transcriber_that_breaks_off_again_and_again_gives_way() -> None:
    spare = FakeTranscriber()
    async with FakeCall(spare_transcribers=[spare]) as call:
        for _ in range(3):
            call.ear.fail()
            await call.waits(300)
        await ask(call)
    assert switches(call) == [(PortName.TRANSCRIBER, "spare1")]
    assert call.transcripts(Role.USER) == ["when are you open"]


# --- the model --------------------------------------------------------------------------------
@pytest.mark.parametrize("error", [BUSY, GONE, WRONG_KEY, QuotaError("fake", "used up")])
async def test_a_model_that_refuses_is_replaced_within_the_same_breath(error: ProviderError) -> None:
    async with FakeCall(model=FakeModel(error), spare_models=[FakeModel(ANSWER)]) as call:
        asked_ms = await ask(call)
    assert call.transcripts(Role.AGENT) == [ANSWER]
    assert call.longest_gap_ms(asked_ms) < GAP_MS
    assert switches(call)[0] == (PortName.MODEL, "spare1")


async def test_a_model_that_asks_for_patience_is_left_alone_by_the_next_question() -> None:
    busy = FakeModel(BUSY)
    async with FakeCall(model=busy, spare_models=[FakeModel(ANSWER, "Yes.")]) as call:
        await ask(call)
        asked = len(busy.requests)
        await ask(call, "on Sundays too")
    assert len(busy.requests) == asked == 1
    assert call.transcripts(Role.AGENT) == [ANSWER, "Yes."]


@pytest.mark.parametrize("how", ["stalls_after", "breaks_after"])
@pytest.mark.parametrize("words", [0, 1, 5, 9])
async def test_a_model_that_goes_silent_in_mid_sentence_is_continued_by_another(how: str, words: int) -> None:
    failing = FakeModel(ANSWER)
    setattr(failing, how, words)
    rest = " ".join(ANSWER.split()[words:])
    spare = FakeModel(f" {rest}")
    async with FakeCall(model=failing, spare_models=[spare]) as call:
        asked_ms = await ask(call)
    assert call.transcripts(Role.AGENT) == [ANSWER]
    assert call.longest_gap_ms(asked_ms) < GAP_MS
    unfinished = [message.text for message in spare.requests[0] if message.is_unfinished]
    assert unfinished == ([" ".join(ANSWER.split()[:words])] if words else [])
    assert failing.open_streams == 0


@pytest.mark.parametrize("words", [1, 5, 9])
async def test_a_model_alone_is_asked_once_to_go_on_with_what_it_broke_off(words: int) -> None:
    written = ANSWER.split()
    model = FakeModel(Acts(text=" ".join(written[:words]), breaks=True), f" {' '.join(written[words:])}")
    async with FakeCall(make_spec(drafts=False), model=model) as call:
        await ask(call)
        await call.waits(3_000)
    assert call.transcripts(Role.AGENT) == [ANSWER] and len(model.requests) == 2


@pytest.mark.parametrize("is_draft", [True, False])
async def test_half_an_answer_that_nobody_goes_on_with_is_apologised_for(is_draft: bool) -> None:
    model = FakeModel(ANSWER)
    model.breaks_after = 5
    async with FakeCall(make_spec(drafts=is_draft), model=model) as call:
        await call.says("when are you open")
        await call.until(lambda: len(call.all(AudioEnd)) == 2)
    assert call.transcripts(Role.AGENT)[-1] == line(Line.SORRY, "en-US")
    assert call.agent_turns()[0].heard_text == " ".join(ANSWER.split()[:5])


# --- the voice --------------------------------------------------------------------------------
async def test_a_voice_that_cannot_be_opened_gives_way_before_the_greeting() -> None:
    failing = FakeSpeech()
    failing.open_error = GONE
    async with FakeCall(make_spec(greeting=GREETING), speech=failing, spare_voices=[FakeSpeech()]) as call:
        await call.until(lambda: call.all(AudioEnd))
    assert call.agent_turns()[0].heard_text == GREETING
    assert switches(call) == [(PortName.VOICE, "spare1")]


@pytest.mark.parametrize("fault", ["fails", "mute", "soundless", "noise", "mp3", "wrong rate"])
async def test_a_voice_that_gives_no_speech_is_replaced_and_never_heard(fault: str) -> None:
    bad, spare = FakeSpeech(), FakeSpeech()
    match fault:
        case "fails":
            bad.fails_always = True
        case "mute":
            bad.is_mute, bad.closes_after_ms = True, 900  # nor does it answer a goodbye
        case "soundless":
            bad.sample = b""
        case "noise":
            bad.sample = random.Random(7).randbytes(32_000)
        case "mp3":
            bad.sample = (b"\xff\xfb\x90\x64" + bytes(413)) * 8
        case "wrong rate":
            bad.ms_per_character = 25.0
            bad.words = FakeSpeech(ms_per_character=60.0).words  # type: ignore[method-assign]
    async with FakeCall(model=FakeModel(ANSWER, "Yes."), speech=bad, spare_voices=[spare]) as call:
        asked_ms = await ask(call)
        await ask(call, "on Sundays too")
    assert call.transcripts(Role.AGENT) == [ANSWER, "Yes."]
    if fault != "wrong rate":  # which shows at the end of a piece only
        assert call.longest_gap_ms(asked_ms) < GAP_MS
    assert switches(call) == [(PortName.VOICE, "spare1")]
    assert len(bad.spoken) <= 2 and spare.spoken, "voices do not alternate"
    assert all(stream.is_closed for stream in bad.streams)


@pytest.mark.parametrize("has_words", [True, False])
@pytest.mark.parametrize("after_ms", [400, 1_200, 2_600])
async def test_a_voice_that_breaks_off_is_continued_from_its_word(after_ms: float, has_words: bool) -> None:
    breaking, spare = FakeSpeech(has_words=has_words), FakeSpeech(has_words=has_words)
    breaking.breaks_after_ms = after_ms
    async with FakeCall(model=FakeModel(ANSWER), speech=breaking, spare_voices=[spare]) as call:
        asked_ms = await ask(call)
    assert call.agent_turns()[0].heard_text == ANSWER and not call.agent_turns()[0].interrupted
    # Rather one word twice than one left out.
    piece, rest = breaking.spoken[0], spare.spoken[0]
    said = round(len(piece[: int(after_ms / breaking.ms_per_character)].split()))
    assert piece.endswith(rest)
    repeated = said - len(piece.removesuffix(rest).split())
    assert 0 <= repeated <= (1 if has_words else 2)
    assert call.longest_gap_ms(asked_ms) < GAP_MS


# --- nobody is left ---------------------------------------------------------------------------
@pytest.mark.parametrize("is_stalled", [True, False])
async def test_when_all_fails_a_recorded_apology_is_heard_and_the_call_ends(is_stalled: bool) -> None:
    speech, spare, ear = FakeSpeech(), FakeSpeech(), FakeTranscriber()
    for voice in (speech, spare):
        if is_stalled:
            voice.opens_after_ms = 3_600_000
        else:
            voice.open_error = GONE
    ear.errors = [GONE] * 9
    call = FakeCall(make_spec(greeting=GREETING), FakeModel(GONE), speech, ear, spare_voices=[spare])
    began_ms = now_ms()
    async with call:
        await call.until(lambda: call.ended)
    first_ms = call.times(AudioOut)[0] - began_ms
    assert first_ms < (7_500 if is_stalled else 200)
    assert call.transcripts(Role.AGENT)[-1] in (line(Line.APOLOGY, "en-US"), line(Line.CANNOT_HEAR, "en-US"))
    assert call.audio_ms() > 3_000
    assert call.ended is not None and call.ended.reason.code is EndCode.PROVIDER_FAILED


async def test_a_refused_key_is_told_from_a_provider_that_is_down() -> None:
    async with FakeCall(model=FakeModel(WRONG_KEY)) as call:
        for _ in range(3):
            await ask(call)
    assert call.ended is not None
    reason = call.ended.reason
    assert reason.code is EndCode.PROVIDER_REFUSED
    assert "Invalid API key" in reason.detail and "Invalid API key" not in reason.message


async def test_a_summary_is_written_by_whoever_writes_the_replies() -> None:
    """And one that cannot be had switches nothing: the replies are none the worse for it."""
    model, spare = FakeModel(GONE), FakeModel(ANSWER)
    spare.summary = "They ask when we are open."
    spec = make_spec()
    small = replace(spec.agent, model=replace(spec.agent.model, history_tokens=1_000))
    async with FakeCall(replace(spec, agent=small), model=model, spare_models=[spare]) as call:
        for _ in range(40):
            call.feed(TextIn("when are you open, and on which days, and is there a break at noon"))
            await asyncio.sleep(8)
    assert spare.summarised and not model.summarised
    assert spare.requests[-1][0].text == spare.summary
    assert len(call.agent_turns()) == 40


@pytest.mark.parametrize("how", ["raises", "hangs"])
async def test_what_is_lost_may_refuse_to_be_closed(how: str) -> None:
    async def aclose() -> None:
        if how == "raises":
            raise OSError("broken pipe")
        await asyncio.sleep(3600)

    transcriber, speech = FakeTranscriber(), FakeSpeech()
    spares = {"spare_transcribers": [FakeTranscriber()], "spare_voices": [FakeSpeech()]}
    model = FakeModel(ANSWER)
    async with FakeCall(model=model, transcriber=transcriber, speech=speech, **spares) as call:
        transcriber.errors = [GONE]
        transcriber.stream.aclose = aclose
        speech.streams[0].aclose = aclose
        speech.fails_always = True
        transcriber.stream.fail()
        await call.waits(1_500)
        transcriber.stream.is_closed = True
        await ask(call)
    assert [turn.heard_text for turn in call.agent_turns()] == [ANSWER]
    assert (PortName.TRANSCRIBER, "spare1") in switches(call)
    assert call.ended is not None and call.ended.reason.code is EndCode.CLIENT_HANGUP


async def test_a_voice_that_does_not_come_to_an_end_is_given_up() -> None:
    speech = FakeSpeech(ms_per_character=60_000)
    async with FakeCall(model=FakeModel("At nine."), speech=speech) as call:
        await call.says("when are you open")
        await call.until(lambda: call.all(ErrorOut))
        assert call.session._conversation._reply.spoken.duration_ms < 30_000
    assert speech.open_streams == 0
