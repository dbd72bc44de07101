"""Which of an agent's many knowledge entries a model is told: those nearest to what the caller says."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence

import bm25s
import numpy as np
import snowballstemmer

from voice.core.spec import KnowledgeEntry
from voice.providers.chat.instructions import KNOWLEDGE_CHARACTERS

# The library announces every index it builds.
logging.getLogger("bm25s").setLevel(logging.WARNING)

# A question is what callers say; an answer merely contains some of its words.
QUESTION_WEIGHT = 3
# Of what was said, the last ones: what somebody typed at length would hold up all other calls.
MOST_WORDS = 200
STEMMERS = {
    "da": "danish",
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "it": "italian",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "sv": "swedish",
}


class KnowledgeShelf:
    """One agent version's entries, ranked by BM25. Immutable once built; `choose` takes well under 10 ms."""

    def __init__(self, entries: Sequence[KnowledgeEntry], language: str) -> None:
        self._entries = entries
        name = STEMMERS.get(language.split("-")[0].lower())
        self._stemmer = snowballstemmer.stemmer(name) if name else None
        self._is_small = sum(_size(entry) for entry in entries) <= KNOWLEDGE_CHARACTERS
        if self._is_small:
            return
        # Stemming takes longest, and most words come again and again.
        stems: dict[str, str] = {}
        documents = [
            self._terms(entry.question, stems) * QUESTION_WEIGHT + self._terms(entry.answer, stems) or ["§"]
            for entry in entries
        ]
        self._ranking = bm25s.BM25(method="lucene")
        self._ranking.index(documents, show_progress=False)
        self._known = {term for document in documents for term in document}

    def choose(self, said: str) -> list[KnowledgeEntry]:
        """In the agent's own order: all of them if they fit, else the best for these words."""
        if self._is_small:
            return list(self._entries)
        terms = [term for term in self._terms(said, most=MOST_WORDS) if term in self._known]
        if not terms:
            return []
        scores = self._ranking.get_scores(terms)
        chosen: list[int] = []
        left = KNOWLEDGE_CHARACTERS
        for number in np.argsort(-scores, kind="stable").tolist():
            size = _size(self._entries[number])
            if scores[number] <= 0 or size > left:
                break
            left -= size
            chosen.append(number)
        return [self._entries[number] for number in sorted(chosen)]

    def _terms(self, text: str, stems: dict[str, str] | None = None, most: int = 0) -> list[str]:
        """`stems`: of the words met so far, to which this text's are added. `most`: the last ones; 0: all."""
        words = re.findall(r"\w+", text.casefold())[-most:]
        if self._stemmer is None:
            return words
        if stems is None:
            return list(self._stemmer.stemWords(words))
        for word in words:
            if word not in stems:
                stems[word] = self._stemmer.stemWord(word)
        return [stems[word] for word in words]


def _size(entry: KnowledgeEntry) -> int:
    return len(entry.question) + len(entry.answer)
