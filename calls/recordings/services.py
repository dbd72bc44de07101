"""Every write to recordings: expected when a call ends, made by a worker, removed with their call.

The truth of pending work is the row; running twice makes the same files again.
"""

from __future__ import annotations

import logging
import tempfile
from datetime import datetime, timedelta
from itertools import takewhile
from pathlib import Path

from django.core.files import File
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.ids import new_id
from agents.snapshot import complete
from calls import log_context
from calls.models import Call, CallState, Recording, RecordingState
from calls.recordings import storage
from calls.recordings.making import Made, make_files
from calls.wake import RECORDING_MAKE, wake
from voice.core.errors import EndCode

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
# A little more than a task may take (CELERY_TASK_TIME_LIMIT).
MAKE_LEASE = timedelta(seconds=330)
BACKOFF = timedelta(seconds=10)
WAKE_AGAIN = timedelta(seconds=60)
SWEEP_BATCH = 1_000
ERROR_LENGTH = 300
# A call whose server was taken for lost may still come to its real end.
SEGMENTS_KEPT = timedelta(hours=1)
# Of a worker that died over a recording. Older ones have been looked through, and a bucket takes its time for
# each look.
LEFT_OVER_WITHIN = timedelta(days=1)


def is_recorded(call: Call) -> bool:
    """Whether the call's version of the agent records."""
    return bool(complete(call.agent_version.settings)["recording"]["is_on"])


def recording_expect(*, call: Call) -> None:
    """In the transaction that ends the call: there is a recording to be made, or to be made again."""
    if not is_recorded(call):
        return
    pending = {
        "organisation_id": call.organisation_id,
        "state": RecordingState.PENDING,
        "due_at": timezone.now(),
        "lease_until": None,
        "attempts": 0,
        "error": "",
    }
    Recording.objects.update_or_create(call=call, defaults=pending)
    transaction.on_commit(lambda: wake(RECORDING_MAKE, call.pk))


def recording_make(*, call_id: str) -> bool:
    """Makes the files of an ended call. False when there is nothing to do or another worker has it.

    Raises nothing that concerns one call only: the cause is kept with the recording, which is tried again.
    """
    claimed = _claim(call_id)
    if claimed is None:
        return False
    with log_context.about(call_id, claimed.organisation_id):
        try:
            return _make(claimed)
        except Exception as error:  # noqa: BLE001  # each store's client has errors of its own
            logger.exception("a recording could not be put together")
            _fail(claimed, error)
            return False


def recordings_sweep() -> int:
    """Wakes what is overdue, gives up what failed too often. Returns how many were woken."""
    now = timezone.now()
    unheld = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    overdue = Recording.objects.filter(unheld, state=RecordingState.PENDING, due_at__lte=now)
    overdue.filter(attempts__gte=MAX_ATTEMPTS).update(
        state=RecordingState.FAILED, due_at=None, error="The worker was lost each time it tried."
    )
    ids = list(overdue.order_by("due_at").values_list("call_id", flat=True)[:SWEEP_BATCH])
    woken = list(takewhile(lambda call_id: wake(RECORDING_MAKE, call_id), ids))
    Recording.objects.filter(call_id__in=woken, due_at__lte=now).update(due_at=now + WAKE_AGAIN)
    return len(woken)


def recordings_remove() -> int:
    """Removes the files of calls that are no more, and what nobody needs of others. Returns of how many."""
    gone = _calls_that_are_no_more(storage.folders_listed())
    for call_id in gone:
        storage.folder_remove(call_id)
    now = timezone.now()
    lately = Q(made_at__gte=now - LEFT_OVER_WITHIN) | Q(
        made_at=None, call__ended_at__gte=now - LEFT_OVER_WITHIN
    )
    settled = Recording.objects.exclude(state=RecordingState.PENDING).filter(lately)
    for recording in settled.select_related("call"):
        _remove_others(recording)
        is_made = recording.made_at is not None and recording.made_at < now - SEGMENTS_KEPT
        if is_made and recording.call.state == CallState.ENDED:
            storage.segments_remove(recording.call_id)
    return len(gone)


