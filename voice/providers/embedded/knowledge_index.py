"""Finds the passage that a caller means, by words and by sound, and says how sure that is."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import bm25s
import numpy as np

from voice.providers.embedded.passage import Passage, sentences_of
from voice.providers.embedded.word_sound import SoundTable, fine
from voice.providers.embedded.wording import LIGHT_WORDS, STOP_WORDS, asked_for, meanings_of, stem, words_of

# A question is what callers say; an answer merely contains some of its words.
QUESTION_WEIGHT = 3
MEANING_WEIGHT = 0.85
ASKED_FOR_WEIGHT = 0.7
# What a word that no passage holds counts against all of them, as a part of the rarest word's weight.
UNKNOWN_WEIGHT = 0.75
LIGHT_WEIGHT = 0.3
# What is left of the certainty when next to nothing was said ("how long").
LEAST_EVIDENCE = 0.25
# How much of the certainty is "the caller's words are in it" and how much "its question was asked".
HEARD_SHARE, ASKED_SHARE = 0.62, 0.38
# A reading that the transcriber thought less likely counts a little less, each one further down.
READING_FADE = 0.7
MOST_READINGS = 5
LONGEST_SPAN_WORDS = 3
MOST_WORDS = 40

# The library announces every index it builds.
logging.getLogger("bm25s").setLevel(logging.WARNING)

Pronounce = Callable[[Sequence[str]], Mapping[str, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Match:
    """`certainty` is between 0 and 1; `terms` are the index terms that spoke for it."""

    passage: Passage
    number: int
    certainty: float
    terms: frozenset[str]


@dataclass(slots=True)
class _HeardWord:
    """One word of the caller: what it weighs, and the index terms it may stand for with their likeness."""

    text: str
    weight: float = 1.0
    terms: dict[str, float] = field(default_factory=dict)

    def may_be(self, term: str, likeness: float) -> None:
        self.terms[term] = max(self.terms.get(term, 0.0), likeness)


class KnowledgeIndex:
    """One agent version's passages. Immutable after it is built, so that any thread may search."""

    def __init__(self, passages: Sequence[Passage], pronounce: Pronounce) -> None:
        """`pronounce` gives phones for lower-case words; building asks it for all words of the passages."""
        self.passages = tuple(passages)
        self._questions = [self._terms(f"{p.question} {p.topic}") for p in self.passages]
        self._sentences = [[frozenset(self._terms(text)) for text in p.sentences] for p in self.passages]
        documents = [
            question * QUESTION_WEIGHT + self._terms(passage.answer)
            for question, passage in zip(self._questions, self.passages, strict=True)
        ]
        # A document without a single term would have no length to divide by.
        documents = [document or ["§"] for document in documents] or [["§"]]
        self._ranking = bm25s.BM25(k1=1.2, b=0.4, method="lucene")
        self._ranking.index(documents, show_progress=False)
        self._known = {term for document in documents for term in document} if self.passages else set()
        self._scores = {term: self._score(term) for term in self._known}
        self._best = {term: float(scores.max()) for term, scores in self._scores.items()}
        self._rarest = max(self._best.values(), default=1.0) or 1.0
        surface = sorted(
            {
                word
                for passage in self.passages
                for word in words_of(f"{passage.question} {passage.topic} {passage.answer}")
                if word not in STOP_WORDS
            }
        )
        sounds = pronounce([*surface, *STOP_WORDS])
        self._table = SoundTable((word, sounds[word]) for word in surface if word in sounds)
        self._stop_sounds = {fine(sounds[word]) for word in STOP_WORDS if word in sounds}
        # One entry may be asked for in several ways: "When are you open? What are your hours?"
        self._ways = [
            [frozenset(self._terms(way)) for way in sentences_of(passage.question) or [passage.topic]]
            for passage in self.passages
        ]
        light = {term for word in LIGHT_WORDS for term in (stem(word), *meanings_of(stem(word)))}
        self._weight = {
            term: best * (LIGHT_WEIGHT if term in light else 1.0) for term, best in self._best.items()
        }

    def _score(self, term: str) -> np.ndarray:
        scores: np.ndarray = self._ranking.get_scores([term])
        return scores[: len(self.passages)]

    @staticmethod
    def _terms(text: str) -> list[str]:
        """Stems and the meanings they share with other words; what says nothing is left out."""
        found: list[str] = []
        for word in [*words_of(text), *asked_for(text)]:
            if word not in STOP_WORDS:
                found += [stem(word), *meanings_of(stem(word))]
        return found

    def search(
        self, readings: Sequence[str], pronounce: Pronounce, *, before: str = "", nearby: int | None = None
    ) -> list[Match]:
        """The passages by certainty, best first; those with none are left out.

        `readings`: what the caller may have said, likeliest first. `before`: what they said before, when this
        continues it. `nearby`: the number of the passage that was spoken last, when this may be about it.
        """
        if not self.passages:
            return []
        context = self._heard(before, pronounce) if before else []
        for word in context:
            word.weight *= 0.6
        best: np.ndarray = np.zeros(len(self.passages), np.float32)
        votes: np.ndarray = best
        heard_first: list[_HeardWord] = []
        voters = 0.0
        for place, reading in enumerate(dict.fromkeys(readings[:MOST_READINGS])):
            heard = self._heard(reading, pronounce) + context
            heard_first = heard_first or heard
            certainty, voice = self._certainty(heard), READING_FADE**place
            best = np.maximum(best, certainty * voice)
            votes = votes + certainty * voice
            voters += voice
        # A lucky reading alone is not trusted: the others have their vote.
        total: np.ndarray = (best + votes / voters) / 2 if voters else best
        if nearby is not None:
            total[nearby] += 0.15 * (total[nearby] > 0)
        order = np.argsort(-total, kind="stable")
        terms = frozenset(term for word in heard_first for term in word.terms)
        return [
            Match(self.passages[number], int(number), min(float(total[number]), 1.0), terms)
            for number in order
            if total[number] > 0
        ]

    def _certainty(self, heard: Sequence[_HeardWord]) -> np.ndarray:
        spoken = np.zeros(len(self.passages), np.float32)
        possible = 0.0
        likeness: dict[str, float] = {}
        for word in heard:
            scores = np.zeros(len(self.passages), np.float32)
            most = 0.0
            for term, alike in word.terms.items():
                scores = np.maximum(scores, self._scores[term] * alike)
                most = max(most, self._best[term])
                likeness[term] = max(likeness.get(term, 0.0), alike * min(word.weight * 2, 1.0))
            spoken += scores * word.weight
            possible += (most or self._rarest * UNKNOWN_WEIGHT) * word.weight
        if possible == 0:
            return spoken
        asked = np.array([max(self._asked(way, likeness) for way in ways) for ways in self._ways], np.float32)
        trust = np.array([passage.trust for passage in self.passages], np.float32)
        said = sum(word.weight for word in heard)
        evidence = min(1.0, LEAST_EVIDENCE + (1 - LEAST_EVIDENCE) * said)
        return (HEARD_SHARE * spoken / possible + ASKED_SHARE * asked) * (spoken > 0) * trust * evidence

    def _asked(self, question: frozenset[str], likeness: Mapping[str, float]) -> float:
        """The part of an entry's own question that was heard; a text without one counts as half asked."""
        whole = sum(self._weight[term] for term in question)
        if not whole:
            return 0.5
        return sum(self._weight[term] * likeness[term] for term in question if term in likeness) / whole

    def _heard(self, reading: str, pronounce: Pronounce) -> list[_HeardWord]:
        words = words_of(reading)[:MOST_WORDS]
        sounds = pronounce(words)
        heard = [self._word(word, sounds.get(word)) for word in words]
        self._listen(words, heard, sounds)
        for word in asked_for(reading):
            extra = _HeardWord(word, ASKED_FOR_WEIGHT)
            self._stand_for(extra, word)
            if extra.terms:
                heard.append(extra)
        return [word for word in heard if word.weight > 0]

    def _word(self, word: str, phones: Sequence[str] | None) -> _HeardWord:
        heard = _HeardWord(word)
        if word in STOP_WORDS:
            heard.weight = 0.0
            return heard
        self._stand_for(heard, word)
        if word in LIGHT_WORDS:
            heard.weight = LIGHT_WEIGHT
        elif not heard.terms and phones and fine(phones) in self._stop_sounds:
            heard.weight = 0.0
        return heard

    def _stand_for(self, heard: _HeardWord, word: str) -> None:
        stemmed = stem(word)
        if stemmed in self._known:
            heard.may_be(stemmed, 1.0)
        for meaning in meanings_of(stemmed):
            if meaning in self._known:
                heard.may_be(meaning, MEANING_WEIGHT)

    def _listen(
        self, words: Sequence[str], heard: Sequence[_HeardWord], sounds: Mapping[str, Sequence[str]]
    ) -> None:
        """Words that no passage holds may be others heard wrongly, alone or two or three together."""
        spans: list[tuple[int, int, list[str]]] = []
        for start in range(len(words)):
            for end in range(start + 1, min(start + LONGEST_SPAN_WORDS, len(words)) + 1):
                if all(word.terms or word.weight == 0 for word in heard[start:end]):
                    continue
                spans.append((start, end, [p for word in words[start:end] for p in sounds.get(word, ())]))
        for (start, end, _), alike in zip(
            spans, self._table.alike([phones for _, _, phones in spans]), strict=True
        ):
            for word, likeness in alike:
                for part in heard[start:end]:
                    if not part.terms or end - start > 1:
                        part.may_be(stem(word), likeness)
                        for meaning in meanings_of(stem(word)):
                            part.may_be(meaning, likeness * MEANING_WEIGHT)

    def best_sentences(self, match: Match, most: int) -> list[str]:
        """The `most` sentences of a passage that hold most of what was asked, in their own order."""
        sentences = match.passage.sentences
        if len(sentences) <= most:
            return list(sentences)
        weights = [
            sum(self._best[term] for term in terms & match.terms) for terms in self._sentences[match.number]
        ]
        chosen = sorted(range(len(sentences)), key=lambda number: (-weights[number], number))[:most]
        return [sentences[number] for number in sorted(chosen)]

    def sentences_about(self, number: int, text: str) -> list[str]:
        """The sentences of a passage that hold a word of the text itself, the best first."""
        wanted = {stem(word) for word in words_of(text) if word not in STOP_WORDS} & self._known
        found = [
            (sum(self._best[term] for term in wanted & terms), -place)
            for place, terms in enumerate(self._sentences[number])
        ]
        sentences = self.passages[number].sentences
        return [sentences[-place] for weight, place in sorted(found, reverse=True) if weight > 0]

    def spoken_in(self, text: str) -> int | None:
        """The passage of which most was said in a reply, None when it was none."""
        best, longest = None, 0
        for number, passage in enumerate(self.passages):
            size = sum(len(sentence) for sentence in passage.sentences if sentence in text)
            if size > longest:
                best, longest = number, size
        return best
