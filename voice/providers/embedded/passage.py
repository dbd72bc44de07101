"""What an agent knows, cut into passages that can be spoken: an answer, or a sentence or two of a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from voice.core.spec import AgentSpec, KnowledgeEntry

ABBREVIATION = re.compile(
    r"\b(?:dr|mr|mrs|ms|st|no|e\.g|i\.e|etc|approx|vs|tel|inc|ltd|[a-z])\.$", re.IGNORECASE
)
SENTENCE_END = re.compile(r"[.!?…]+[\"')\]]*(?=\s+[^a-z\s]|\s*$)")
LABEL = re.compile(r"^\s*(?:[-*•#]+\s*)?([A-Z][\w' &-]{2,40}):\s+(?=\S)")
# A prompt tells the agent how to behave; only what it states about the world can be an answer.
INSTRUCTION = re.compile(
    r"^(?:you|your|never|always|do|don't|be|keep|answer|speak|if|when|ask|avoid|use|make|please|try|act|only|stay|"
    r"respond|reply|help|offer|tell|say|remember|the caller|callers|customers?|users?)\b",
    re.IGNORECASE,
)
MOST_PROMPT_SENTENCES = 60


@dataclass(frozen=True, slots=True)
class Passage:
    """`topic` is what a caller may be told it is about: a question, a label, or empty."""

    question: str
    sentences: tuple[str, ...]
    topic: str
    # 1 for knowledge; less for what only the prompt says.
    trust: float = 1.0

    @property
    def answer(self) -> str:
        return " ".join(self.sentences)


def passages_of(agent: AgentSpec) -> list[Passage]:
    """The agent's knowledge in its own order, then what its prompt and persona state as facts."""
    found: list[Passage] = []
    for entry in agent.knowledge:
        found.extend(_entry_passages(entry))
    for text in (agent.system_prompt, agent.persona):
        facts = [sentence for sentence in sentences_of(text) if _is_fact(sentence)]
        found.extend(Passage("", (fact,), "", trust=0.9) for fact in facts[:MOST_PROMPT_SENTENCES])
    return found


def sentences_of(text: str) -> list[str]:
    """Sentences of plain text; lines and list items end one too, and abbreviations do not."""
    found: list[str] = []
    for line in text.splitlines():
        line = re.sub(r"^\s*(?:[-*•#]+|\d+[.)])\s+", "", line).strip()
        start = 0
        for match in SENTENCE_END.finditer(line):
            sentence = line[start : match.end()].strip()
            if ABBREVIATION.search(sentence) and match.end() < len(line):
                continue
            if sentence:
                found.append(sentence)
            start = match.end()
        if line[start:].strip():
            found.append(line[start:].strip())
    return found


def _is_fact(sentence: str) -> bool:
    return len(sentence.split()) >= 4 and not INSTRUCTION.match(sentence) and not sentence.endswith("?")


def _entry_passages(entry: KnowledgeEntry) -> Iterator[Passage]:
    sentences = sentences_of(entry.answer)
    if not sentences:
        return
    if entry.question.strip():
        question = " ".join(entry.question.split())
        yield Passage(question, tuple(sentences), question)
        return
    label = ""
    for paragraph in re.split(r"\n\s*\n", entry.answer):
        lines = paragraph.strip().splitlines()
        if len(lines) > 1 and len(lines[0].split()) <= 6 and not lines[0].rstrip().endswith((".", "!", "?")):
            # A heading stands for all that follows it in its paragraph.
            label = lines.pop(0).strip("#*: \t")
        else:
            label = ""
        for line in lines:
            match = LABEL.match(line)
            topic = match.group(1) if match else label
            spoken = sentences_of(line)
            for number in range(len(spoken)):
                # The sentence after may be what makes sense of this one.
                yield Passage("", tuple(spoken[number : number + 2]), topic)
