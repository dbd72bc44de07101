"""What a decoder is taught for an agent: which words are likely, and how unknown ones sound."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from dataclasses import dataclass

from voice.core.errors import ProviderError
from voice.providers.embedded.decoder_frame import DecoderFrame, DecoderKind, json_frame
from voice.providers.embedded.pronunciation import pronounce
from voice.providers.embedded.vocabulary import KEY_TERM_WEIGHT, TEXT_WORD_WEIGHT, Vocabulary

logger = logging.getLogger(__name__)

MOST_LESSONS = 64


@dataclass(frozen=True, slots=True)
class Unknown:
    """Words without a pronunciation, and words that have one but no place in the language model."""

    unspoken: list[str]
    unexpected: list[str]


class Lessons:
    """Made once for each vocabulary and kept."""

    def __init__(self) -> None:
        self._made: OrderedDict[Vocabulary, DecoderFrame] = OrderedDict()

    def known(self, vocabulary: Vocabulary) -> DecoderFrame | None:
        return self._made.get(vocabulary)

    async def prepare(self, vocabulary: Vocabulary, unknown: Unknown) -> DecoderFrame:
        """Asks for pronunciations in a thread. Without them the words stay unknown, and a warning says so."""
        try:
            sounds = await asyncio.to_thread(pronounce, unknown.unspoken) if unknown.unspoken else {}
        except ProviderError as error:
            logger.warning("%d words stay unknown to the transcriber: %s", len(unknown.unspoken), error)
            return self._lesson(vocabulary, unknown, {})
        lesson = self._lesson(vocabulary, unknown, sounds)
        self._made[vocabulary] = lesson
        while len(self._made) > MOST_LESSONS:
            self._made.popitem(last=False)
        return lesson

    @staticmethod
    def _lesson(vocabulary: Vocabulary, unknown: Unknown, sounds: dict[str, list[str]]) -> DecoderFrame:
        terms = [(term, KEY_TERM_WEIGHT) for term in vocabulary.key_terms]
        single = {term[0] for term in vocabulary.key_terms if len(term) == 1}
        missing = {*unknown.unexpected, *sounds}
        terms += [
            ((word,), TEXT_WORD_WEIGHT)
            for word in vocabulary.all_words
            if word in missing and word not in single
        ]
        phones = {word: " ".join(phones) for word, phones in sounds.items()}
        return json_frame(DecoderKind.VOCABULARY, {"terms": terms, "phones": phones})
