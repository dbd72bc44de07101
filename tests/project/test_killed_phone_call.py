"""A web process is killed while somebody telephones with an agent that records: told, kept and recorded."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.browser.product import free_port
from tests.project.test_started_product import FOUND_WITHIN_S, Launched
from tests.project.test_started_product import launch as launch
from tests.servers.ground import Organisation
from tests.servers.test_phone_calls import PUBLIC, spoken_to_its_end, was_clean, webhook
from tests.simulators.twilio.simulator import TwilioSimulator
from voice.edge.sound_recorder import SEGMENT_S

# Long, for what is recorded is stored every ten seconds, and leases lapse before a call is taken for lost.
pytestmark = [pytest.mark.server, pytest.mark.long]

GREETING = "Hello, this is Acme. How can I help you?"


def made(product: Launched) -> Organisation:
    agent = {"greeting": GREETING, "recording": {"is_on": True, "consent_line": ""}}
    done = subprocess.run(
        [sys.executable, "-m", "tests.servers.office"],
        env=product.environment,
        input=json.dumps({"do": "organisation", "agent": agent, "plan": {}}),
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )
    return Organisation(**json.loads(done.stdout))


async def test_the_caller_hears_an_apology_and_the_call_has_its_transcript_recording_and_reason(
    launch: Callable[..., Launched],
) -> None:
    product = launch(free_port(), PUBLIC_URL=PUBLIC, ALLOWED_HOSTS="127.0.0.1,voice.example.com")
    loopback = f"http://127.0.0.1:{product.port}"
    await asyncio.to_thread(product.printed, "(Voicex is running)")
    acme = await asyncio.to_thread(made, product)
    headers = {"x-api-key": acme.key}
    async with (
        httpx.AsyncClient(base_url=f"{loopback}/api/dashboard", headers=headers, timeout=20) as api,
        TwilioSimulator({PUBLIC: loopback}) as twilio,
    ):
        call = twilio.ring(webhook(acme), fallback_url=webhook(acme).replace("/voice?", "/fallback?"))
        stream = await call.wait_for_stream()
        await spoken_to_its_end(stream, 0.0)
        # What came since the journal and the recording were last written is lost with the process.
        await asyncio.sleep(max(0.0, stream.begins_s + SEGMENT_S + 1.5 - time.monotonic()))
        web = product.part("voicex_project.server")
        assert web is not None
        web.kill()
        killed_s = time.monotonic()
        await call.wait_until_over(30)
        assert stream.end == "server" and was_clean(call)
        (apology,) = call.said()
        assert "went wrong" in apology
        assert (call.ended_by, call.status) == ("application", "completed")

        async def found() -> dict[str, Any]:
            while time.monotonic() < killed_s + FOUND_WITHIN_S:
                (row,) = (await api.get("/calls")).json()["results"]
                record: dict[str, Any] = (await api.get(f"/calls/{row['id']}")).json()
                if record["state"] == "ended" and record["recording"]["state"] != "pending":
                    return record
                await asyncio.sleep(0.5)
            raise AssertionError(f"not within {FOUND_WITHIN_S} s: {product.output()[-3000:]}")

        record = await found()
        assert record["end_reason"]["code"] == "server_lost"
        assert [(turn["role"], turn["text"]) for turn in record["turns"]] == [("agent", GREETING)]
        assert record["recording"]["state"] == "ready"
        assert record["recording"]["duration_s"] == pytest.approx(SEGMENT_S, abs=1.0)
        async with httpx.AsyncClient(timeout=20) as anybody:
            mp3 = await anybody.get(record["recording"]["url"].replace(PUBLIC, loopback))
        assert mp3.status_code == 200 and len(mp3.content) > 10_000
    assert "Traceback" not in product.output()
