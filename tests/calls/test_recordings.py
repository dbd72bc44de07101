"""From what a call left of its sound to files: made twice they are the same, and none outlives its call."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import miniaudio
import numpy as np
import pytest
from celery import current_app
from django.core.files.storage import storages
from django.utils import timezone

from agents.models import Agent, AgentVersion
from calls import services
from calls.models import Call, Recording, RecordingState
from calls.recordings import services as recordings
from calls.recordings import storage
from tests.audio.tone import tone
from tests.calls.factory import admit, journal, write_call
from tests.simulators.s3 import Bucket, simulated_bucket
from voice.audio.pcm import samples_of
from voice.audio.sound_log import AgentSound, CallerSound, Entry, Formats, Over, Stopped, segment_bytes
from voice.core.audio import PCM_8000, PCM_16000, PCM_24000

FORMATS = Formats(PCM_8000, PCM_8000)


@pytest.fixture(scope="module")
def bucket() -> Iterator[Bucket]:
    with simulated_bucket() as bucket:
        yield bucket


@pytest.fixture(params=["folder", "bucket"], autouse=True)
def store(request: pytest.FixtureRequest, settings: Any, tmp_path: Path) -> None:
    """A folder of this test's own, or a server that speaks S3's protocol."""
    if request.param == "folder":
        own = {**settings.STORAGES["recordings"]["OPTIONS"], "location": str(tmp_path / "recordings")}
        backend = settings.STORAGES["recordings"]["BACKEND"]
    else:
        own = request.getfixturevalue("bucket").options()
        backend = "storages.backends.s3.S3Storage"
    settings.STORAGES = settings.STORAGES | {"recordings": {"BACKEND": backend, "OPTIONS": own}}


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    told: list[tuple[str, str]] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, args, **_: told.append((name, args[0])))
    return told


def recorded_by(agent: Agent) -> Agent:
    """The same, whose version records."""
    recorded = {"recording": {"is_on": True, "consent_line": ""}}
    AgentVersion.objects.filter(agent=agent).update(settings=recorded)
    return Agent.objects.select_related("organisation", "current_version").get(pk=agent.pk)


@pytest.fixture
def recording_agent(agent: Agent) -> Agent:
    return recorded_by(agent)


def sound(at_ms: float, of: type[CallerSound | AgentSound], seconds: float = 1.0) -> Entry:
    return of(at_ms, tone(440, 8_000, seconds))


def save(call: Call, *segments: list[Entry], formats: Formats = FORMATS) -> None:
    for index, entries in enumerate(segments):
        if entries:
            storage.segment_save(call.pk, index, segment_bytes(formats, entries))


def ended(agent: Agent, *segments: list[Entry], formats: Formats = FORMATS) -> Call:
    call = admit(agent)
    write_call(call)
    save(call, *segments, formats=formats)
    services.call_close(call_id=call.pk)
    assert services.call_process(call_id=call.pk)
    return call


TALK = (
    [sound(2000, CallerSound), sound(3000, AgentSound, 4.0), Stopped(4500, 1500)],
    [sound(11_000, CallerSound), Over(12_000)],
)


def stereo(recording: Recording) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    with storage.open_from(recording.wav_name, 0) as file:
        data = file.read()
    assert len(data) == recording.wav_bytes
    both = np.frombuffer(data[44:], "<i2").reshape(-1, 2)
    return both[:, 0], both[:, 1]


def loud_ms(track: np.ndarray[Any, Any], rate_hz: int = 8_000) -> tuple[float, float]:
    loud = np.flatnonzero(np.abs(track.astype(int)) > 200)
    return loud[0] * 1000 / rate_hz, loud[-1] * 1000 / rate_hz


def test_the_caller_is_left_and_the_agent_right_without_what_was_cut_off(recording_agent: Agent) -> None:
    call = ended(recording_agent, *TALK)
    assert recordings.recording_make(call_id=call.pk)
    recording = Recording.objects.get(call=call)
    assert (recording.state, recording.duration_ms) == (RecordingState.READY, 12_000)
    caller, agent = stereo(recording)
    assert loud_ms(caller) == (pytest.approx(1000, abs=5), pytest.approx(11_000, abs=5))
    assert not caller[8 * 2100 : 8 * 9900].any()
    assert loud_ms(agent) == (pytest.approx(3000, abs=5), pytest.approx(4500, abs=5))


def test_the_mp3_is_both_sides_in_one_and_as_long(recording_agent: Agent) -> None:
    call = ended(recording_agent, *TALK)
    recordings.recording_make(call_id=call.pk)
    recording = Recording.objects.get(call=call)
    with storage.open_from(recording.mp3_name, 0) as file:
        data = file.read()
    decoded = miniaudio.decode(data, nchannels=1, sample_rate=24_000)
    heard = samples_of(bytes(decoded.samples))
    assert len(heard) == pytest.approx(12 * 24_000, abs=24)
    for begins_ms, ends_ms in ((1000, 2000), (3000, 4500), (10_000, 11_000)):
        stretch = heard[24 * (begins_ms - 300) : 24 * (ends_ms + 300)]
        found = loud_ms(np.asarray(stretch), 24_000)
        assert found == (pytest.approx(300, abs=20), pytest.approx(ends_ms - begins_ms + 300, abs=20))


def test_the_segments_are_gone_when_the_files_are_there(recording_agent: Agent) -> None:
    call = ended(recording_agent, *TALK)
    assert storage.segments_listed(call.pk) == [0, 1]
    recordings.recording_make(call_id=call.pk)
    assert storage.segments_listed(call.pk) == []
    recording = Recording.objects.get(call=call)
    assert set(storage.files_listed(call.pk)) == {recording.wav_name, recording.mp3_name}


def test_running_twice_changes_nothing(recording_agent: Agent) -> None:
    call = ended(recording_agent, *TALK)
    recordings.recording_make(call_id=call.pk)
    before = Recording.objects.values().get(call=call)
    assert not recordings.recording_make(call_id=call.pk)
    recordings.recording_expect(call=call)  # the call was processed once more
    assert recordings.recording_make(call_id=call.pk)
    assert Recording.objects.values().get(call=call) == before | {"attempts": 1}
    assert stereo(Recording.objects.get(call=call))


def test_a_call_that_was_swept_too_early_is_made_again_with_the_rest(recording_agent: Agent) -> None:
    call = admit(recording_agent)
    save(call, TALK[0])
    Call.objects.filter(pk=call.pk).update(lease_expires_at=timezone.now() - timedelta(minutes=1))
    journal(call).close()
    services.calls_sweep()
    assert services.call_process(call_id=call.pk) and recordings.recording_make(call_id=call.pk)
    assert Recording.objects.get(call=call).duration_ms < 11_000
    first = Recording.objects.get(call=call).wav_name
    save(call, [], TALK[1])
    write_call(call)
    services.call_close(call_id=call.pk)
    assert services.call_process(call_id=call.pk) and recordings.recording_make(call_id=call.pk)
    recording = Recording.objects.get(call=call)
    assert recording.duration_ms == 12_000
    assert first not in storage.files_listed(call.pk)


def test_a_segment_that_never_came_or_cannot_be_read_is_silence_that_is_told(recording_agent: Agent) -> None:
    call = admit(recording_agent)
    write_call(call)
    save(call, TALK[0], [], [], TALK[1])
    storage.segment_save(call.pk, 2, b"nonsense")
    services.call_close(call_id=call.pk)
    services.call_process(call_id=call.pk)
    assert recordings.recording_make(call_id=call.pk)
    recording = Recording.objects.get(call=call)
    assert (recording.missing_segments, recording.duration_ms) == (2, 12_000)
    assert loud_ms(stereo(recording)[0]) == (pytest.approx(1000, abs=5), pytest.approx(11_000, abs=5))


def test_a_browser_s_call_has_the_agent_s_rate(recording_agent: Agent) -> None:
    entries: list[Entry] = [CallerSound(1000, tone(440, 16_000, 1.0)), Over(1000)]
    call = ended(recording_agent, entries, formats=Formats(PCM_16000, PCM_24000))
    recordings.recording_make(call_id=call.pk)
    caller, _ = stereo(Recording.objects.get(call=call))
    assert len(caller) == 24_000


def test_a_call_without_a_sound_has_no_files(recording_agent: Agent) -> None:
    call = ended(recording_agent)
    assert recordings.recording_make(call_id=call.pk)
    assert Recording.objects.get(call=call).state == RecordingState.EMPTY


def test_an_agent_that_does_not_record_leaves_nothing(agent: Agent) -> None:
    call = ended(agent)
    assert not Recording.objects.filter(call=call).exists()
    assert not recordings.recording_make(call_id=call.pk)


def test_a_store_that_fails_is_tried_again_and_at_last_given_up(
    recording_agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = ended(recording_agent, *TALK)
    monkeypatch.setattr(storage, "segment_read", lambda *_: (_ for _ in ()).throw(OSError("no disk")))
    for _ in range(recordings.MAX_ATTEMPTS):
        assert Recording.objects.get(call=call).state == RecordingState.PENDING
        assert not recordings.recording_make(call_id=call.pk)
    recording = Recording.objects.get(call=call)
    assert (recording.state, recording.error) == (RecordingState.FAILED, "OSError: no disk")
    assert storage.segments_listed(call.pk) == [0, 1]


@pytest.mark.django_db(transaction=True)
def test_the_worker_is_woken_and_the_sweep_wakes_it_again(
    recording_agent: Agent, woken: list[tuple[str, str]]
) -> None:
    call = ended(recording_agent, *TALK)
    assert woken[-1] == ("calls.tasks.recording_make", call.pk)
    Recording.objects.update(lease_until=timezone.now() - timedelta(seconds=1), attempts=1)
    woken.clear()
    assert recordings.recordings_sweep() == 1
    assert woken == [("calls.tasks.recording_make", call.pk)]
    assert recordings.recordings_sweep() == 0, "not before it had time to begin"


def test_a_lost_lease_leaves_the_files_to_whoever_has_it(
    recording_agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = ended(recording_agent, *TALK)
    saved = recordings._save

    def save_late(recording: Recording, made: Any) -> dict[str, str]:
        names = saved(recording, made)
        Recording.objects.update(lease_until=timezone.now() + timedelta(hours=1))
        return names

    monkeypatch.setattr(recordings, "_save", save_late)
    assert not recordings.recording_make(call_id=call.pk)
    assert storage.files_listed(call.pk) == []
    assert storage.segments_listed(call.pk) == [0, 1]


def test_the_files_go_with_their_call_and_no_other(recording_agent: Agent) -> None:
    gone, stays, live = ended(recording_agent, *TALK), ended(recording_agent, *TALK), admit(recording_agent)
    save(live, TALK[0])
    for call in (gone, stays):
        recordings.recording_make(call_id=call.pk)
    gone_id = gone.pk
    gone.delete()
    recordings.recordings_remove()
    assert storage.files_listed(gone_id) == [] and gone_id not in storage.folders_listed()
    assert len(storage.files_listed(stays.pk)) == 2
    assert storage.segments_listed(live.pk) == [0]


def test_what_a_worker_that_died_left_is_removed(recording_agent: Agent) -> None:
    call = ended(recording_agent, *TALK)
    recordings.recording_make(call_id=call.pk)
    left = f"{call.pk}/left.wav"
    storages["recordings"].save(left, io.BytesIO(b"x"))
    save(call, TALK[0])
    Recording.objects.update(made_at=timezone.now() - timedelta(hours=2))
    recordings.recordings_remove()
    assert left not in storage.files_listed(call.pk) and len(storage.files_listed(call.pk)) == 2
    assert storage.segments_listed(call.pk) == []


def test_old_recordings_are_not_looked_through_again_each_hour(
    recording_agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    new, old, gone = (ended(recording_agent, *TALK) for _ in range(3))
    for call in (new, old, gone):
        recordings.recording_make(call_id=call.pk)
    Recording.objects.filter(call=old).update(made_at=timezone.now() - timedelta(days=2))
    gone_id = gone.pk
    gone.delete()
    looked: list[str] = []
    listed = storage.files_listed
    monkeypatch.setattr(storage, "files_listed", lambda call_id: (looked.append(call_id), listed(call_id))[1])
    recordings.recordings_remove()
    assert new.pk in looked and old.pk not in looked and gone_id not in storage.folders_listed()


def test_no_name_leads_out_of_the_store() -> None:
    for name in ("..", "../../etc", ""):
        with pytest.raises(ValueError, match="not a call id"):
            storage.segment_save(name, 0, b"")
