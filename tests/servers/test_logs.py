"""A key that is used anywhere, rightly or wrongly, stands in no line that either server prints."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets

from tests.addresses.walk import filled, routes
from tests.browser.product import free_port
from tests.servers.client import Client
from tests.servers.ground import Ground, StartedServer

OTHER_PLACES = ["/api/nowhere", "/static/{key}.js", "/{key}", "/o/{key}/agents/{key}/", "/ws/voice"]
MAILED = ["/accounts/confirm-email/{key}/", "/accounts/password/reset/key/4-{key}/"]


def wrong_key() -> str:
    return f"vx_{secrets.token_urlsafe(32)}"


def requests(key: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each address with the key in every place that a confused client could put it."""
    headers = {
        "x-api-key": key,
        "Authorization": f"Bearer {key}",
        "Referer": f"http://localhost/?api_key={key}",
        "User-Agent": f"client {key}",
        "Cookie": f"sessionid={key}",
    }
    fields = {"login": f"{key}@example.com", "password": key, "api_key": key, key: key}
    for path in [filled(route, default=key, number="1") for route in routes()] + OTHER_PLACES:
        address = f"{path.format(key=key)}?api_key={key}&next=/{key}&{key}"
        yield "GET", address, {"headers": headers}
        yield "POST", address, {"headers": headers, "data": fields}
        yield "PUT", address, {"headers": headers, "json": fields}


async def use_everywhere(server: StartedServer, key: str) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", timeout=20) as http:
        for method, address, content in requests(key):
            http.cookies.clear()
            response = await http.request(method, address, **content)
            assert response.status_code < 500, (method, address)
    for query in ({"api_key": key}, {"token": key}, {"session_id": key, "agent_id": key, "api_key": key}):
        async with Client(server, **query) as client:
            await client.next()
            await client.send({"type": key})
            await client.send(f"not JSON {key}")
            await client.text(f"My key is {key}.")
    for path in (f"/ws/elsewhere?api_key={key}", f"/{key}", f"/ws/voice/{key}?token={key}"):
        with pytest.raises(websockets.InvalidStatus):
            await websockets.connect(f"{server.address}{path}")


@pytest.mark.parametrize("is_right", [True, False], ids=["right", "wrong"])
async def test_no_key_is_printed(server: StartedServer, ground: Ground, is_right: bool) -> None:
    key = ground.organisation().key if is_right else wrong_key()
    before = server.output_bytes()
    await use_everywhere(server, key)
    # The secret part alone, so that a prefix that was cut off would be found as well.
    assert key.removeprefix("vx_")[:20] not in server.output(before)


async def test_no_key_is_printed_as_json_nor_when_all_is_logged(ground: Ground) -> None:
    server = StartedServer(
        "uvicorn",
        free_port(),
        ground.environment | {"LOG_FORMAT": "json", "LOG_LEVEL": "DEBUG"},
        Path(ground.folder) / "verbose.log",
    )
    try:
        server.wait_until_ready()
        key = ground.organisation().key
        await use_everywhere(server, key)
    finally:
        server.stop()
    printed = server.output()
    assert '"logger": "uvicorn.access"' in printed
    assert key.removeprefix("vx_")[:20] not in printed


async def test_neither_passwords_nor_mailed_links_are_printed(server: StartedServer) -> None:
    canary = secrets.token_hex(16)
    before = server.output_bytes()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as http:
        page = await http.get("/accounts/login/")
        fields = {
            "csrfmiddlewaretoken": page.cookies["csrftoken"],
            "login": "nobody@example.com",
            "password": canary,
        }
        answer = await http.post("/accounts/login/", data=fields)
        assert "not correct" in answer.text
        for path in MAILED:
            assert (await http.get(path.format(key=canary))).status_code < 500
    assert canary not in server.output(before)
