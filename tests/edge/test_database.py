"""Work for the database beside the event loop: on which connections it is done."""

from __future__ import annotations

import pytest
from django.db import connection, connections

from voice.edge.database import in_database

pytestmark = pytest.mark.django_db(transaction=True)


def opened() -> int:
    """Which connection to the server or file this thread uses: another number for another one."""
    connection.ensure_connection()
    return id(connection.connection)


def is_open() -> bool:
    return any(each.connection for each in connections.all(initialized_only=True))


async def test_a_file_stays_open_and_a_servers_connection_goes_back_to_its_pool() -> None:
    numbers = {await in_database(opened) for _ in range(12)}
    is_kept = await in_database(is_open)
    if connection.vendor == "sqlite":
        assert len(numbers) <= 4, "one for each thread"
        assert is_kept
    else:
        assert not is_kept


@pytest.mark.skipif(connection.vendor != "sqlite", reason="of the embedded database")
async def test_with_debug_no_log_of_queries_is_kept(settings: object) -> None:
    settings.DEBUG = True

    def asked() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return len(connection.queries)

    assert await in_database(asked) == 0
