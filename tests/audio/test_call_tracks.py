"""A recording has each side's sound where it was spoken and heard, and nothing that nobody heard."""

from __future__ import annotations

import random
from collections.abc import Iterable

import numpy as np
import pytest

from tests.audio.tone import tone
from voice.audio.call_tracks import CallTracks
from voice.audio.mulaw import mulaw_of_pcm
from voice.audio.pcm import samples_of
from voice.audio.sound_log import AgentSound, CallerSound, Entry, Formats, Over, Played, Stopped
from voice.core.audio import MULAW_8000, PCM_8000, PCM_16000, PCM_24000

PHONE = Formats(PCM_8000, PCM_8000)
FRAME_MS = 20.0


def made(entries: Iterable[Entry], formats: Formats = PHONE) -> tuple[CallTracks, bytes, bytes]:
    """Taken in pieces, as for a long call."""
    tracks = CallTracks(formats)
    caller, agent = bytearray(), bytearray()
    for number, entry in enumerate(sorted(entries, key=lambda each: each.at_ms)):
        tracks.add(entry)
        if number % 50 == 0:
            for whole, part in zip((caller, agent), tracks.settled(), strict=True):
                whole += part
    for whole, part in zip((caller, agent), tracks.rest(), strict=True):
        whole += part
    assert len(caller) == len(agent)
    return tracks, bytes(caller), bytes(agent)


def sounding(pcm: bytes, rate_hz: int = 8_000, quiet: int = 200) -> list[tuple[float, float]]:
    """The stretches that sound, in ms; silence of up to 15 ms is a part of them."""
    loud = np.flatnonzero(np.abs(samples_of(pcm).astype(np.int32)) > quiet) * 1000 / rate_hz
    if not len(loud):
        return []
    breaks = np.flatnonzero(np.diff(loud) > 15)
    begins, ends = loud[np.r_[0, breaks + 1]], loud[np.r_[breaks, len(loud) - 1]]
    return [(float(begin), float(end)) for begin, end in zip(begins, ends, strict=True)]


def spoken(
    begins_ms: float, seconds: float, *, delay_ms: float = 0.0, frame_ms: float = FRAME_MS
) -> list[Entry]:
    """A tone from the caller in frames, each of which comes when it is over, and `delay_ms` later."""
    sound = tone(440, 8_000, seconds)
    size = PCM_8000.size_bytes(frame_ms)
    frames = [sound[at : at + size] for at in range(0, len(sound), size)]
    return [
        CallerSound(begins_ms + (number + 1) * frame_ms + delay_ms, frame)
        for number, frame in enumerate(frames)
    ]


def silence(begins_ms: float, seconds: float) -> list[Entry]:
    count = round(seconds * 1000 / FRAME_MS)
    return [CallerSound(begins_ms + (n + 1) * FRAME_MS, bytes(320)) for n in range(count)]


def said(at_ms: float, seconds: float, *, lead_ms: float = 200.0) -> list[Entry]:
    """A tone from the agent in frames, sent as far ahead of what is heard as the engine does."""
    sound = tone(440, 8_000, seconds)
    frames = [sound[at : at + 320] for at in range(0, len(sound), 320)]
    return [
        AgentSound(at_ms + max(0.0, number * FRAME_MS - lead_ms), frame)
        for number, frame in enumerate(frames)
    ]


# --- the caller ------------------------------------------------------------------------------------
def test_the_caller_is_heard_when_they_spoke_and_gaps_are_silence() -> None:
    _, caller, agent = made([*spoken(1000, 0.5), *spoken(4000, 1.0), Over(6000)])
    assert sounding(caller) == [
        (pytest.approx(1000, abs=2), pytest.approx(1500, abs=2)),
        (pytest.approx(4000, abs=2), pytest.approx(5000, abs=2)),
    ]
    assert len(caller) == 2 * 8 * 6000
    assert not sounding(agent)


