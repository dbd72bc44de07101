"""Celery's broker without Redis: kombu's file-system transport, with whole messages and a quick stop."""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps

LONGEST_WAIT_S = 0.25


class Channel(filesystem.Channel):
    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """kombu's own writes in place: a worker that looks at that moment takes half a message, and dies."""
        folder = Path(self.data_folder_out)
        draft = folder / f"{uuid.uuid4()}.draft"
        draft.write_text(dumps(payload))
        # Readers take the names in order, and the queue from after the first dot.
        draft.rename(folder / f"{time.monotonic_ns():020d}_{draft.stem}.{queue}.msg")


class Transport(filesystem.Transport):
    Channel = Channel

    def drain_events(self, connection: Any, timeout: float | None = None, **kwargs: Any) -> None:
        """A worker asked to stop waits twice for this to end; two seconds each are too long."""
        super().drain_events(connection, timeout=min(timeout or LONGEST_WAIT_S, LONGEST_WAIT_S))
