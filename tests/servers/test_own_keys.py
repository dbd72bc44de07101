"""Organisations' own vendor keys on a started server, from storing to a refusal; every sink is searched."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.browser.product import free_port
from tests.servers.ground import Ground, Organisation, StartedServer
from tests.simulators.deepgram import DeepgramSimulator
from tests.simulators.elevenlabs import ElevenLabsSimulator
from tests.simulators.groq import GroqSimulator
from tests.simulators.server import Fault, Simulator
from voice.edge.terminal_caller import TerminalCaller

KEY = "canary_own_vendor_key_2f86c1"
OTHER_KEY = "canary_own_vendor_key_of_the_other"
CANARY = "canary_own_vendor_key"
ANSWER = "We open at nine."
AGENT: dict[str, Any] = {
    "model": {"provider": "groq", "name": "openai/gpt-oss-20b"},
    "voice": {"provider": "elevenlabs", "id": "EXAVITQu4vr4xnSDxMaL"},
    "transcriber": {"provider": "deepgram", "model": "nova-3"},
}


@dataclass
class Vendors:
    deepgram: DeepgramSimulator
    groq: GroqSimulator
    elevenlabs: ElevenLabsSimulator

    @property
    def all(self) -> tuple[Simulator, ...]:
        return (self.deepgram, self.groq, self.elevenlabs)


@pytest.fixture
async def vendors() -> AsyncIterator[Vendors]:
    async with (
        DeepgramSimulator(interim_ms=100, final_ms=150) as deepgram,
        GroqSimulator(first_token_ms=50, tokens_a_second=300) as groq,
        ElevenLabsSimulator(first_audio_ms=50, times_real_time=8) as elevenlabs,
    ):
        groq.answer = lambda messages: ANSWER
        yield Vendors(deepgram, groq, elevenlabs)


@pytest.fixture
def talkative(ground: Ground, vendors: Vendors, monkeypatch: pytest.MonkeyPatch) -> Iterator[StartedServer]:
    """Without a key of its own, and with everything in its log."""
    monkeypatch.setitem(ground.environment, "LOG_LEVEL", "DEBUG")
    server = ground.start("uvicorn", free_port())
    yield server
    server.stop()


class Program:
    """What an organisation's server does over REST; all that it is told is kept."""

    def __init__(self, server: StartedServer, organisation: Organisation) -> None:
        self._root = f"http://127.0.0.1:{server.port}/api/dashboard/vendors"
        self._headers = {"x-api-key": organisation.key}
        self.told = ""

    async def ask(self, method: str, path: str = "", **body: Any) -> httpx.Response:
        async with httpx.AsyncClient(headers=self._headers, timeout=30) as client:
            response = await client.request(method, self._root + path, json=body or None)
        self.told += response.text
        return response

    async def store(self, simulator: Simulator, key: str) -> httpx.Response:
        return await self.ask("PUT", f"/{simulator.vendor}", api_key=key, base_url=simulator.base_url)


async def asked(server: StartedServer, organisation: Organisation) -> str:
    """The agent's last words in a call in which the caller types a question."""
    async with TerminalCaller(server.address, api_key=organisation.key, audio="pcm_24000") as caller:
        await caller.wait_for("connected")
        await caller.send("text", {"text": "When do you open?"})
        await caller.wait_for("audioEnd")
        said = [each.payload for each in caller.of_type("transcript") if each.payload["role"] == "assistant"]
        await caller.send("hangup")
        await caller.wait_until_over()
    return str(said[-1]["text"])


async def test_own_keys_are_checked_used_refused_and_seen_nowhere(
    ground: Ground, talkative: StartedServer, vendors: Vendors
) -> None:
    acme, other = ground.organisation(**AGENT), ground.organisation(**AGENT)
    programs = Program(talkative, acme), Program(talkative, other)

    for simulator in vendors.all:
        refused = await programs[0].store(simulator, f"bad_{KEY}")
        assert refused.status_code == 400 and "nvalid" in refused.json()["errors"][0]["message"]
        assert (await programs[0].store(simulator, KEY)).json()["key"]["state"] == "works"
        assert (await programs[1].store(simulator, OTHER_KEY)).status_code == 200
    assert await asked(talkative, acme) == await asked(talkative, other) == ANSWER

    words = f"Incorrect API key provided: {KEY}"
    vendors.groq.faults.extend([Fault(status=401, body={"error": {"message": words}})] * 3)
    assert await asked(talkative, acme) != ANSWER
    vendors.groq.faults.clear()
    assert await asked(talkative, other) == ANSWER
    of_acme, of_other = [(await program.ask("GET", "/groq")).json()["key"] for program in programs]
    assert of_acme["state"] == "refused" and "Incorrect API key provided: [key]" in of_acme["said"]
    assert of_other["state"] == "works"

    assert (await programs[0].ask("POST", "/groq/test")).json()["key"]["state"] == "works"
    for organisation in (acme, other):
        await ground.ended_calls(organisation)
    used = {headers for simulator in vendors.all for headers in keys_seen(simulator)}
    assert {KEY, OTHER_KEY} <= used
    talkative.stop()
    assert CANARY not in talkative.output() + "".join(program.told for program in programs)
    assert "Traceback" not in talkative.output()
    searched = [path for path in ground.folder.rglob("*") if path.is_file()]
    assert any("journals" in path.parts for path in searched)
    assert [path for path in searched if CANARY.encode() in path.read_bytes()] == []


def keys_seen(simulator: Simulator) -> set[str]:
    """Those that requests carried, in whichever header the vendor wants them."""
    values = {value for request in simulator.requests for value in request.headers.values()}
    return {value.split()[-1] for value in values if CANARY in value}
