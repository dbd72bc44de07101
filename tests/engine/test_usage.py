"""What a call used is counted once, for whom it was used, and apart from what came to nothing."""

from __future__ import annotations

import pytest

from tests.fakes import FakeCall, FakeModel, FakeSpeech, FakeTranscriber, make_spec
from voice.core.errors import RateLimitError, UnreachableError
from voice.core.events import AudioEnd, UsageSoFar
from voice.core.usage import Meter, TokenUsage, VoiceUsage
from voice.engine.kept_speech import KeptSpeech
from voice.engine.usage import ReplyUsage, UsageMeter

ANSWER = "We are open from nine in the morning until five in the afternoon."
GONE = UnreachableError("fake", "gone")
BUSY = RateLimitError("fake", "slow down", retry_after_s=45)


def used(call: FakeCall, meter: Meter, provider: str = "embedded") -> tuple[float, float]:
    """Used and in vain."""
    assert call.ended is not None
    for line in call.ended.usage:
        if (line.meter, line.provider) == (meter, provider):
            return line.used, line.in_vain
    return 0.0, 0.0


async def ask(call: FakeCall, text: str = "when are you open") -> None:
    done = len(call.all(AudioEnd))
    await call.says(text)
    await call.until(lambda: len(call.all(AudioEnd)) > done or call.ended, 30_000)


def counting(*answers: str | Exception, tokens: tuple[int, int] = (120, 17)) -> FakeModel:
    model = FakeModel(*answers)
    model.tokens = tokens
    return model


async def test_a_call_counts_its_seconds_tokens_and_characters() -> None:
    async with FakeCall(model=counting(ANSWER)) as call:
        await ask(call)
        await call.waits(1_000)
    assert used(call, Meter.MODEL_INPUT_TOKENS) == (120, 0)
    assert used(call, Meter.MODEL_OUTPUT_TOKENS) == (17, 0)
    assert used(call, Meter.VOICE_CHARACTERS) == (len(ANSWER), 0)
    seconds, in_vain = used(call, Meter.TRANSCRIBER_S)
    assert (
        seconds == pytest.approx(call.transcriber.stream.received_bytes / 32_000, abs=0.001) and not in_vain
    )


async def test_a_draft_that_is_dropped_is_nobodys_use() -> None:
    async with FakeCall(model=counting("Until five.", ANSWER)) as call:
        await call.says("when are you open")
        await call.waits(300)  # long enough for a draft, not for a turn
        await ask(call, "when are you open on Sundays")
    assert call.ended is not None and call.ended.counters.drafts_dropped >= 1
    assert used(call, Meter.MODEL_INPUT_TOKENS) == (120, 120 * call.ended.counters.drafts_dropped)
    assert used(call, Meter.VOICE_CHARACTERS)[0] == len(ANSWER)


async def test_what_a_caller_cut_off_is_not_charged_as_heard() -> None:
    async with FakeCall(make_spec(sensitivity=1.0), model=counting(ANSWER * 2, "Yes.")) as call:
        await call.says("when are you open")
        await call.waits(2_500)
        await ask(call, "stop please")
    heard, in_vain = used(call, Meter.VOICE_CHARACTERS)
    interrupted = call.agent_turns()[0]
    assert interrupted.interrupted
    assert heard == pytest.approx(len(interrupted.heard_text) + len("Yes."), abs=6) and in_vain > 0


async def test_a_kept_greeting_is_spoken_by_no_vendor_the_second_time() -> None:
    first = FakeCall(make_spec(greeting="Good morning."))
    async with first as call:
        await call.until(lambda: call.all(AudioEnd))
    assert used(first, Meter.VOICE_CHARACTERS) == (13, 0)
    async with FakeCall(make_spec(greeting="Good morning."), kept=first.kept) as call:
        await call.until(lambda: call.all(AudioEnd))
    assert used(call, Meter.VOICE_CHARACTERS) == (0, 0)


async def test_a_kept_greeting_is_for_the_organisation_and_the_key_that_it_was_made_with() -> None:
    kept, spoken = KeptSpeech(), list[bool]()
    for organisation, key_id in (
        ("acme", "its first"), ("acme", "its first"), ("acme", "its second"), ("acme", ""),
        ("other", ""), ("other", ""),
    ):  # fmt: skip
        spec = make_spec(greeting="Good morning.", organisation_id=organisation)
        key_ids = {spec.agent.voice.provider: key_id} if key_id else {}
        async with FakeCall(spec, kept=kept, key_ids=key_ids) as call:
            await call.until(lambda: call.all(AudioEnd))
        spoken.append(bool(call.speech.spoken))
    assert spoken == [True, False, True, True, True, False]


