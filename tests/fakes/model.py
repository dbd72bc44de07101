"""A language model that answers what it is told to answer, as fast as it is told to."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence

from voice.core.errors import ProviderError
from voice.core.ports import ModelOutput, TextDelta
from voice.core.spec import AgentSpec, Message
from voice.core.tools import ToolCall
from voice.core.usage import TokenUsage


class Acts:
    """An answer that calls tools, each as (name, arguments), after `text`; `breaks` off between them."""

    def __init__(self, *calls: tuple[str, str], text: str = "", breaks: bool = False) -> None:
        self.text = text
        self.breaks = breaks
        # As some models do, the ids begin anew with every answer.
        self.calls = [ToolCall(f"call_{n}", name, arguments) for n, (name, arguments) in enumerate(calls)]


Answer = str | Exception | Acts | Callable[[Sequence[Message]], str]


class FakeModel:
    """Gives `answers` in order, then the last one for ever. An exception is raised instead of a first token.

    `stalls_after` words it says no more until it is closed; `breaks_after` words it is gone.
    """

    silence_limit_ms = 1_200.0

    def __init__(self, *answers: Answer, first_token_ms: float = 200.0, token_ms: float = 3.0) -> None:
        self.answers: list[Answer] = list(answers) or ["All right."]
        self.first_token_ms = first_token_ms
        self.token_ms = token_ms
        self.stalls_after: int | None = None
        self.breaks_after: int | None = None
        # What it counts of each request, read and written.
        self.tokens: tuple[int, int] | None = None
        self.understood = True
        self.requests: list[tuple[Message, ...]] = []
        # As whom it was asked last.
        self.agent: AgentSpec | None = None
        # The tools that it might call each time.
        self.offered: list[list[str]] = []
        # What it says when it is asked for a summary, and what it was to summarise.
        self.summary: Answer = ""
        self.summary_ms = 1_000.0
        self.summarised: list[tuple[Message, ...]] = []
        self.most_summaries_at_once = self._summaries = 0
        self.open_streams = 0
        self.warmed = 0

    async def warm(self, agent: AgentSpec) -> None:
        self.warmed += 1

    async def reply(self, agent: AgentSpec, messages: Sequence[Message]) -> AsyncIterator[ModelOutput]:
        self.requests.append(tuple(messages))
        self.agent = agent
        self.offered.append([tool.name for tool in agent.tools])
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        self.open_streams += 1
        try:
            await asyncio.sleep(self.first_token_ms / 1000)
            if isinstance(answer, Exception):
                raise answer
            if self.tokens is not None:
                yield TextDelta("", tokens=TokenUsage(self.tokens[0], 0))
            calls = answer.calls if isinstance(answer, Acts) else []
            text = answer.text if isinstance(answer, Acts) else answer
            text = text if isinstance(text, str) else text(messages)
            for index, token in enumerate(re.findall(r"\s*\S+|\s+$", text)):
                if index == self.stalls_after:
                    await asyncio.sleep(3600)
                if index == self.breaks_after:
                    raise ProviderError("fake", "broke off", retryable=True)
                yield TextDelta(token, self.understood)
                await asyncio.sleep(self.token_ms / 1000)
            if self.tokens is not None:
                yield TextDelta("", tokens=TokenUsage(*self.tokens))
            if isinstance(answer, Acts) and answer.breaks:
                raise ProviderError("fake", "broke off", retryable=True)
            for call in calls:
                yield call
        finally:
            self.open_streams -= 1

    async def summarise(self, agent: AgentSpec, messages: Sequence[Message]) -> AsyncIterator[TextDelta]:
        self.summarised.append(tuple(messages))
        self.open_streams += 1
        self._summaries += 1
        self.most_summaries_at_once = max(self.most_summaries_at_once, self._summaries)
        try:
            await asyncio.sleep(self.summary_ms / 1000)
            if isinstance(self.summary, Exception):
                raise self.summary
            yield TextDelta(self.summary if isinstance(self.summary, str) else self.summary(messages))
            if self.tokens is not None:
                yield TextDelta("", tokens=TokenUsage(self.tokens[0], 0))
                yield TextDelta("", tokens=TokenUsage(*self.tokens))
        finally:
            self.open_streams -= 1
            self._summaries -= 1
