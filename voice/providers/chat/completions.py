"""Chat completions as OpenAI began them, behind the language-model port, through a vendor's own SDK.

Groq's SDK and OpenAI's are made by the same generator: their clients and errors have the same names, and
they stand on two generations of the same HTTP client.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from types import ModuleType
from typing import Any

from voice.core.errors import NonsenseError, ProviderError, RequestError, UnreachableError
from voice.core.ports import ModelOutput, TextDelta
from voice.core.spec import AgentSpec, Message
from voice.core.usage import TokenUsage
from voice.providers.access import VendorAccess
from voice.providers.answer_size import UNCOMPRESSED, size_limit
from voice.providers.chat.chunks import failure, texts
from voice.providers.chat.instructions import chat_messages, conversation_to_summarise
from voice.providers.chat.prompt import PromptBuilder
from voice.providers.chat.thoughts import Thoughts
from voice.providers.chat.tokens import estimated_tokens, token_usage
from voice.providers.chat.tools import (
    CALM_TEMPERATURE,
    CallPieces,
    MalformedCallError,
    is_malformed_call,
    offered,
)
from voice.providers.sdk_errors import SdkErrors

logger = logging.getLogger(__name__)

# Each read; the caller of the port limits the silence before the first token and after it.
READ_LIMIT_S = 10.0
CONNECT_LIMIT_S = 2.0
# A caller thinks for longer than the client keeps a connection by itself; a new one costs two round trips.
KEPT_S = 120.0
MOST_CONNECTIONS = 200
WARM_LIMIT_S = 2.0
LONGEST_REPLY_CHARACTERS = 20_000
SUMMARY_WORDS = 250
# A word of most languages is less than two tokens.
SUMMARY_TOKENS = 2 * SUMMARY_WORDS
SUMMARY_TEMPERATURE = 0.2


class ChatCompletions:
    """One client, and so one pool of connections, for all calls with the same key."""

    # Of chat completions, below the client's address.
    path = "/chat/completions"
    # A vendor answers within half a second: what takes longer will mostly not come.
    silence_limit_ms = 1_200.0

    def __init__(self, access: VendorAccess, sdk: ModuleType, http: ModuleType, client: type[Any]) -> None:
        """`client` of `sdk`, which stands on `http`. Raises ProviderError for an address that is none."""
        self._access = access
        self._errors = SdkErrors(access, sdk, http)
        self._absences: tuple[type[Exception], ...] = (TimeoutError, ProviderError, *self._errors.kinds)
        self._stream_kind = sdk.AsyncStream[object]
        timeout = http.Timeout(READ_LIMIT_S, connect=CONNECT_LIMIT_S, pool=CONNECT_LIMIT_S)
        limits = http.Limits(max_connections=MOST_CONNECTIONS, keepalive_expiry=KEPT_S)
        try:
            self._client = client(
                api_key=access.api_key or "none",  # local servers want none, the SDKs do
                base_url=self.address(access.base_url),
                # A turn cannot sit out a retry-after of 45 s; whoever asks decides what to do instead.
                max_retries=0,
                timeout=timeout,
                default_headers=UNCOMPRESSED,
                http_client=sdk.DefaultAsyncHttpxClient(
                    limits=limits,
                    timeout=timeout,
                    event_hooks={"response": [size_limit(http, access.vendor)]},
                    # An address that a customer named must not lead on to one that they may not name.
                    follow_redirects=False,
                ),
            )
        except (http.InvalidURL, ValueError) as error:
            raise RequestError(access.vendor, f"its address cannot be used: {error}") from None
        self._prompts = PromptBuilder()

    def address(self, base_url: str) -> str | None:
        """What the SDK takes for it; None for the vendor's own."""
        return base_url or None

    def options(self, agent: AgentSpec) -> dict[str, Any]:
        """What this vendor is told of length and reasoning, in its own words."""
        raise NotImplementedError

    async def reply(self, agent: AgentSpec, messages: Sequence[Message]) -> AsyncGenerator[ModelOutput, None]:
        """Raises ProviderError. Closing it closes the request, which stops the model.

        A model that cannot call its tools properly is asked again, calmer, and then without them.
        """
        system = {"role": "system", "content": await self._prompts.system(agent, messages)}
        asked = [system, *chat_messages(messages)]
        calm = replace(agent.model, temperature=min(CALM_TEMPERATURE, agent.model.temperature / 2))
        tries = [agent, replace(agent, model=calm), replace(agent, tools=())] if agent.tools else [agent]
        for place, each in enumerate(tries):
            has_written = False
            try:
                async with aclosing(self._written(each, asked)) as outputs:
                    async for output in outputs:
                        has_written |= isinstance(output, TextDelta) and bool(output.text)
                        yield output
            except MalformedCallError:
                if has_written or place == len(tries) - 1:
                    raise
            else:
                return

    async def summarise(
        self, agent: AgentSpec, messages: Sequence[Message]
    ) -> AsyncGenerator[TextDelta, None]:
        """Raises ProviderError."""
        model = replace(agent.model, temperature=SUMMARY_TEMPERATURE, max_tokens=SUMMARY_TOKENS)
        asked = conversation_to_summarise(messages, SUMMARY_WORDS)
        async with aclosing(self._written(replace(agent, model=model, tools=()), asked)) as deltas:
            async for delta in deltas:
                if isinstance(delta, TextDelta):
                    yield delta

    async def _written(
        self, agent: AgentSpec, messages: list[dict[str, Any]]
    ) -> AsyncGenerator[ModelOutput, None]:
        """What the model writes, as it writes it, then its calls of tools. Raises ProviderError."""
        calls, thoughts = CallPieces(self._access.vendor), Thoughts()
        try:
            # Past the SDK's typed method: checking what we send against its types takes it 5 ms a turn.
            stream = await self._client.post(
                self.path,
                body={
                    "model": agent.model.name,
                    "messages": messages,
                    "stream": True,
                    "temperature": agent.model.temperature,
                    **self.options(agent),
                    **offered(agent),
                },
                cast_to=object,
                stream=True,
                stream_cls=self._stream_kind,
            )
            async with stream:  # a bare break out of it would leave the model writing
                length, is_answer = 0, False
                yield TextDelta("", tokens=TokenUsage(estimated_tokens(messages), 0))
                async for chunk in stream:
                    is_answer = True
                    self._raise_failure(chunk)
                    for text in texts(chunk, self._access.vendor):
                        length += len(text)
                        if length > LONGEST_REPLY_CHARACTERS:
                            raise NonsenseError(self._access.vendor, "its answer does not end")
                        if said := thoughts.without(text):
                            yield TextDelta(said)
                    calls.take(chunk)
                    if tokens := token_usage(chunk):
                        yield TextDelta("", tokens=tokens)
                if not is_answer:  # a page of a proxy, say
                    raise NonsenseError(self._access.vendor, "it answered with something else")
            if rest := thoughts.rest():
                yield TextDelta(rest)
            for call in calls.calls():
                yield call
        except ProviderError:
            raise
        except self._errors.kinds as error:
            if is_malformed_call(error):
                told = self._errors.told(error)
                raise MalformedCallError(self._access.vendor, f"it called a tool wrongly: {told}") from None
            raise self._errors.named(error) from None  # its request holds the key

    async def warm(self, agent: AgentSpec) -> None:
        """Opens the connection and indexes the knowledge before the first question."""
        await self._prompts.warm(agent)
        try:
            async with asyncio.timeout(WARM_LIMIT_S):
                await self._client.models.list()
        except self._absences as error:
            logger.info("%s could not be reached beforehand: %s", self._access.vendor, type(error).__name__)

    async def models(self) -> list[str]:
        """The names of what the vendor says it has. Raises ProviderError."""
        return [str(model.id) for model in await self.models_listed()]

    async def models_listed(self) -> list[Any]:
        """As the SDK has them, with the vendor's own fields. Raises ProviderError."""
        try:
            async with asyncio.timeout(READ_LIMIT_S):
                found = await self._client.models.list()
        except self._errors.kinds as error:
            raise self._errors.named(error) from None
        except TimeoutError:
            raise UnreachableError(self._access.vendor, "it did not answer in time") from None
        return list(found.data)

    async def aclose(self) -> None:
        await self._client.close()

    def _raise_failure(self, chunk: object) -> None:
        """Raises UnreachableError when Groq says that it breaks off."""
        if told := failure(chunk):
            raise UnreachableError(self._access.vendor, f"it gave up: {self._errors.told(told)}")
