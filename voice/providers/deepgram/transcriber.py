"""Deepgram's streaming transcription, both generations, behind the speech-to-text port, through its SDK."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any

from deepgram import AsyncDeepgramClient
from deepgram.core.api_error import ApiError
from deepgram.environment import DeepgramClientEnvironment
from websockets.exceptions import InvalidHandshake

from voice.core.audio import AudioFormat, Encoding
from voice.core.errors import RequestError
from voice.core.spec import AgentSpec
from voice.providers.access import VendorAccess
from voice.providers.deepgram.connection import DeepgramConnection
from voice.providers.deepgram.errors import PROVIDER, lost
from voice.providers.deepgram.flux import FluxStream
from voice.providers.deepgram.stream import NovaStream
from voice.providers.deepgram.transport import DeepgramTransport, transport_of

# The SDK's own limit is ten seconds.
CONNECT_LIMIT_S = 5.0
ENCODINGS = {Encoding.PCM_S16LE: "linear16", Encoding.MULAW: "mulaw"}
WITH_COUNTRY = frozenset({"en-US", "en-GB", "en-AU", "en-IN", "en-NZ", "pt-BR", "pt-PT", "fr-CA", "es-419"})
# Deepgram takes 500 tokens of key terms in all; a term has two to three.
MOST_KEY_TERMS = 100


class DeepgramTranscriber:
    """One connection a call, opened when the call begins."""

    # A final costs no more than a message, so that hardly anything speaks for waiting.
    finalize_after_ms = 200
    guesses_well = True

    def __init__(self, access: VendorAccess) -> None:
        self._access = access
        self._client = AsyncDeepgramClient(
            api_key=access.api_key, transport_factory=DeepgramTransport, **environment(access.base_url)
        )

    async def open(self, agent: AgentSpec, audio: AudioFormat) -> DeepgramConnection:
        """Raises ProviderError."""
        if audio.encoding not in ENCODINGS:
            raise RequestError(PROVIDER, f"it cannot hear {audio.encoding}")
        async with AsyncExitStack() as opening:
            try:
                async with asyncio.timeout(CONNECT_LIMIT_S):
                    socket = await opening.enter_async_context(self._connect(agent, audio))
                    await transport_of(socket).open()
            except (ApiError, OSError, TimeoutError, InvalidHandshake) as error:
                raise lost(self._access, error) from None  # the SDK's error holds the key
            kind = FluxStream if is_flux(agent) else NovaStream
            return kind(self._access, socket, audio, opening.pop_all())

    def _connect(self, agent: AgentSpec, audio: AudioFormat) -> AbstractAsyncContextManager[Any]:
        listen = self._client.listen
        opened: AbstractAsyncContextManager[Any]
        if is_flux(agent):
            opened = listen.v2.connect(**_flux_options(agent, audio))
        else:
            opened = listen.v1.connect(**_options(agent, audio))
        return opened

    async def aclose(self) -> None:
        """Streams belong to their calls; there is nothing else to close."""


def is_flux(agent: AgentSpec) -> bool:
    return agent.transcriber.model.startswith("flux")


def _flux_options(agent: AgentSpec, audio: AudioFormat) -> dict[str, Any]:
    """When a turn is over, the engine decides; what Flux thinks of that has a say in it."""
    turns = agent.turn_taking
    return {
        "model": agent.transcriber.model,
        "encoding": ENCODINGS[audio.encoding],
        "sample_rate": audio.rate_hz,
        "eot_threshold": turns.end_confidence,
        # Without it Flux tells of an end only when it is sure.
        "eager_eot_threshold": min(turns.early_end_confidence, turns.end_confidence)
        if turns.drafts
        else None,
        "keyterm": list(agent.transcriber.key_terms[:MOST_KEY_TERMS]) or None,
    }


def _options(agent: AgentSpec, audio: AudioFormat) -> dict[str, Any]:
    return {
        "model": agent.transcriber.model,
        "language": _language(agent.language),
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


def _language(code: str) -> str:
    """Nova knows the countries of some languages only, and refuses a code that it does not know."""
    return code if code in WITH_COUNTRY else code.split("-")[0]


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
