"""The agent's language model, and those that stand in for it: one reply, whoever writes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from dataclasses import replace

from voice.core.errors import ProviderError, UnreachableError
from voice.core.events import PortName, ProviderSwitched
from voice.core.ports import LanguageModel, ModelOutput, Ports, Spare, TextDelta
from voice.core.spec import AgentSpec, Message, ModelSpec, Role
from voice.core.tools import ToolCall
from voice.engine.breaker import BREAKERS, Breakers
from voice.engine.continuation import Continuation
from voice.engine.model_stream import close_iterator


class ModelWithSpares:
    """A language model port. What one model has written is kept: the next one goes on from there."""

    @property
    def silence_limit_ms(self) -> float:
        return self._models[0].port.silence_limit_ms

    def __init__(
        self,
        agent: AgentSpec,
        ports: Ports,
        switched: Callable[[ProviderSwitched], None],
        breakers: Breakers = BREAKERS,
    ) -> None:
        self._models = (Spare(agent.model, ports.model), *ports.spare_models)
        self._switched = switched
        self._breakers = breakers

    async def warm(self, agent: AgentSpec) -> None:
        """All of them: who stands in is asked when there is no time left."""
        await asyncio.gather(*(each.port.warm(replace(agent, model=each.choice)) for each in self._models))

    async def reply(self, agent: AgentSpec, messages: Sequence[Message]) -> AsyncGenerator[ModelOutput, None]:
        """Raises the last one's ProviderError when none can write it.

        What the last one broke off in the middle, it is asked once to go on with.
        """
        written, is_asked_again = "", False
        asked, hurried = self._to_ask()
        for place, model in enumerate(asked):
            joint, calls = Continuation(written), list[ToolCall]()
            breaker = self._breakers.of(model.port, model.choice.name)
            unfinished = (Message(Role.AGENT, written, is_unfinished=True),) if written.strip() else ()
            deltas = model.port.reply(replace(agent, model=model.choice), (*messages, *unfinished))
            has_spare = place + 1 < len(asked)
            try:
                async for output in _in_time(deltas, model) if place < hurried else deltas:
                    if isinstance(output, ToolCall):
                        calls.append(output)
                        continue
                    text = joint.push(output.text)
                    written += text
                    yield _signed(replace(output, text=text), model.choice)
                if rest := joint.flush():
                    written += rest
                    yield TextDelta(rest)
                breaker.succeeded()
                for call in calls:  # of a model that breaks off, nothing is carried out
                    yield call
            except ProviderError as error:
                breaker.failed(error)
                if not has_spare:
                    if is_asked_again or not error.retryable or not written.strip():
                        raise  # whoever has said nothing yet may be asked the whole question again
                    is_asked_again = True
                    asked.append(model)
                    continue
                instead = asked[place + 1].choice.provider
                kind = type(error).__name__
                self._switched(ProviderSwitched(PortName.MODEL, model.choice.provider, instead, kind))
            else:
                return
            finally:
                await close_iterator(deltas)

    async def summarise(
        self, agent: AgentSpec, messages: Sequence[Message]
    ) -> AsyncGenerator[TextDelta, None]:
        """By the first that is well; nobody waits for it, so that the others are left to the replies.

        Nor does it try, for all, whether one that has failed is well again.
        """
        well = (each for each in self._models if not self._breakers.of(each.port, each.choice.name).is_open)
        model = next(well, self._models[0])
        deltas = model.port.summarise(replace(agent, model=model.choice), messages)
        try:
            async for delta in deltas:
                yield _signed(delta, model.choice)
        finally:
            await close_iterator(deltas)

    def _to_ask(self) -> tuple[list[Spare[ModelSpec, LanguageModel]], int]:
        """In this order, and how many of the first have to hurry, since one who is well comes after them; the
        others have the limits that a reply has.

        Who has just failed is asked last, and not at all where the next request would be refused too; if that
        holds for all, the caller is worth another try with each.
        """
        well: list[Spare[ModelSpec, LanguageModel]] = []
        failed: list[Spare[ModelSpec, LanguageModel]] = []
        for each in self._models:
            breaker = self._breakers.of(each.port, each.choice.name)
            if breaker.admits():
                well.append(each)
            elif not breaker.refused:
                failed.append(each)
        if not well:
            return list(self._models), len(self._models) - 1
        return [*well, *failed], len(well) - 1


def _signed(delta: TextDelta, model: ModelSpec) -> TextDelta:
    """Whose tokens they are, a port need not say."""
    if delta.tokens is None:
        return delta
    return replace(delta, tokens=replace(delta.tokens, provider=model.provider, name=model.name))


async def _in_time(
    deltas: AsyncIterator[ModelOutput], model: Spare[ModelSpec, LanguageModel]
) -> AsyncIterator[ModelOutput]:
    """Raises UnreachableError when the model says nothing for too long."""
    limit_s = model.port.silence_limit_ms / 1000
    while True:
        try:
            async with asyncio.timeout(limit_s):
                delta = await anext(deltas)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise UnreachableError(model.choice.provider, f"no text for {limit_s:g} s") from None
        yield delta