async def test_a_model_that_refused_has_used_nothing() -> None:
    async with FakeCall(model=counting(BUSY), spare_models=[counting(ANSWER, tokens=(90, 11))]) as call:
        await ask(call)
    assert used(call, Meter.MODEL_INPUT_TOKENS) == (0, 0)
    assert used(call, Meter.MODEL_OUTPUT_TOKENS, "spare1") == (11, 0)


async def test_a_model_that_broke_off_is_charged_for_what_it_wrote() -> None:
    breaking = counting(ANSWER)
    breaking.breaks_after = 5
    spare = counting(" in the morning until five in the afternoon.", tokens=(130, 9))
    async with FakeCall(model=breaking, spare_models=[spare]) as call:
        await ask(call)
    written = " ".join(ANSWER.split()[:5])
    assert used(call, Meter.MODEL_OUTPUT_TOKENS) == (-(-len(written) // 4), 0)
    assert used(call, Meter.MODEL_OUTPUT_TOKENS, "spare1") == (9, 0)


async def test_two_voices_share_a_sentence_and_no_character_is_charged_twice() -> None:
    breaking, spare = FakeSpeech(), FakeSpeech()
    breaking.breaks_after_ms = 1_000
    async with FakeCall(model=FakeModel(ANSWER), speech=breaking, spare_voices=[spare]) as call:
        await ask(call)
    first, owed = used(call, Meter.VOICE_CHARACTERS)
    second, _ = used(call, Meter.VOICE_CHARACTERS, "spare1")
    assert first > 0 and owed > 0
    assert first + second == pytest.approx(len(ANSWER), abs=4)


@pytest.mark.parametrize("fault", ["fails_always", "is_mute"])
async def test_a_voice_that_never_sounded_is_not_paid(fault: str) -> None:
    failing = FakeSpeech()
    setattr(failing, fault, True)
    async with FakeCall(model=FakeModel(ANSWER), speech=failing, spare_voices=[FakeSpeech()]) as call:
        await ask(call)
    assert used(call, Meter.VOICE_CHARACTERS) == (0, 0)
    assert used(call, Meter.VOICE_CHARACTERS, "spare1") == (len(ANSWER), 0)


async def test_sound_that_is_told_twice_is_charged_once() -> None:
    spare = FakeTranscriber()
    async with FakeCall(spare_transcribers=[spare]) as call:
        await call.says("I would like a table")
        for _ in range(3):
            call.ear.fail()
            await call.waits(20)
        await call.until(lambda: spare.streams)
        await ask(call, "for four")
    first, again_first = used(call, Meter.TRANSCRIBER_S)
    second, again = used(call, Meter.TRANSCRIBER_S, "spare1")
    sent_s = (sum(each.received_bytes for each in call.transcriber.streams)) / 32_000
    assert first + again_first == pytest.approx(sent_s, abs=0.001)
    assert second + again == pytest.approx(spare.stream.received_bytes / 32_000, abs=0.001)
    assert again_first > 1.0 and again > 1.0
    assert call.ended is not None
    assert first + second == pytest.approx(call.ended.duration_ms / 1000, abs=0.1)


async def test_usage_is_told_while_the_call_goes_on() -> None:
    async with FakeCall(model=counting(ANSWER)) as call:
        await ask(call)
        await call.waits(25_000)
        told = call.all(UsageSoFar)
        assert 2 <= len(told) <= 3
        assert {line.meter for line in told[0].usage} >= {Meter.TRANSCRIBER_S}


async def test_when_all_fails_nobody_is_charged() -> None:
    speech, ear = FakeSpeech(), FakeTranscriber()
    speech.fails_always = True
    ear.errors = [GONE] * 9
    call = FakeCall(make_spec(greeting="Good morning."), FakeModel(GONE), speech, ear)
    async with call:
        await call.until(lambda: call.ended)
    assert call.ended is not None and call.ended.usage == ()


def test_an_utterance_is_settled_once() -> None:
    meter = UsageMeter()
    usage = ReplyUsage(meter)
    usage.wrote("", TokenUsage(100, 0, "groq", "m"))
    usage.wrote("twelve chars", None)
    usage.spoke(VoiceUsage("elevenlabs", "v", 12))
    usage.settle(0.5, counts=True)
    usage.settle(1.0, counts=False)
    assert {(line.meter, line.used, line.in_vain) for line in meter.lines()} == {
        (Meter.MODEL_INPUT_TOKENS, 100, 0),
        (Meter.MODEL_OUTPUT_TOKENS, 3, 0),
        (Meter.VOICE_CHARACTERS, 6, 6),
    }
