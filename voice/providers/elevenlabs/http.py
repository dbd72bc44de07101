"""ElevenLabs over HTTP, a request for each piece: where its socket cannot be had.

The SDK (2.78) passes over lines that are no JSON and puts no bound on them, so the wire is read here.
Protocol: `POST /v1/text-to-speech/{voice}/stream/with-timestamps`, answered by a line of JSON for each chunk.
"""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import quote

import httpx
import orjson

from voice.core.errors import NonsenseError, UnreachableError
from voice.providers.access import VendorAccess
from voice.providers.elevenlabs.errors import PROVIDER, of_body
from voice.providers.elevenlabs.lines import lines_of
from voice.providers.elevenlabs.piece import MODEL, Manner, Spoken, characters
from voice.providers.elevenlabs.socket import OWN_ADDRESS

CONNECT_LIMIT_S = 2.0
READ_LIMIT_S = 10.0
TIMEOUT = httpx.Timeout(READ_LIMIT_S, connect=CONNECT_LIMIT_S, pool=1.0)
# A caller thinks for longer than the client keeps a connection by itself.
LIMITS = httpx.Limits(max_connections=200, max_keepalive_connections=50, keepalive_expiry=120.0)
LARGEST_REFUSAL_BYTES = 65_536


def new_client() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=TIMEOUT, limits=LIMITS)


class RequestPerPiece:
    """One call's; the connections are shared by all."""

    def __init__(self, access: VendorAccess, manner: Manner, client: httpx.AsyncClient) -> None:
        """Owns nothing."""
        self._access = access
        self._manner = manner
        self._client = client
        self._headers = {"xi-api-key": access.api_key}
        base = (access.base_url or OWN_ADDRESS).rstrip("/")
        self._url = f"{base}/v1/text-to-speech/{quote(manner.voice.id, safe='')}/stream/with-timestamps"
        self._pieces = 0

    @classmethod
    async def open(cls, access: VendorAccess, manner: Manner, client: httpx.AsyncClient) -> RequestPerPiece:
        """Makes a connection before it is needed. Raises UnreachableError."""
        way = cls(access, manner, client)
        try:
            await client.head(way._url, headers=way._headers)  # whatever it answers, it is there
        except httpx.HTTPError as error:
            raise UnreachableError(PROVIDER, f"no connection ({type(error).__name__})") from None
        return way

    @property
    def is_open(self) -> bool:
        return not self._client.is_closed

    @property
    def is_busy(self) -> bool:
        return self._pieces > 0

    async def speak(self, text: str) -> AsyncGenerator[Spoken, None]:
        asked = {
            "text": text,
            "model_id": MODEL,
            "language_code": self._manner.language_code,
            "voice_settings": self._manner.settings,
        }
        query = {"output_format": self._manner.output_format}
        self._pieces += 1
        try:
            async with self._client.stream(
                "POST", self._url, params=query, json=asked, headers=self._headers
            ) as response:
                if response.status_code != 200:
                    raise of_body(
                        self._access, response.status_code, await _refusal(response), response.headers
                    )
                lines = lines_of(response.aiter_bytes())
                try:
                    async for line in lines:
                        yield _spoken(line)
                finally:
                    await response.aclose()  # before its iterators, which would do it whenever they are found
                    await lines.aclose()
        except (httpx.HTTPError, TimeoutError) as error:
            raise UnreachableError(PROVIDER, f"its voice broke off ({type(error).__name__})") from None
        finally:
            self._pieces -= 1

    async def aclose(self) -> None:
        """Pieces end with their iterators."""


def _spoken(line: bytes) -> Spoken:
    """Its times count from the beginning of the piece, in seconds."""
    try:
        message = orjson.loads(line)
        audio = base64.b64decode(message.get("audio_base64") or "", validate=True)
        alignment = message.get("alignment") or {}
        return Spoken(
            audio,
            characters(
                alignment.get("characters") or (),
                (start_s * 1000 for start_s in alignment.get("character_start_times_seconds") or ()),
                (end_s * 1000 for end_s in alignment.get("character_end_times_seconds") or ()),
            ),
        )
    except (ValueError, TypeError, AttributeError):
        raise NonsenseError(PROVIDER, "it sent something that is no audio message") from None


async def _refusal(response: httpx.Response) -> Any:
    told = b""
    async for piece in response.aiter_bytes():
        told += piece
        if len(told) > LARGEST_REFUSAL_BYTES:
            break
    try:
        return json.loads(told)
    except ValueError:
        return {}
