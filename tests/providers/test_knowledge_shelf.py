"""What a language model is told of a large knowledge, and how often that is indexed."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from agents.snapshot import LONGEST_ANSWER, MOST_KNOWLEDGE_ENTRIES
from voice.core.spec import AgentSpec, KnowledgeEntry, Message, Role
from voice.engine.session import TEXT_LIMIT_CHARACTERS
from voice.providers.chat import prompt
from voice.providers.chat.instructions import KNOWLEDGE_CHARACTERS
from voice.providers.chat.knowledge import KnowledgeShelf
from voice.providers.chat.prompt import PromptBuilder

FILLER = " ".join(["It is written down in our long and winding house rules."] * 8)
ENTRIES = (
    *(KnowledgeEntry(f"What is rule number {number}?", FILLER) for number in range(60)),
    KnowledgeEntry("Where can I park my car?", "Parking is behind the house."),
    KnowledgeEntry("", "The swimming pool opens at seven."),
)
AGENT = AgentSpec(id="a" * 24, version=3, name="Mia", knowledge=ENTRIES)
QUESTION = (Message(Role.USER, "where do I park"),)


@pytest.fixture
def indexed(monkeypatch: pytest.MonkeyPatch) -> list[KnowledgeShelf]:
    """Every index that is built."""
    built: list[KnowledgeShelf] = []

    class NotedShelf(KnowledgeShelf):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments)  # type: ignore[arg-type]
            built.append(self)

    monkeypatch.setattr(prompt, "KnowledgeShelf", NotedShelf)
    return built


def test_the_entries_nearest_to_the_callers_words_are_chosen_within_the_limit() -> None:
    assert sum(len(entry.question) + len(entry.answer) for entry in ENTRIES) > KNOWLEDGE_CHARACTERS
    shelf = KnowledgeShelf(ENTRIES, "en-US")
    assert ENTRIES[-1] in shelf.choose("When does the swimming pool open?")
    assert ENTRIES[-2] in shelf.choose("Is there parking for cars?")
    assert ENTRIES[-2] not in shelf.choose("swimming pool")
    many = shelf.choose("tell me about the rules")
    assert many and sum(len(entry.question) + len(entry.answer) for entry in many) <= KNOWLEDGE_CHARACTERS
    assert shelf.choose("xylophone") == []


def test_of_the_longest_text_the_end_is_looked_up_in_the_largest_knowledge_in_no_time() -> None:
    words = [f"{first}{second}{third}" for first in "bdfgklm" for second in "aeiou" for third in "nrstxz"]
    told = " ".join(words * 4)[:LONGEST_ANSWER]
    entries = [KnowledgeEntry(f"What is rule {number}?", told) for number in range(MOST_KNOWLEDGE_ENTRIES)]
    shelf = KnowledgeShelf([*entries, *ENTRIES[-2:]], "en-US")
    rambling = " ".join(words * 10)[:TEXT_LIMIT_CHARACTERS]
    took_ms = []
    for _ in range(5):
        began_s = time.thread_time()
        chosen = shelf.choose(f"{rambling} {rambling} where do I park")
        took_ms.append((time.thread_time() - began_s) * 1000)
    assert ENTRIES[-2] in chosen
    assert min(took_ms) < 10


async def test_calls_with_different_prompts_share_the_index_of_their_agents_version(
    indexed: list[KnowledgeShelf],
) -> None:
    prompts = PromptBuilder()
    for name in ("Bob", "Charlie"):
        agent = replace(AGENT, system_prompt=f"You speak with {name}.")
        await prompts.warm(agent)
        told = await prompts.system(agent, QUESTION)
        assert f"You speak with {name}." in told and "Parking is behind the house." in told
    assert len(indexed) == 1


async def test_a_new_version_is_indexed_anew(indexed: list[KnowledgeShelf]) -> None:
    prompts = PromptBuilder()
    await prompts.warm(AGENT)
    changed = replace(AGENT, version=4, knowledge=(KnowledgeEntry("", "There is no parking."),))
    assert "There is no parking." in await prompts.system(changed, QUESTION)
    assert len(indexed) == 2
