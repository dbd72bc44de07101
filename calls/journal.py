"""The append-only log of a live call: a local file always, a Redis stream too when there is Redis.

A line is one JSON object: `kind`, `at_ms` (milliseconds since the call's start), `n` (position in the
journal, from 0), `time` (seconds since 1970), and the kind's own fields:

    start      whatever the writer wants to keep of the set-up
    turn       the fields of voice.core.events.TurnRecord; a later entry of the same `index` replaces it
    heartbeat  nothing; shows that the call was alive
    error      code, message
    switch     the fields of voice.core.events.ProviderSwitched
    end        code, by, message (EndReason), counters (SessionCounters), duration_ms
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis
from django.conf import settings

from accounts.ids import is_id
from calls.journal_stream import JournalStream, journal_stream
from calls.metrics import JOURNAL_DROPPED

logger = logging.getLogger(__name__)

BUFFER_ENTRIES = 4_000
BUFFER_BYTES = 4 * 1024 * 1024


def journal_path(folder: Path, call_id: str) -> Path:
    """Raises ValueError for what is no call id, so that no id can lead out of the folder."""
    if not is_id(call_id):
        raise ValueError("not a call id")
    return folder / f"{call_id}.jsonl"


class JournalWriter:
    """One call's journal. `append` never blocks and may be called on an event loop; the rest does I/O.

    While the disk or Redis refuses, entries wait in a bounded buffer for each. Beyond it the oldest are
    dropped, and counted if it was the disk's.
    """

    def __init__(self, folder: Path, call_id: str) -> None:
        """Opens the file, once. Raises OSError when it cannot be made."""
        self._path = journal_path(folder, call_id)
        folder.mkdir(parents=True, exist_ok=True)
        self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._call_id = call_id
        self._stream: JournalStream | None = journal_stream()
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._unmirrored: deque[bytes] = deque(maxlen=BUFFER_ENTRIES)
        self._next_n = 0
        self._torn = False
        self._closed = False
        self._buffer_lock = threading.Lock()
        self._file_lock = threading.Lock()
        self.dropped = 0

    def append(self, kind: str, at_ms: float, **fields: Any) -> None:
        """Fields must be JSON-able. Raises ValueError once the journal is closed."""
        if self._closed:
            raise ValueError("the journal is closed")
        entry = {"kind": kind, "at_ms": round(at_ms, 1), "n": self._next_n, "time": round(time.time(), 3)}
        self._next_n += 1
        line = json.dumps(entry | fields, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
        with self._buffer_lock:
            self._waiting.append(line)
            self._waiting_bytes += len(line)
            while len(self._waiting) > BUFFER_ENTRIES or self._waiting_bytes > BUFFER_BYTES:
                self._waiting_bytes -= len(self._waiting.popleft())
                self.dropped += 1

    @property
    def has_work(self) -> bool:
        """Whether anything waits for the disk or for Redis. Takes no thread to find out."""
        return bool(self._waiting or self._unmirrored)

    def flush(self) -> None:
        """Hands what has been appended to the operating system. Raises OSError; nothing is lost then."""
        with self._file_lock:
            if self._file < 0:
                return
            lines = self._take()
            try:
                self._write(lines)
            except OSError:
                self._give_back(lines)
                raise
            self._mirror(lines)

    def close(self) -> None:
        """Flushes, makes it last, and closes the file, even when the disk refuses (then raises OSError)."""
        self._closed = True
        try:
            self.flush()
            with self._file_lock:
                if self._file >= 0:
                    os.fsync(self._file)
        finally:
            with self._file_lock:
                if self._file >= 0:
                    os.close(self._file)
                    self._file = -1
            if self.dropped:
                JOURNAL_DROPPED.inc(self.dropped)
                logger.error("journal of call %s dropped %d entries", self._call_id, self.dropped)

    def _mirror(self, lines: list[bytes]) -> None:
        if not self._stream:
            return
        self._unmirrored.extend(lines)
        if self._unmirrored and self._stream.append(self._call_id, self._unmirrored, is_last=self._closed):
            self._unmirrored.clear()

    def _take(self) -> list[bytes]:
        with self._buffer_lock:
            lines = list(self._waiting)
            self._waiting.clear()
            self._waiting_bytes = 0
        return lines

    def _give_back(self, lines: list[bytes]) -> None:
        with self._buffer_lock:
            self._waiting.extendleft(reversed(lines))
            self._waiting_bytes += sum(map(len, lines))

    def _write(self, lines: list[bytes]) -> None:
        # A write that stopped half way left a torn line: end it, readers skip it.
        data = (b"\n" if self._torn and lines else b"") + b"".join(lines)
        view = memoryview(data)
        while view:
            self._torn = True
            view = view[os.write(self._file, view) :]
        self._torn = False


@dataclass(frozen=True, slots=True)
class Journal:
    """What a call's journal says. `turns` are the newest entries by index; unknown kinds are left out."""

    turns: dict[int, dict[str, Any]] = field(default_factory=dict)
    start: dict[str, Any] | None = None
    end: dict[str, Any] | None = None
    errors: tuple[dict[str, Any], ...] = ()
    switches: tuple[dict[str, Any], ...] = ()
    # The newest word on it, whichever entry had that.
    usage: tuple[Any, ...] = ()
    last_at_ms: float = 0.0
    last_time: float | None = None
    entries: int = 0