def test_a_line_that_stalls_and_catches_up_moves_and_loses_nothing() -> None:
    entries = spoken(0, 6.0)
    stalled = [
        CallerSound(max(entry.at_ms, 4000.0) if entry.at_ms > 2000 else entry.at_ms, entry.audio)
        for entry in entries
        if isinstance(entry, CallerSound)
    ]
    _, caller, _ = made([*stalled, Over(6000)])
    _, smooth, _ = made([*entries, Over(6000)])
    assert caller == smooth


def test_jitter_leaves_the_sound_as_it_was_spoken() -> None:
    late = random.Random(4)
    entries: list[Entry] = []
    at_ms = 0.0
    for entry in [*spoken(500, 20.0), *silence(20_500, 2.0)]:
        assert isinstance(entry, CallerSound)
        at_ms = max(at_ms, entry.at_ms + late.choice([0, 0, 3, 8, 35, 120]))
        entries.append(CallerSound(at_ms, entry.audio))
    _, caller, _ = made([*entries, Over(23_000)])
    (stretch,) = sounding(caller)
    assert stretch == (pytest.approx(500, abs=5), pytest.approx(20_500, abs=5))
    begin = 2 * 8 * 500
    assert caller[begin : begin + 2 * 8 * 20_000] == tone(440, 8_000, 20.0)


def test_a_frame_that_was_lost_is_silence_and_what_follows_stays_in_its_place() -> None:
    entries = spoken(0, 4.0)
    _, caller, _ = made([*entries[:50], *entries[53:], Over(4000)])
    assert sounding(caller) == [
        (pytest.approx(0, abs=2), pytest.approx(1000, abs=2)),
        (pytest.approx(1060, abs=2), pytest.approx(4000, abs=2)),
    ]


@pytest.mark.parametrize("off_ppm", [-200, 200])
@pytest.mark.parametrize("is_quiet_between", [True, False])
def test_a_clock_that_is_off_makes_no_drift_in_an_hour(off_ppm: float, is_quiet_between: bool) -> None:
    rate = 1 + off_ppm / 1e6
    entries: list[Entry] = []
    frame_ms = 100.0
    quiet, noise, loud = bytes(1600), tone(90, 8_000, 0.1, 600), tone(400, 8_000, 0.1)
    clicks = range(60_000, 3_600_000, 300_000)
    for number in range(3600 * 10):
        at_ms = number * frame_ms
        is_click = any(0 <= at_ms - click < 200 for click in clicks)
        sound = loud if is_click else quiet if is_quiet_between else noise
        entries.append(CallerSound((at_ms + frame_ms) * rate, sound))
    _, caller, _ = made([*entries, Over(3_600_000 * rate)])
    heard = sounding(caller, quiet=2000)
    assert [begin for begin, _ in heard] == pytest.approx([click * rate for click in clicks], abs=40)


def test_a_client_that_sends_in_a_burst_loses_nothing_of_it() -> None:
    burst: list[Entry] = [CallerSound(100.0, tone(440, 8_000, 0.02)) for _ in range(100)]
    _, caller, _ = made([*burst, *silence(2100, 2), Over(4100)])
    assert sum(end - begin for begin, end in sounding(caller)) == pytest.approx(2000, abs=10)


# --- the agent -------------------------------------------------------------------------------------
def test_the_agent_is_heard_from_the_first_frame_on_though_frames_come_ahead() -> None:
    _, _, agent = made([*said(1000, 2.0), *said(7000, 0.5), Over(9000)])
    assert sounding(agent) == [
        (pytest.approx(1000, abs=2), pytest.approx(3000, abs=2)),
        (pytest.approx(7000, abs=2), pytest.approx(7500, abs=2)),
    ]


def test_what_a_barge_in_cut_off_is_not_in_it() -> None:
    entries = [entry for entry in said(1000, 8.0) if entry.at_ms < 3000]
    _, _, agent = made([*entries, Stopped(3000, 2000), *said(5000, 1.0), Over(20_000)])
    assert sounding(agent) == [
        (pytest.approx(1000, abs=2), pytest.approx(3000, abs=2)),
        (pytest.approx(5000, abs=2), pytest.approx(6000, abs=2)),
    ]


