"""The words an agent's callers are likely to say: its key terms, and what its texts speak of."""

from __future__ import annotations

import re
from dataclasses import dataclass

from voice.core.spec import AgentSpec

WORD = re.compile(r"[a-z]+(?:'[a-z]+)*")
MOST_KEY_TERMS = 100
MOST_WORDS = 2_000
MOST_WORDS_A_TERM = 5
LONGEST_WORD_CHARS = 40
# How many times as likely as an average word of the language model; found on the benchmark's first half.
KEY_TERM_WEIGHT = 100.0
TEXT_WORD_WEIGHT = 20.0


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`key_terms` are phrases made more likely; of `words` those are added that the dictionary lacks."""

    key_terms: tuple[tuple[str, ...], ...]
    words: tuple[str, ...]

    @property
    def all_words(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*(word for term in self.key_terms for word in term), *self.words]))


def words_of(text: str) -> list[str]:
    words: list[str] = WORD.findall(text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    return [word for word in words if len(word) <= LONGEST_WORD_CHARS]


def vocabulary_of(agent: AgentSpec) -> Vocabulary:
    terms = (tuple(words_of(term)) for term in agent.transcriber.key_terms)
    key_terms = list(dict.fromkeys(term for term in terms if 0 < len(term) <= MOST_WORDS_A_TERM))
    # What callers ask for comes first, in case there is too much.
    texts = [text for entry in agent.knowledge for text in (entry.question, entry.answer)]
    texts += [agent.name, agent.greeting, agent.system_prompt, agent.persona]
    words = dict.fromkeys(word for text in texts for word in words_of(text) if len(word) > 1)
    return Vocabulary(tuple(key_terms[:MOST_KEY_TERMS]), tuple(words)[:MOST_WORDS])
