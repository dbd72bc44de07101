"""What a call remembers: its history, of which the oldest part is summarised before it is left out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from voice.core.clock import now_ms
from voice.core.errors import ProviderError
from voice.core.events import HistorySummarised
from voice.core.ports import LanguageModel
from voice.core.spec import Message, SessionSpec
from voice.engine.history import History
from voice.engine.how_it_begins import history_of
from voice.engine.model_stream import close_iterator
from voice.engine.spawn import Spawn
from voice.engine.usage import ReplyUsage, UsageMeter

logger = logging.getLogger(__name__)

TIME_LIMIT_S = 20.0
# After one that failed: whatever was wrong with the model may be well again.
PAUSE_MS = 60_000.0


class Memory:
    """Summaries are made beside the turns, one at a time. Without one the oldest messages are forgotten."""

    def __init__(
        self,
        spec: SessionSpec,
        model: LanguageModel,
        spawn: Spawn,
        summarised: Callable[[HistorySummarised], None],
        usage: UsageMeter,
    ) -> None:
        self.history = History(history_of(spec), spec.agent.model.history_tokens)
        self._agent = spec.agent
        self._model = model
        self._spawn = spawn
        self._summarised = summarised
        self._usage = usage
        self._task: asyncio.Task[None] | None = None
        self._not_before_ms = 0.0

    def agent_did(self, messages: Sequence[Message]) -> None:
        """What has been heard of an utterance, and what tools have been called for it. Never waits."""
        self.history.agent_did(messages)
        if (self._task is not None and not self._task.done()) or now_ms() < self._not_before_ms:
            return
        if oldest := self.history.worth_summarising():
            self._task = self._spawn(self._summarise(oldest), "summary")

    async def _summarise(self, messages: tuple[Message, ...]) -> None:
        text = await self._notes_on(messages)
        if not text:
            self._not_before_ms = now_ms() + PAUSE_MS
            return
        self.history.summarised(messages, text)
        summary = self.history.messages[0].text
        self._summarised(HistorySummarised(summary, messages_before=self.history.gone))

    async def _notes_on(self, messages: tuple[Message, ...]) -> str:
        """Empty where there are none to be had."""
        written, usage = "", ReplyUsage(self._usage)
        deltas = self._model.summarise(self._agent, messages)
        try:
            async with asyncio.timeout(TIME_LIMIT_S):
                async for delta in deltas:
                    written += delta.text
                    usage.wrote(delta.text, delta.tokens)
            return written.strip()
        except (ProviderError, TimeoutError) as error:
            logger.warning("a conversation could not be summarised: %s", type(error).__name__)
        except Exception:  # whatever a port does wrong, notes are not worth the call
            logger.exception("a model failed while it summarised")
        finally:
            await close_iterator(deltas)
            usage.settle(0.0, counts=True)
        return ""
