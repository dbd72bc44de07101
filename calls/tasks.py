"""What Celery runs: ids in, one service called, nothing returned."""

from __future__ import annotations

from celery import shared_task

from calls import services


@shared_task(name="calls.tasks.call_process")  # type: ignore[untyped-decorator]
def call_process(call_id: str) -> None:
    services.call_process(call_id=call_id)


@shared_task(name="calls.tasks.calls_sweep")  # type: ignore[untyped-decorator]
def calls_sweep() -> None:
    services.calls_sweep()


@shared_task(name="calls.tasks.journals_remove")  # type: ignore[untyped-decorator]
def journals_remove() -> None:
    services.journals_remove()