def read_journal(call_id: str, folder: Path | None = None) -> Journal:
    """Both copies together, whatever each has. A journal that does not exist is empty.

    Raises redis.RedisError when the only copy may be one that cannot be read now.
    """
    path = journal_path(folder or Path(settings.JOURNAL_DIR), call_id)
    lines: list[bytes] = []
    try:
        lines += path.read_bytes().split(b"\n")
    except FileNotFoundError:
        pass  # another machine's call, or one that ended before its first flush
    stream = journal_stream()
    if stream:
        try:
            lines += stream.read(call_id)
        except redis.RedisError as error:
            if not lines:
                raise
            logger.warning("a mirrored journal cannot be read: %s", type(error).__name__)
    return journal_of(lines)


def journal_of(lines: Iterable[bytes]) -> Journal:
    """Total: a torn or foreign line is skipped, a line met twice counts once."""
    entries = {entry["n"]: entry for entry in map(_entry, lines) if entry is not None}
    turns: dict[int, dict[str, Any]] = {}
    found: dict[str, dict[str, Any]] = {}
    several: dict[str, list[dict[str, Any]]] = {"error": [], "switch": []}
    last_at_ms, last_time = 0.0, None
    usage: tuple[Any, ...] = ()
    for n in sorted(entries):
        entry = entries[n]
        kind = entry["kind"]
        if kind == "turn":
            index = entry.get("index")
            if isinstance(index, int) and not isinstance(index, bool) and 0 <= index < 100_000:
                turns[index] = entry
        elif kind in ("start", "end"):
            found.setdefault(kind, entry)
        elif kind in several:
            several[kind].append(entry)
        if isinstance(entry.get("usage"), list):
            usage = tuple(entry["usage"])
        last_at_ms = max(last_at_ms, entry["at_ms"])
        last_time = max(last_time or 0.0, entry["time"])
    return Journal(
        turns=dict(sorted(turns.items())),
        start=found.get("start"),
        end=found.get("end"),
        errors=tuple(several["error"]),
        switches=tuple(several["switch"]),
        usage=usage,
        last_at_ms=last_at_ms,
        last_time=last_time,
        entries=len(entries),
    )


def _entry(line: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(entry, dict) or not isinstance(entry.get("kind"), str):
        return None
    n = entry.get("n")
    if not isinstance(n, int) or isinstance(n, bool):
        return None
    # 1e9 ms are eleven days; 1e11 s are the year 5138, beyond which dates cannot be made.
    if not _is_number(entry.get("at_ms"), 1e9) or not _is_number(entry.get("time"), 1e11):
        return None
    return entry


def _is_number(value: object, limit: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < limit
