"""Both servers, started once each, on one ground."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.product import free_port
from tests.servers.ground import KINDS, Ground, StartedServer


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/tests/servers/" in str(item.path):
            item.add_marker(pytest.mark.server)


@pytest.fixture(scope="session")
def ground() -> Iterator[Ground]:
    made = Ground()
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(scope="session")
def started(ground: Ground) -> dict[str, StartedServer]:
    """By kind, filled as they are needed."""
    return {}


@pytest.fixture(params=KINDS)
def server(
    request: pytest.FixtureRequest, ground: Ground, started: dict[str, StartedServer]
) -> Iterator[StartedServer]:
    """Whatever a test does to it, it still runs afterwards and has printed no traceback and no key."""
    kind = request.param
    if kind not in started:
        started[kind] = ground.start(kind, free_port())
    found = started[kind]
    before = found.output_bytes()
    yield found
    assert found.process.poll() is None, f"{kind} has ended: {found.output()[-3000:]}"
    printed = found.output(before)
    assert "Traceback" not in printed, printed
    assert " ERROR " not in printed, printed
    assert "vx_" not in printed.replace("vx_…", ""), printed
