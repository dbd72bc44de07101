"""The cache without Redis, where other things stand on it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from voicex_project.cache import FileCache


def test_of_many_adds_at_once_one_wins(tmp_path: Path) -> None:
    cache = FileCache(str(tmp_path), {})
    with ThreadPoolExecutor(8) as pool:
        for key in "abc":
            assert sum(pool.map(lambda value, key=key: cache.add(key, value), range(24))) == 1


def test_an_entry_may_be_added_again_once_it_has_expired(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = FileCache(str(tmp_path), {})
    assert cache.add("a", 1, timeout=60)
    assert not cache.add("a", 2, timeout=60)
    later_s = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: later_s)
    assert cache.add("a", 3, timeout=60) and cache.get("a") == 3


def test_no_entry_goes_before_it_expires_and_expired_ones_are_swept(tmp_path: Path) -> None:
    cache = FileCache(str(tmp_path), {})
    for number in range(400):  # Django's own begins to evict at 300
        cache.set(f"kept-{number}", number, timeout=60)
    cache.set("short", 1, timeout=-1)
    FileCache._next_sweep = 0.0
    cache.set("last", 1, timeout=60)
    assert all(cache.get(f"kept-{number}") == number for number in range(400))
    assert len(list(tmp_path.iterdir())) == 401
