"""What reaches the caller and when: frames in real time, files one after the other, the position heard."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import miniaudio
import pytest

from tests.fakes import FakeCall, FakeModel, FakeSpeech, make_spec
from voice.audio.fade import FADE_MS
from voice.audio.pcm import samples_of
from voice.core.audio import MP3_24000, PCM_24000, AudioFormat
from voice.core.clock import now_ms
from voice.core.events import AudioEnd, AudioOut, AudioStop, Heard, TextIn
from voice.engine.acknowledgements import Acknowledgements
from voice.engine.play_clock import LARGEST_LAG_MS, PlayClock
from voice.engine.playout import FILE_LAG_MS, FIRST_FILE_LAG_MS, LEAD_MS, FramePlayout
from voice.engine.reading.form import SpokenForm
from voice.engine.spoken import SpokenText

# What the fake voice's samples are.
HUM = 3_000
THREE = "We are open from nine. Come and see us any day. The door is on the left."


def audio(call: FakeCall) -> list[tuple[float, float]]:
    """When each piece of sound went out, and how long it is."""
    return [(at, event.duration_ms) for at, event in call.log if isinstance(event, AudioOut)]


async def test_frames_of_20_to_60_ms_go_out_in_real_time_behind_a_short_lead() -> None:
    async with FakeCall(make_spec(audio_out=PCM_24000), model=FakeModel(THREE), keeps_audio=True) as call:
        call.feed(TextIn("when"))
        await call.until(lambda: call.all(AudioEnd))
    sent = audio(call)
    origin = sent[0][0]
    played_ms = 0.0
    for at, duration_ms in sent:
        ahead_ms = played_ms - (at - origin)
        assert -1 <= ahead_ms <= LEAD_MS + 60, "neither starving nor flooding the client"
        played_ms += duration_ms
    sizes = [len(event.audio) for event in call.all(AudioOut)]
    step = PCM_24000.size_bytes(20)
    assert sum(size % step == 0 for size in sizes) >= len(sizes) - 3, "all but the ends of three sentences"
    assert max(sizes) == 3 * step and sizes.count(3 * step) > len(sizes) / 2
    assert abs(call.times(AudioEnd)[0] - (origin + played_ms)) <= 25


async def test_each_file_leaves_when_the_one_before_has_been_heard() -> None:
    async with FakeCall(make_spec(audio_out=MP3_24000), model=FakeModel(THREE)) as call:
        call.feed(TextIn("when"))
        await call.until(lambda: len(call.all(AudioEnd)) == 1)
        call.feed(TextIn("when"))
        await call.until(lambda: len(call.all(AudioEnd)) == 2)
    sent = audio(call)
    assert len(sent) == 6, "one file a sentence"
    ends = call.times(AudioEnd)
    for turn, (first, second, third) in enumerate((sent[:3], sent[3:])):
        lag_ms = FIRST_FILE_LAG_MS if turn == 0 else FILE_LAG_MS
        assert 0 <= second[0] - (first[0] + first[1]) - lag_ms <= 10
        assert 0 <= third[0] - (second[0] + second[1]) - FILE_LAG_MS <= 10
        assert 0 <= ends[turn] - (third[0] + third[1]) - FILE_LAG_MS <= 10


async def test_a_file_goes_out_with_the_sound_it_was_made_of_and_a_frame_with_nothing() -> None:
    async with FakeCall(make_spec(audio_out=MP3_24000), model=FakeModel(THREE), keeps_audio=True) as call:
        call.feed(TextIn("when"))
        await call.until(lambda: call.all(AudioEnd))
    assert [PCM_24000.duration_ms(len(file.sound)) for file in call.all(AudioOut)] == [
        file.duration_ms for file in call.all(AudioOut)
    ]
    assert set(call.all(AudioOut)[0].sound) == set(HUM.to_bytes(2, "little"))
    async with FakeCall(make_spec(audio_out=PCM_24000), model=FakeModel(THREE), keeps_audio=True) as call:
        call.feed(TextIn("when"))
        await call.until(lambda: call.all(AudioOut))
    assert not call.all(AudioOut)[0].sound


async def test_a_client_that_says_what_it_has_heard_is_waited_for() -> None:
    """It plays 400 ms late, and tells so."""
    spec = make_spec(audio_out=MP3_24000)
    async with FakeCall(spec, model=FakeModel(THREE)) as call:
        call.feed(TextIn("when"))
        await call.until(lambda: call.all(AudioOut))
        first_at, first_ms = audio(call)[0]
        while len(call.all(AudioOut)) == 1:
            await call.waits(100)
            call.feed(Heard(max(0.0, now_ms() - first_at - 400)))
        second_at = audio(call)[1][0]
    assert 350 <= second_at - (first_at + first_ms) <= 520


async def test_the_answer_begins_before_the_model_has_finished() -> None:
    model = FakeModel("We are open from nine in the morning. " + "And so on and on. " * 40, token_ms=80)
    async with FakeCall(model=model) as call:
        await call.says("when are you open")
        await call.until(lambda: call.all(AudioOut))
        assert model.open_streams == 1


async def test_the_voice_is_not_asked_far_ahead_of_the_ear() -> None:
    speech = FakeSpeech()
    async with FakeCall(speech=speech, model=FakeModel("This is a sentence of some length. " * 30)) as call:
        await call.says("tell me")
        await call.until(lambda: call.all(AudioOut))
        await call.waits(3_000)
        assert len(speech.spoken) <= 6


async def test_a_greeting_is_spoken_by_the_voice_once_and_kept() -> None:
    greeting = "Hello, this is Ada."
    first = FakeCall(make_spec(greeting=greeting))
    async with first as call:
        await call.until(lambda: call.all(AudioEnd))
    second = FakeCall(make_spec(greeting=greeting), kept=first.kept)
    async with second as call:
        await call.until(lambda: call.all(AudioEnd))
    assert first.speech.spoken == [greeting] and second.speech.spoken == []
    assert second.times(AudioOut)[0] - second.log[0][0] <= 5
    assert second.audio_ms() == first.audio_ms()


@pytest.mark.parametrize("audio_out", [PCM_24000, MP3_24000])
async def test_an_answer_that_goes_on_after_a_cough_begins_without_a_click(audio_out: AudioFormat) -> None:
    """The fake voice hums at one value: a resumed sound that began with it would be a step."""
    spec = make_spec(audio_out=audio_out)
    speech = FakeSpeech(ms_per_character=120.0)
    async with FakeCall(spec, FakeModel(THREE), speech, keeps_audio=True) as call:
        await call.says("when are you open")
        await call.until(lambda: call.all(AudioOut))
        await call.waits(1_000)
        await call.coughs(200)
        await call.until(lambda: call.all(AudioEnd), 60_000)
    assert call.stops == 1
    stopped_ms = call.times(AudioStop)[0]
    resumed = next(e for at, e in call.log if isinstance(e, AudioOut) and at > stopped_ms)
    samples = pcm_of(resumed.audio, audio_out)
    rise = samples[: round(audio_out.rate_hz * FADE_MS / 1000)]
    loudest_step = max(abs(int(b) - int(a)) for a, b in pairwise([0, *samples[:2_000]]))
    assert loudest_step < HUM / 4
    assert max(samples) > 0.9 * HUM and min(rise) >= -HUM / 10


def pcm_of(audio: bytes, audio_format: AudioFormat) -> list[int]:
    if audio_format == MP3_24000:
        return list(miniaudio.mp3_read_s16(audio).samples)
    return samples_of(audio).tolist()


async def test_another_rate_of_the_voice_is_converted_without_a_change_of_length() -> None:
    async with FakeCall(
        speech=FakeSpeech(rate_hz=16_000),
        spec=make_spec(audio_out=PCM_24000),
        model=FakeModel("We open at nine."),
    ) as call:
        call.feed(TextIn("when"))
        await call.until(lambda: call.all(AudioEnd))
    assert call.audio_ms() == pytest.approx(len("We open at nine.") * 60, abs=20)


async def test_every_step_of_an_answer_is_timed() -> None:
    model = FakeModel("We open at nine. See you.", first_token_ms=150, token_ms=10)
    spec = make_spec(silence_ms=600, drafts=False)
    async with FakeCall(spec, model=model, speech=FakeSpeech(first_audio_ms=80)) as call:
        await call.says("when do you open")
        await call.until(lambda: call.all(AudioEnd))
    took = call.agent_turns()[0].latency
    assert took is not None
    assert took.endpointing_ms == pytest.approx(600, abs=40)
    assert took.transcript_ms == pytest.approx(250, abs=60)
    assert took.first_token_ms == pytest.approx(150, abs=2)
    assert took.first_sentence_ms is not None and took.first_sentence_ms >= took.first_token_ms
    assert took.first_audio_ms == pytest.approx(80, abs=2)
    assert took.first_audio_sent_ms == pytest.approx(0, abs=5)
    assert took.own_ms == pytest.approx(0, abs=5)
    assert took.voice_to_voice_ms == pytest.approx(
        took.endpointing_ms + took.first_sentence_ms + took.first_audio_ms, abs=6
    )


async def test_the_steps_of_an_answer_have_their_place_in_the_call() -> None:
    model = FakeModel("We open at nine. See you.", first_token_ms=150, token_ms=10)
    async with FakeCall(make_spec(silence_ms=600), model=model, speech=FakeSpeech(first_audio_ms=80)) as call:
        await call.says("when do you open")
        await call.until(lambda: call.all(AudioEnd))
    turn = call.agent_turns()[0]
    was, took = turn.timeline, turn.latency
    assert was is not None and took is not None
    steps = [was.last_speech_ms, was.model_asked_ms, was.first_token_ms, was.first_sentence_ms]
    steps += [was.voice_asked_ms, was.first_audio_ms, was.decided_ms, was.first_sent_ms]
    known = [step for step in steps if step is not None]
    assert known == sorted(known) and len(known) == len(steps)  # a draft: asked before the turn was over
    assert was.last_speech_ms == pytest.approx(call.caller_turns()[0].ended_at_ms)
    assert was.first_sent_ms == pytest.approx(turn.started_at_ms, abs=5)
    assert was.model_done_ms is not None and was.voice_done_ms is not None
    assert was.model_done_ms < was.voice_done_ms
    assert took.voice_to_voice_ms == pytest.approx(known[-1] - known[0], abs=0.2)


def test_the_clock_knows_what_was_heard_of_what_was_sent() -> None:
    clock = PlayClock()
    clock.sent(1_000, now_ms=0)
    assert clock.heard_ms(400) == 400 and clock.heard_ms(5_000) == 1_000
    clock.sent(500, now_ms=2_000)  # after a gap
    assert clock.heard_ms(2_100) == 1_100
    clock.acknowledge(1_000, now_ms=2_100)  # the client has not begun it yet
    assert clock.heard_ms(2_200) == pytest.approx(1_100)


def test_a_client_cannot_claim_to_be_for_ever_behind() -> None:
    clock = PlayClock()
    clock.sent(1_000, now_ms=0)
    clock.acknowledge(0, now_ms=900_000)
    assert clock.heard_by_ms <= 1_000 + LARGEST_LAG_MS


async def test_a_run_that_is_stopped_before_its_first_step_is_not_counted() -> None:
    """The run before it has been counted, and its sound is no longer at the client."""
    spoken, played = SpokenText(PCM_24000), Acknowledgements()
    piece = spoken.add_piece(SpokenForm.of_plain("We are open."))
    spoken.add_sound(piece, bytes(PCM_24000.size_bytes(2_000)), ())

    async def send(*_: object) -> None: ...

    playout = FramePlayout(spoken, send, lambda _: None, lambda: None)
    playout.begins(0.0)
    played.runs(playout)
    run = asyncio.create_task(playout.run())
    await asyncio.sleep(0.3)
    run.cancel()
    played.rests()
    heard_ms = played.played_ms
    assert 280 <= heard_ms <= 300
    await asyncio.sleep(0.5)
    played.runs(playout)
    playout.begins(heard_ms)
    assert playout.heard_ms == heard_ms
    played.rests()
    assert played.played_ms == heard_ms
