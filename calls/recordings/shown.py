"""A call's recording as pages and the REST API tell of it, from its first second on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.http import HttpRequest

from calls.models import Call, CallState, Recording, RecordingState
from calls.recordings.links import FileKind, link_create
from calls.recordings.services import is_recorded

SEGMENT_S = 10.0


class ShownState(StrEnum):
    """`recording`: the call is live. The others are those of RecordingState."""

    RECORDING = "recording"
    PENDING = RecordingState.PENDING.value
    READY = RecordingState.READY.value
    EMPTY = RecordingState.EMPTY.value
    FAILED = RecordingState.FAILED.value


@dataclass(frozen=True, slots=True)
class ShownRecording:
    state: ShownState
    url: str | None = None
    stereo_url: str | None = None
    expires_at: datetime | None = None
    duration_s: float | None = None
    missing_s: float = 0.0


def shown_state(call: Call) -> ShownState | None:
    """None where the agent does not record."""
    recording: Recording | None = getattr(call, "recording", None)
    if recording is not None:
        return ShownState(recording.state)
    if call.state == CallState.ENDED or not is_recorded(call):
        return None
    return ShownState.RECORDING if call.state == CallState.LIVE else ShownState.PENDING


def recording_shown(call: Call, request: HttpRequest) -> ShownRecording | None:
    """With links that are good for some minutes, once there are files."""
    state = shown_state(call)
    if state is None:
        return None
    if state is not ShownState.READY:
        return ShownRecording(state)
    mp3 = link_create(call.recording, FileKind.MP3, request)
    wav = link_create(call.recording, FileKind.WAV, request)
    return ShownRecording(
        state,
        mp3.url,
        wav.url,
        mp3.expires_at,
        call.recording.duration_ms / 1000,
        call.recording.missing_segments * SEGMENT_S,
    )