def _calls_that_are_no_more(call_ids: list[str]) -> list[str]:
    gone: list[str] = []
    for start in range(0, len(call_ids), SWEEP_BATCH):
        some = call_ids[start : start + SWEEP_BATCH]
        there = set(Call.objects.filter(pk__in=some).values_list("pk", flat=True))
        gone += (call_id for call_id in some if call_id not in there)
    return gone


def _claim(call_id: str) -> Recording | None:
    """The recording with the lease that marks it as ours. A try counts when it begins: a crash is one."""
    with transaction.atomic():
        recording = (
            Recording.objects.select_for_update()
            .filter(call_id=call_id, state=RecordingState.PENDING, due_at__isnull=False)
            .first()
        )
        now = timezone.now()
        if recording is None or recording.attempts >= MAX_ATTEMPTS:
            return None
        if recording.lease_until and recording.lease_until > now:
            return None
        recording.lease_until = now + MAKE_LEASE
        recording.attempts += 1
        recording.save(update_fields=["lease_until", "attempts"])
        return recording


def _make(recording: Recording) -> bool:
    call_id = recording.call_id
    indices = storage.segments_listed(call_id)
    if not indices and recording.wav_name:
        return _settle(recording, state=RecordingState.READY)  # made before, and tidied up
    with tempfile.TemporaryDirectory(prefix="voicex-recording-") as folder:
        made = make_files((storage.segment_read(call_id, index) for index in indices), Path(folder))
        if made is None:
            return _settle(recording, state=RecordingState.EMPTY)
        missing = indices[-1] + 1 - len(indices) + made.unreadable_segments
        names = _save(recording, made)
        is_ours = _settle(
            recording,
            state=RecordingState.READY,
            duration_ms=made.duration_ms,
            missing_segments=missing,
            made_at=timezone.now(),
            wav_bytes=made.wav.stat().st_size,
            mp3_bytes=made.mp3.stat().st_size,
            **names,
        )
    if not is_ours:
        for name in names.values():
            storage.recording_storage().delete(name)
        return False
    recording.refresh_from_db()
    _remove_others(recording)
    if not Call.objects.filter(pk=call_id, end_code=EndCode.SERVER_LOST).exists():
        storage.segments_remove(call_id)
    return True


def _save(recording: Recording, made: Made) -> dict[str, str]:
    """Under new names, so that whoever is listening to an earlier one hears it to its end."""
    names = {}
    for field, path in (("wav_name", made.wav), ("mp3_name", made.mp3)):
        name = f"{recording.call_id}/{new_id()}{path.suffix}"
        with path.open("rb") as file:
            names[field] = storage.recording_storage().save(name, File(file))
    return names


def _settle(recording: Recording, **fields: object) -> bool:
    """False when our lease lapsed and another worker took it, or the call was ended anew."""
    return bool(_held(recording).update(due_at=None, lease_until=None, error="", **fields))


def _fail(recording: Recording, error: Exception) -> None:
    """Sets the next try, or gives up after the last; then the call's page says so."""
    text = f"{type(error).__name__}: {error}"[:ERROR_LENGTH].replace("\0", "")
    if recording.attempts >= MAX_ATTEMPTS:
        _held(recording).update(state=RecordingState.FAILED, due_at=None, lease_until=None, error=text)
        return
    due_at: datetime = timezone.now() + BACKOFF * 2 ** (recording.attempts - 1)
    _held(recording).update(due_at=due_at, lease_until=None, error=text)


def _held(recording: Recording) -> QuerySet[Recording]:
    return Recording.objects.filter(pk=recording.pk, lease_until=recording.lease_until)


def _remove_others(recording: Recording) -> None:
    """Files of the call that are not this recording's: of an earlier one, or of a worker that died."""
    for name in storage.files_listed(recording.call_id):
        if name not in (recording.wav_name, recording.mp3_name):
            storage.recording_storage().delete(name)
