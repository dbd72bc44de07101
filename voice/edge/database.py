"""Blocking work from the event loop, on threads of its own: a slow query must not hold up other consumers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

from django.db import connections

P = ParamSpec("P")
R = TypeVar("R")

DATABASE_THREADS = 4
# Fewer, and apart: conversations are saved each second, and a store that hangs must not starve admissions and
# leases.
STORE_THREADS = 2
TIME_LIMIT_S = 20.0
_database_threads = ThreadPoolExecutor(DATABASE_THREADS, thread_name_prefix="edge-database")
_store_threads = ThreadPoolExecutor(STORE_THREADS, thread_name_prefix="edge-store")


def _with_fresh_connections(work: Callable[[], R]) -> R:
    _close_stale_connections()
    try:
        return work()
    finally:
        _close_stale_connections()


def _close_stale_connections() -> None:
    """As Django does between requests, but a healthy connection to a file is kept.

    It costs as much to open as three queries, and once the last is closed the next commit waits for the disk.
    """
    for connection in connections.all(initialized_only=True):
        if connection.vendor != "sqlite" or connection.errors_occurred:
            connection.close_if_unusable_or_obsolete()


async def in_database(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Runs a service or selector in a thread. Raises what it raises, TimeoutError after 20 s."""
    work = partial(_with_fresh_connections, partial(function, *args, **kwargs))
    # With the context that log lines of the thread need.
    work = partial(copy_context().run, work)
    async with asyncio.timeout(TIME_LIMIT_S):
        return await asyncio.get_running_loop().run_in_executor(_database_threads, work)


async def in_store(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """The same for what touches the cache alone."""
    work = partial(copy_context().run, partial(function, *args, **kwargs))
    async with asyncio.timeout(TIME_LIMIT_S):
        return await asyncio.get_running_loop().run_in_executor(_store_threads, work)
