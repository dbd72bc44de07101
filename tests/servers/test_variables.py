"""Variables in the address of a connection: as much of them as is promised arrives, on both servers."""

from __future__ import annotations

import json

from agents.prompts.variables import LARGEST_JSON_BYTES
from tests.servers.client import Client
from tests.servers.ground import Ground, StartedServer


def variables(size_bytes: int) -> str:
    """JSON of exactly so many bytes."""
    values = {f"a{number}": "x" * 400 for number in range(size_bytes // 420)}
    values["rest"] = ""
    values["rest"] = "x" * (size_bytes - len(json.dumps(values)))
    return json.dumps(values)


async def test_the_largest_variables_begin_a_call_and_larger_ones_are_refused_in_words(
    ground: Ground, server: StartedServer
) -> None:
    acme = ground.organisation()
    async with Client(server, api_key=acme.key, variables=variables(LARGEST_JSON_BYTES)) as client:
        await client.until("connected")
    async with Client(server, api_key=acme.key, variables=variables(LARGEST_JSON_BYTES + 1)) as client:
        error = await client.until("error")
        assert error["payload"]["code"] == "malformed"
        assert "4 KiB at most" in error["payload"]["message"]
