"""The built-in language model: answers from what the agent knows, and says plainly when it does not know."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import threading
from collections import OrderedDict
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import ThreadPoolExecutor

from voice.core.errors import ProviderError
from voice.core.ports import ModelOutput, TextDelta
from voice.core.spec import AgentSpec, Message
from voice.core.tools import CLOSING, HANG_UP, ToolCall
from voice.providers.embedded.dialogue import Dialogue, Reply
from voice.providers.embedded.knowledge_index import KnowledgeIndex
from voice.providers.embedded.passage import passages_of
from voice.providers.embedded.pronunciation import Pronunciations, is_speakable, shared_pronunciations
from voice.providers.embedded.word_sound import letters_as_phones

logger = logging.getLogger(__name__)

MOST_INDEXES = 64
# English words are about three quarters as many as the tokens a vendor would count.
WORDS_A_TOKEN = 0.75
THREADS = 2


class EmbeddedAnswerer:
    """One for all calls. `temperature` has no meaning here: the same question gets the same answer."""

    silence_limit_ms = 1_200.0

    def __init__(self, pronunciations: Pronunciations = shared_pronunciations) -> None:
        self._pronunciations = pronunciations
        self._has_flite = True
        self._indexes: OrderedDict[tuple[str, int, str, str], tuple[AgentSpec, KnowledgeIndex]] = (
            OrderedDict()
        )
        self._guard = threading.Lock()
        # Threads of its own: it must neither hold up the event loop nor wait behind other blocking work.
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="answerer")

    async def reply(self, agent: AgentSpec, messages: Sequence[Message]) -> AsyncGenerator[ModelOutput, None]:
        """Word by word; `understood` is the same on all of them. It hangs up on a goodbye, if it may."""
        loop = asyncio.get_running_loop()
        reply = await loop.run_in_executor(self._threads, self.answer, agent, tuple(messages))
        if reply.is_goodbye and HANG_UP in agent.tools:
            yield ToolCall("goodbye", HANG_UP.name, json.dumps({CLOSING: reply.text}))
            return
        for piece in re.findall(r"\S+\s*", _cut(reply.text, agent.model.max_tokens)):
            yield TextDelta(piece, understood=reply.understood)

    async def warm(self, agent: AgentSpec) -> None:
        """Build the agent's index before the first question needs it."""
        await asyncio.get_running_loop().run_in_executor(self._threads, self.index, agent)

    async def summarise(
        self, agent: AgentSpec, messages: Sequence[Message]
    ) -> AsyncGenerator[TextDelta, None]:
        """It writes nothing of its own, so that the oldest messages are simply forgotten."""
        yield TextDelta("")

    def answer(self, agent: AgentSpec, messages: Sequence[Message]) -> Reply:
        """The whole reply at once; blocking, some ms once the index is built."""
        # What another model left unfinished is answered anew, as a whole.
        said = [message for message in messages if not (message.is_summary or message.is_unfinished)]
        return Dialogue(agent, self.index(agent), self.pronounce).reply(said)

    def index(self, agent: AgentSpec) -> KnowledgeIndex:
        """The index of an agent version, built once while it is in use. Safe from any thread.

        What the prompt states is looked up too, and with variables in it that differs from call to call.
        """
        key = (agent.id, agent.version, agent.system_prompt, agent.persona)
        with self._guard:
            kept = self._indexes.get(key)
            if kept is not None and kept[0].knowledge == agent.knowledge:
                self._indexes.move_to_end(key)
                return kept[1]
        index = KnowledgeIndex(passages_of(agent), self.pronounce)
        with self._guard:
            self._indexes[key] = (agent, index)
            while len(self._indexes) > MOST_INDEXES:
                self._indexes.popitem(last=False)
        return index

    def pronounce(self, words: Sequence[str]) -> dict[str, list[str]]:
        """Phones for lower-case words, from the letters alone where flite is missing."""
        if self._has_flite:
            try:
                return self._pronunciations.pronounce(words)
            except ProviderError as error:
                if not error.retryable:
                    self._has_flite = False
                logger.warning("words are compared by their letters, since flite cannot be had: %s", error)
        return {word: letters_as_phones(word) for word in words if is_speakable(word)}

    async def aclose(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _cut(text: str, max_tokens: int) -> str:
    """At most so many tokens, ending with a sentence if one fits."""
    words = text.split()
    most = max(1, int(max_tokens * WORDS_A_TOKEN))
    if len(words) <= most:
        return text
    kept = " ".join(words[:most])
    end = max(kept.rfind(mark) for mark in (". ", "! ", "? "))
    return kept[: end + 1] if end > 0 else kept
