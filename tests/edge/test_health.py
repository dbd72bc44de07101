"""Load balancers are told whether this process takes calls."""

from __future__ import annotations

import asyncio

from django.test import Client

from voice.edge.live import LiveCalls


def test_it_takes_calls(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "live_calls": 0})
    assert "no-cache" in answer["Cache-Control"]


def test_it_drains(client: Client, live_calls: LiveCalls) -> None:
    asyncio.run(live_calls.drain(0.1))
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (503, "draining")


def test_it_is_only_read(client: Client) -> None:
    assert client.post("/healthz").status_code == 405
