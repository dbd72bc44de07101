"""Deepgram's streaming transcription (v1, nova-3) behind the speech-to-text port, through Deepgram's SDK."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

from deepgram import AsyncDeepgramClient
from deepgram.core.api_error import ApiError
from deepgram.environment import DeepgramClientEnvironment
from websockets.exceptions import InvalidHandshake

from voice.core.audio import AudioFormat, Encoding
from voice.core.errors import RequestError
from voice.core.spec import AgentSpec
from voice.providers.access import VendorAccess
from voice.providers.deepgram.errors import PROVIDER, lost
from voice.providers.deepgram.stream import DeepgramStream

# The SDK's own limit is ten seconds.
CONNECT_LIMIT_S = 5.0
ENCODINGS = {Encoding.PCM_S16LE: "linear16", Encoding.MULAW: "mulaw"}
# Deepgram takes 500 tokens of key terms in all; a term has two to three.
MOST_KEY_TERMS = 100


class DeepgramTranscriber:
    """One connection a call, opened when the call begins."""

    # A final costs no more than a message, so that hardly anything speaks for waiting.
    finalize_after_ms = 200
    guesses_well = True

    def __init__(self, access: VendorAccess) -> None:
        self._access = access
        self._client = AsyncDeepgramClient(api_key=access.api_key, **environment(access.base_url))

    async def open(self, agent: AgentSpec, audio: AudioFormat) -> DeepgramStream:
        """Raises ProviderError."""
        if audio.encoding not in ENCODINGS:
            raise RequestError(PROVIDER, f"it cannot hear {audio.encoding}")
        async with AsyncExitStack() as opening:
            try:
                async with asyncio.timeout(CONNECT_LIMIT_S):
                    socket = await opening.enter_async_context(
                        self._client.listen.v1.connect(**_options(agent, audio))
                    )
            except (ApiError, OSError, TimeoutError, InvalidHandshake) as error:
                raise lost(self._access, error) from None  # the SDK's error holds the key
            return DeepgramStream(self._access, socket, audio, opening.pop_all())

    async def aclose(self) -> None:
        """Streams belong to their calls; there is nothing else to close."""


def _options(agent: AgentSpec, audio: AudioFormat) -> dict[str, Any]:
    return {
        "model": agent.transcriber.model,
        "language": agent.language,
        "encoding": ENCODINGS[audio.encoding],
        "sample_rate": audio.rate_hz,
        "channels": 1,
        "interim_results": True,
        "endpointing": 300,
        "smart_format": True,
        "punctuate": True,
        "keyterm": list(agent.transcriber.key_terms[:MOST_KEY_TERMS]) or None,
        # Without it a final waits until a number that the caller is dictating seems complete.
        "request_options": {"additional_query_parameters": {"no_delay": "true"}},
    }


def environment(base_url: str) -> dict[str, Any]:
    """The SDK takes an address only as a whole set of them, and the scheme of sockets from there."""
    if not base_url:
        return {}
    http = base_url.rstrip("/")
    sockets = http.replace("http", "ws", 1)
    return {
        "environment": DeepgramClientEnvironment(
            base=http, production=sockets, agent=sockets, agent_rest=http
        )
    }
