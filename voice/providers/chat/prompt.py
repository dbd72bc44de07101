"""Builds the system message of a turn: the agent's part, and what it knows about what was just said."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

from voice.core.spec import AgentSpec, Message, Role
from voice.providers.catalog import language_label
from voice.providers.chat.instructions import instructions
from voice.providers.chat.knowledge import KnowledgeShelf

MOST_SHELVES = 64
# The question before the last one still says what "and on Sundays?" is about.
MESSAGES_LOOKED_AT = 2


class PromptBuilder:
    """Keeps the knowledge of the agent versions in use. Belongs to one event loop.

    A version's knowledge is the same in all its calls; its prompt is not, since variables stand in it.
    """

    def __init__(self) -> None:
        self._shelves: OrderedDict[tuple[str, int], KnowledgeShelf] = OrderedDict()

    async def system(self, agent: AgentSpec, messages: Sequence[Message]) -> str:
        said = [message.text for message in messages if message.role is Role.USER][-MESSAGES_LOOKED_AT:]
        shelf = await self._shelf(agent)
        return instructions(agent, language_label(agent.language), shelf.choose(" ".join(said)))

    async def warm(self, agent: AgentSpec) -> None:
        """Index the agent's knowledge before the first question needs it."""
        await self._shelf(agent)

    async def _shelf(self, agent: AgentSpec) -> KnowledgeShelf:
        version = (agent.id, agent.version)
        shelf = self._shelves.get(version)
        if shelf is None:
            # Ranking a million characters takes a while, and other calls are waiting.
            shelf = await asyncio.to_thread(KnowledgeShelf, agent.knowledge, agent.language)
            self._shelves[version] = shelf
            while len(self._shelves) > MOST_SHELVES:
                self._shelves.popitem(last=False)
        else:
            self._shelves.move_to_end(version)
        return shelf
