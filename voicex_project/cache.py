"""The cache without Redis: files, with an `add` that only one of many processes wins."""

from __future__ import annotations

import contextlib
import os
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.filebased import FileBasedCache

SWEEP_EVERY_S = 60.0


class FileCache(FileBasedCache):
    """Locks, single-use tokens and sign-in limits stand on `add`; conversations last a day.

    Django's own class checks and then sets, so that two callers can both `add`, and evicts entries at random
    from the 300th on. Here one `add` wins, and entries go when they expire, not before.
    """

    _next_sweep = 0.0
    # Django's own, which its type stubs do not tell of.
    _dir: str
    _createdir: Callable[[], None]
    _key_to_file: Callable[[Any, int | None], str]
    _write_content: Callable[[BinaryIO, float | None, Any], None]
    _list_cache_files: Callable[[], list[str]]
    _is_expired: Callable[[BinaryIO], bool]

    def add(
        self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        if self.has_key(key, version):  # deletes an expired one
            return False
        self._createdir()
        path = self._key_to_file(key, version)
        handle, draft = tempfile.mkstemp(dir=self._dir)
        try:
            with os.fdopen(handle, "wb") as file:
                self._write_content(file, timeout, value)
            os.link(draft, path)  # atomic, and fails where another was first
        except FileExistsError:
            return False
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(draft)
        return True

    def _cull(self) -> None:
        """Called on every `set`: now and then one process removes what has expired."""
        if time.monotonic() < self._next_sweep:
            return
        FileCache._next_sweep = time.monotonic() + SWEEP_EVERY_S * random.uniform(1, 2)
        for name in self._list_cache_files():
            with contextlib.suppress(FileNotFoundError), Path(name).open("rb") as file:
                self._is_expired(file)  # deletes it if so
