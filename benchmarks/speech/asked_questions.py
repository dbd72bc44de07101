"""The agents that are asked, what callers say to them, and whether a reply was the right one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from benchmarks.speech.human_speech import Clip
from voice.core.ports import Transcript
from voice.core.spec import AgentSpec, KnowledgeEntry, Message, Role, TranscriberSpec, TurnTakingSpec
from voice.providers.embedded.answerer import EmbeddedAnswerer
from voice.providers.embedded.passage import sentences_of
from voice.providers.embedded.phrases import CLARIFY_PREFIXES

ROOT = Path(__file__).parents[2]
DEMO_AGENTS = ("receptionist", "support", "shop")
CORPUS: dict[str, Any] = json.loads(Path(__file__).with_name("speech_corpus.json").read_text())


class Half(StrEnum):
    # Each sentence of an entry's own question, as it is written.
    OWN_WORDS = "as written"
    TUNING = "other words, tuning"
    HELD_OUT = "other words, held out"
    # What no entry answers.
    OUTSIDE = "not in the knowledge"


class Outcome(StrEnum):
    RIGHT = "right"
    OFFERED = "offered"  # "Do you mean: …?" with the right entry
    UNKNOWN = "unknown"  # it says that it does not know or understand
    OFFERED_WRONG = "offered wrong"
    WRONG = "wrong"  # another entry is spoken as the answer


@dataclass(frozen=True, slots=True)
class Question:
    """`entries`: the numbers of the knowledge entries that answer it; none when nothing there does."""

    agent: AgentSpec
    text: str
    entries: frozenset[int]
    half: Half


def agent_of(name: str, said: dict[str, Any]) -> AgentSpec:
    return AgentSpec(
        id=name,
        version=1,
        name=said["name"],
        greeting=said["greeting"],
        system_prompt=said["system_prompt"],
        persona=said["persona"],
        knowledge=tuple(KnowledgeEntry(**entry) for entry in said["knowledge"]),
        transcriber=TranscriberSpec(key_terms=tuple(said["transcriber"]["key_terms"])),
        turn_taking=TurnTakingSpec(**said.get("turn_taking", {})),
    )


def demo_agent(name: str) -> AgentSpec:
    return agent_of(name, json.loads((ROOT / "agents" / "demo" / f"{name}.json").read_text()))


def questions_of(agent: AgentSpec) -> Iterator[Question]:
    for number, entry in enumerate(agent.knowledge):
        for way in sentences_of(entry.question):
            yield Question(agent, way, frozenset({number}), Half.OWN_WORDS)
    for half, said in CORPUS["questions"][agent.id].items():
        for question in said:
            entries = frozenset(question["entries"])
            kind = Half.OUTSIDE if not entries else Half.TUNING if half == "tuning" else Half.HELD_OUT
            yield Question(agent, question["text"], entries, kind)


def practice() -> AgentSpec:
    """A fourth agent, whose callers say names that no dictionary has."""
    return agent_of("practice", CORPUS["practice"])


def agent_about(clips: list[Clip]) -> AgentSpec:
    """People's recordings speak of nothing that a demo agent knows: here each is an entry of its own."""
    entries = tuple(KnowledgeEntry(clip.text, f"This is recording {n}.") for n, clip in enumerate(clips, 1))
    return AgentSpec(id="recordings", version=1, name="Archive", knowledge=entries)


def outcome(answerer: EmbeddedAnswerer, question: Question, heard: Transcript) -> Outcome:
    """What a caller gets who asks this first, after the greeting."""
    agent = question.agent
    greeting = [Message(Role.AGENT, agent.greeting)] if agent.greeting else []
    said = Message(Role.USER, heard.text, alternatives=heard.alternatives)
    reply = answerer.answer(agent, [*greeting, said]).text
    if reply.endswith("?") and any(prefix in reply for prefix in CLARIFY_PREFIXES):
        asked_back = reply.rstrip("?.").casefold()
        is_right = any(
            asked_back.endswith(way.rstrip("?.").casefold())
            for number in question.entries
            for way in sentences_of(agent.knowledge[number].question)
        )
        return Outcome.OFFERED if is_right else Outcome.OFFERED_WRONG
    spoken = {
        number
        for number, entry in enumerate(agent.knowledge)
        if any(sentence in reply for sentence in sentences_of(entry.answer))
    }
    if not spoken:
        return Outcome.UNKNOWN
    return Outcome.RIGHT if spoken & question.entries else Outcome.WRONG
