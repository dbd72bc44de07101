"""Celery is only the wake-up: what cannot be told to it, the sweep finds by its row."""

from __future__ import annotations

import logging

from celery import current_app
from kombu.exceptions import KombuError, OperationalError

logger = logging.getLogger(__name__)

CALL_PROCESS = "calls.tasks.call_process"
RECORDING_MAKE = "calls.tasks.recording_make"


def wake(task: str, call_id: str) -> bool:
    """Whether it was told."""
    try:
        current_app.send_task(task, args=[call_id], retry=False)
    except (KombuError, OperationalError, OSError) as error:
        logger.warning("call %s waits for the sweep: %s", call_id, type(error).__name__)
        return False
    return True
