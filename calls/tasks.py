"""What Celery runs: ids in, one service called, nothing returned."""

from __future__ import annotations

from celery import shared_task

from calls import services
from calls.recordings import services as recordings


@shared_task(name="calls.tasks.call_process")  # type: ignore[untyped-decorator]
def call_process(call_id: str) -> None:
    services.call_process(call_id=call_id)


@shared_task(name="calls.tasks.calls_sweep")  # type: ignore[untyped-decorator]
def calls_sweep() -> None:
    services.calls_sweep()


@shared_task(name="calls.tasks.journals_remove")  # type: ignore[untyped-decorator]
def journals_remove() -> None:
    services.journals_remove()


@shared_task(name="calls.tasks.recording_make")  # type: ignore[untyped-decorator]
def recording_make(call_id: str) -> None:
    recordings.recording_make(call_id=call_id)


@shared_task(name="calls.tasks.recordings_sweep")  # type: ignore[untyped-decorator]
def recordings_sweep() -> None:
    recordings.recordings_sweep()


@shared_task(name="calls.tasks.recordings_remove")  # type: ignore[untyped-decorator]
def recordings_remove() -> None:
    recordings.recordings_remove()
