"""Fixtures that every test may use."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from django.test import override_settings

from tests.cast import Cast, make_cast

ENDING_LIMIT_S = 2.0


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """The product's hash is slow on purpose, a second for each of the cast."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(scope="session", autouse=True)
def static_files_on_demand() -> Iterator[None]:
    """Every test client loads the middleware anew, which otherwise reads the whole of static/ each time."""
    with override_settings(WHITENOISE_AUTOREFRESH=True):
        yield


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if inspect.iscoroutinefunction(getattr(item, "obj", None)):
            item.fixturenames.insert(0, "no_leaked_tasks")  # type: ignore[attr-defined]


@pytest_asyncio.fixture
async def no_leaked_tasks() -> AsyncIterator[None]:
    """Every task has an owner that awaits or cancels it: a test that leaves one running fails."""
    before = asyncio.all_tasks()
    yield
    await asyncio.sleep(0)
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    # Whoever cancelled a task is its owner: on a busy machine it may need a moment to end.
    ending = [task for task in left if task.cancelling()]
    if ending:
        await asyncio.wait(ending, timeout=ENDING_LIMIT_S)
    leaked = [task for task in left if not task.done()]
    for task in leaked:
        task.cancel()
    assert not leaked, f"tasks left running: {[task.get_name() for task in leaked]}"