def test_a_client_that_is_behind_is_recorded_as_it_heard() -> None:
    told = [Played(1000 + 90 + at_ms, at_ms) for at_ms in range(100, 2000, 100)]
    _, _, agent = made([*said(1000, 2.0), *told, Over(9000)])
    assert sounding(agent) == [(pytest.approx(1090, abs=2), pytest.approx(3090, abs=2))]


def test_positions_count_on_over_what_was_never_heard() -> None:
    """After a stop the client counts only what it has played; what it says late moves nothing."""
    first = [entry for entry in said(1000, 8.0) if entry.at_ms < 2000]
    second = said(4000, 2.0)
    told: list[Entry] = [Played(1000 + 60 + at_ms, at_ms) for at_ms in range(100, 900, 100)]
    told += [Played(2080, 960.0)]  # its word after the stop
    told += [Played(4000 + 70 + at_ms, 960.0 + at_ms) for at_ms in range(100, 2000, 100)]
    told += [Played(6300, 2960.0)]
    _, _, agent = made([*first, Stopped(2000, 940.0), *second, *told, Over(20_000)])
    assert sounding(agent) == [
        (pytest.approx(1060, abs=2), pytest.approx(2020, abs=2)),
        (pytest.approx(4070, abs=2), pytest.approx(6070, abs=2)),
    ]


@pytest.mark.parametrize("position_ms", [-5.0, 1e9, 1_999.0])
def test_a_client_that_claims_nonsense_moves_nothing(position_ms: float) -> None:
    _, _, agent = made([*said(1000, 2.0), Played(1050.0, position_ms), Over(9000)])
    assert sounding(agent) == [(pytest.approx(1000, abs=2), pytest.approx(3000, abs=2))]


def test_nothing_is_heard_after_the_call() -> None:
    _, _, agent = made([*said(1000, 5.0), Over(2000)])
    assert sounding(agent) == [(pytest.approx(1000, abs=2), pytest.approx(2000, abs=2))]
    assert len(agent) == 2 * 8 * 2000


def test_a_call_whose_process_was_lost_goes_on_to_its_last_sound() -> None:
    _, caller, agent = made([*spoken(0, 1.0), *said(900, 3.0)])
    assert sounding(agent) == [(pytest.approx(900, abs=2), pytest.approx(3900, abs=2))]
    assert len(caller) == len(agent)


def test_each_side_has_its_own_rate_and_both_one_timeline() -> None:
    formats = Formats(PCM_16000, PCM_24000)
    caller_sound, agent_sound = tone(440, 16_000, 1.0), tone(440, 24_000, 1.0)
    tracks, caller, agent = made(
        [CallerSound(2000.0, caller_sound), AgentSound(3000.0, agent_sound), Over(5000)], formats
    )
    assert tracks.rate_hz == 24_000
    assert sounding(caller, 24_000) == [(pytest.approx(1000, abs=3), pytest.approx(2000, abs=3))]
    assert sounding(agent, 24_000) == [(pytest.approx(3000, abs=3), pytest.approx(4000, abs=3))]


def test_a_telephone_s_sound_is_recorded_as_pcm() -> None:
    sound = tone(440, 8_000, 1.0)
    _, caller, _ = made([CallerSound(1000.0, mulaw_of_pcm(sound)), Over(1000)], Formats(MULAW_8000, PCM_8000))
    assert samples_of(caller).astype(float) == pytest.approx(samples_of(sound).astype(float), abs=300)


def test_a_time_that_no_call_has_is_refused() -> None:
    for at_ms in (-1.0, 1e12, float("nan")):
        with pytest.raises(ValueError, match="outside of any call"):
            CallTracks(PHONE).add(Over(at_ms))
