"""PocketSphinx as one caller's ear: utterances in pieces, interim texts, other readings, added words."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pocketsphinx

from voice.providers.embedded.decoder_frame import BYTES_A_MS

# Most active states a frame: 3000 costs no words against no limit and saves a third of the time.
MOST_STATES = 3000
INTERIM_EVERY_MS = 200
# The second pass over an utterance takes the longer the longer that is. So that a long speech does not
# delay its transcript, it is cut where it is quiet, and at the latest after the second figure.
CUT_WHEN_QUIET_MS = 9_000
CUT_ANYWAY_MS = 14_000
# A caller's first words are matched against nobody's voice and room in particular, which costs half of
# them in noise. After so much of the first utterance its mean spectrum is known well enough to be taken
# for the caller's, and what was heard is decoded again with it: a tenth of its length of work each time.
SETTLES_AT_MS = (800, 1_600)
# Quiet: this much below the loudest piece of the utterance (a twentieth of the amplitude).
QUIET_FRACTION = 0.05
READINGS_SEEN = 80
MOST_ALTERNATIVES = 10
# What a telephone makes of the model's means: one matrix and offset for each of the three feature streams.
# Made by `script/bench telephone_adaptation`.
TELEPHONE = Path(__file__).with_name("telephone.mllr")
# Joins the words of an added phrase, and marks a second entry for a word that the dictionary has.
JOINT = "_"


@dataclass(frozen=True, slots=True)
class Term:
    """Words spoken together. `weight`: how many times as likely as an average word of the language model."""

    words: tuple[str, ...]
    weight: float


class Decoder:
    """Keeps its cepstral mean from one utterance to the next, so every caller needs one alone."""

    def __init__(self, *, is_for_telephone: bool = False) -> None:
        """Loads the model. `is_for_telephone`: for sound whose upper half a rate of 8 kHz left out."""
        mllr = str(TELEPHONE) if is_for_telephone else None
        self._sphinx = pocketsphinx.Decoder(loglevel="FATAL", maxhmmpf=MOST_STATES, mllr=mllr)
        self._no_probability = self._sphinx.get_lm().prob([f"{JOINT}no{JOINT}such{JOINT}word{JOINT}"])
        self._texts: list[str] = []
        self._is_open = False
        self._heard_ms = 0.0
        self._asked_at_ms = 0.0
        self._loudest = 0.0
        self._interim = ""
        self._first_words = bytearray()
        self._settles_at_ms = list(SETTLES_AT_MS)

    def unknown(self, words: Iterable[str]) -> tuple[list[str], list[str]]:
        """Words without a pronunciation, and words that have one but no place in the language model."""
        unspoken, unexpected = [], []
        model = self._sphinx.get_lm()
        for word in words:
            if self._sphinx.lookup_word(word) is None:
                unspoken.append(word)
            elif model.prob([word]) <= self._no_probability:
                unexpected.append(word)
        return unspoken, unexpected

    def add(self, terms: Sequence[Term], phones: dict[str, str]) -> None:
        """Make terms likely; `phones` says how words sound that the dictionary lacks. Takes up to 0.2 s."""
        model = self._sphinx.get_lm()
        entries: dict[str, tuple[str, float]] = {}
        for term in terms:
            sounds = [phones.get(word) or self._sphinx.lookup_word(word) for word in term.words]
            if not sounds or not all(sounds):
                continue
            token = JOINT.join(term.words)
            if self._sphinx.lookup_word(token) is not None:
                token += JOINT
            entries[token] = (" ".join(sound for sound in sounds if sound), term.weight)
        for number, (token, (sound, weight)) in enumerate(entries.items(), 1):
            model.add_word(token, weight)
            # The last one rebuilds the search for all.
            self._sphinx.add_word(token, sound, number == len(entries))

    def feed(self, pcm: bytes) -> str | None:
        """The text of the utterance so far, when it has changed."""
        if not self._is_open:
            self._sphinx.start_utt()
            self._is_open = True
            self._heard_ms = self._asked_at_ms = self._loudest = 0.0
        self._sphinx.process_raw(pcm, False, False)
        self._heard_ms += len(pcm) / BYTES_A_MS
        self._settle(pcm)
        loudness = _loudness(pcm)
        self._loudest = max(self._loudest, loudness)
        is_quiet = loudness < self._loudest * QUIET_FRACTION
        if self._heard_ms >= CUT_ANYWAY_MS or (self._heard_ms >= CUT_WHEN_QUIET_MS and is_quiet):
            self._texts.append(self._close()[0])
        elif self._heard_ms - self._asked_at_ms < INTERIM_EVERY_MS:
            return None
        self._asked_at_ms = self._heard_ms
        text = self._joined(self._best() if self._is_open else "")
        if text == self._interim:
            return None
        self._interim = text
        return text

    def _settle(self, pcm: bytes) -> None:
        """Get to know the caller's voice and room in the first utterance."""
        if not self._settles_at_ms:
            return
        self._first_words += pcm
        if self._heard_ms >= self._settles_at_ms[0]:
            self._settles_at_ms.pop(0)
            mean = self._sphinx.get_cmn(True)
            self._sphinx.end_utt()
            self._sphinx.set_cmn(mean)
            self._sphinx.start_utt()
            self._sphinx.process_raw(bytes(self._first_words), False, False)
        if not self._settles_at_ms:
            self._first_words.clear()

    def finish(self) -> tuple[str, list[str]]:
        """The utterance's text and other readings, best first; empty when nothing was fed or understood."""
        last, others = self._close() if self._is_open else ("", [])
        text = self._joined(last)
        alternatives = list(dict.fromkeys(self._joined(other) for other in others))
        self._texts.clear()
        self._interim = ""
        return text, [other for other in alternatives if other and other != text][:MOST_ALTERNATIVES]

    def _close(self) -> tuple[str, list[str]]:
        self._sphinx.end_utt()
        self._is_open = False
        self._first_words.clear()
        text = self._best()
        readings: list[str] = []
        if text:
            for number, reading in enumerate(self._sphinx.nbest() or ()):
                if number == READINGS_SEEN:
                    break
                if reading is not None and reading.hypstr:
                    readings.append(_plain(reading.hypstr))
        return text, readings

    def _best(self) -> str:
        hypothesis = self._sphinx.hyp()
        return _plain(hypothesis.hypstr) if hypothesis is not None and hypothesis.hypstr else ""

    def _joined(self, last: str) -> str:
        return " ".join(text for text in (*self._texts, last) if text)


def _plain(text: str) -> str:
    """Without fillers ("<sil>", "[NOISE]") and pronunciation marks ("read(2)"); added phrases as words."""
    words = (word.split("(")[0] for word in text.split() if word[0] not in "<[+")
    return " ".join(" ".join(words).replace(JOINT, " ").split())


def _loudness(pcm: bytes) -> float:
    """Mean size of every eighth sample: enough to tell a pause from speech, and no numpy in 20 processes."""
    samples = array("h", pcm)[::8]
    return sum(map(abs, samples)) / len(samples) if samples else 0.0
