"""What a vendor answers to a question about a key is bounded, whoever the address belongs to."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator, Sequence

import pytest
from aiohttp import web

from tests.providers.vendors.conftest import KEY
from tests.simulators.server import Simulator
from voice.core.errors import NonsenseError, ProviderError
from voice.providers import answer_size, registry
from voice.providers.access import VENDORS, VendorAccess

LARGEST_BYTES = 500_000
PART = b" " * 65_536
LISTS: dict[str, object] = {"projects": [], "stt": [], "tts": [], "voices": [], "data": [], "object": "list"}


class Flood(Simulator):
    """Answers whatever it is asked with white space, which JSON may begin with, and never ends it."""

    def __init__(self) -> None:
        super().__init__()
        self.sent_bytes = 0
        self.asked_for: list[str] = []
        # Instead of the flood: sent as gzip, whatever was asked for.
        self.compressed: bytes | None = None

    def routes(self) -> Sequence[web.RouteDef]:  # type: ignore[override]
        return [web.get("/{path:.*}", self._answer)]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked_for.append(request.headers.get("Accept-Encoding", ""))
        headers = {"Content-Type": "application/json"}
        if self.compressed is not None:
            return web.Response(body=self.compressed, headers={**headers, "Content-Encoding": "gzip"})
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        while True:
            await response.write(PART)
            self.sent_bytes += len(PART)


@pytest.fixture
async def flood(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Flood]:
    monkeypatch.setattr(answer_size, "LARGEST_ANSWER_BYTES", LARGEST_BYTES)
    async with Flood() as flood:
        yield flood


@pytest.mark.parametrize("vendor", VENDORS)
async def test_an_answer_without_an_end_to_a_check_of_a_key_is_given_up(flood: Flood, vendor: str) -> None:
    with pytest.raises(ProviderError):
        await registry.check_key(VendorAccess(vendor, KEY, flood.base_url))
    assert flood.sent_bytes < 20 * LARGEST_BYTES  # the rest is on its way in the machine's buffers
    assert set(flood.asked_for) == {"identity"}


@pytest.mark.parametrize("vendor", ["deepgram", "elevenlabs"])
async def test_a_list_without_an_end_is_nonsense(flood: Flood, vendor: str) -> None:
    with pytest.raises(NonsenseError, match="too large"):
        await registry.listed(VendorAccess(vendor, KEY, flood.base_url))


@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_small_answer_that_would_unfold_into_a_large_one_is_not_read(
    flood: Flood, vendor: str
) -> None:
    flood.compressed = gzip.compress(PART * 100 + json.dumps(LISTS).encode())
    assert len(flood.compressed) < LARGEST_BYTES
    with pytest.raises(ProviderError):
        await registry.check_key(VendorAccess(vendor, KEY, flood.base_url))
