"""How a word sounds, in the built-in transcriber's phones: from flite's lexicon, else from its letters."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence

from voice.core.errors import ProviderError
from voice.providers.embedded.voice_client import VoiceClient, shared_client
from voice.providers.embedded.voice_frame import FrameKind

# Words that have letters only; a hyphen or digit makes several words of one, which is the caller's to split.
SPEAKABLE = re.compile(r"^[a-z]+(?:'[a-z]+)*'?$")
LONGEST_WORD_CHARS = 40
# Keeps a request under what a pipe takes at once.
WORDS_A_REQUEST = 80
MOST_CACHED = 50_000
# The phones of the CMU dictionary, which the transcriber's acoustic model knows.
_PHONES = """
AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG
OW OY P R S SH T TH UH UW V W Y Z ZH
"""
PHONES = frozenset(_PHONES.split())
# flite's own phones that this set lacks.
TRANSLATED = {"AX": "AH", "AXR": "ER", "IX": "IH", "EL": "AH L", "EM": "AH M", "EN": "AH N", "DX": "T"}


class Pronunciations:
    """A bounded cache in front of flite. Safe from any thread."""

    def __init__(self, client: VoiceClient = shared_client) -> None:
        self._client = client
        self._cache: OrderedDict[str, list[str]] = OrderedDict()
        self._guard = threading.Lock()

    def known(self, words: Sequence[str]) -> dict[str, list[str]]:
        """What is already in the cache; never asks flite."""
        with self._guard:
            return {word: self._cache[word.lower()] for word in words if word.lower() in self._cache}

    def pronounce(self, words: Sequence[str]) -> dict[str, list[str]]:
        """Blocks some ms for words not asked before, some hundred for the first: not for an event loop.

        Raises ProviderError when flite cannot be had.
        """
        wanted = {word: word.lower() for word in words if is_speakable(word)}
        with self._guard:
            missing = sorted({key for key in wanted.values() if key not in self._cache})
        for first in range(0, len(missing), WORDS_A_REQUEST):
            self._ask(missing[first : first + WORDS_A_REQUEST])
        with self._guard:
            return {word: list(self._cache[key]) for word, key in wanted.items() if self._cache.get(key)}

    def _ask(self, words: list[str]) -> None:
        # flite's lexicon has no genitives, and would spell the s as a letter.
        bases = {word: word.removesuffix("'s") for word in words}
        try:
            frame = self._client.ask_blocking(FrameKind.PHONES, list(bases.values()))
        except ProviderError as error:
            if not error.retryable:
                raise
            frame = self._client.ask_blocking(FrameKind.PHONES, list(bases.values()))
        sounds = frame.json()
        with self._guard:
            for word, base in bases.items():
                phones = list(_translate(sounds[base]))
                if base.endswith("ache") and phones[-2:] == ["AE", "K"]:
                    phones[-2] = "EY"  # flite knows "ache", but not what it is part of
                self._cache[word] = phones if base == word else phones + _genitive(phones)
            while len(self._cache) > MOST_CACHED:
                self._cache.popitem(last=False)


def is_speakable(word: str) -> bool:
    return len(word) <= LONGEST_WORD_CHARS and SPEAKABLE.match(word.lower()) is not None


def _translate(sounds: Sequence[str]) -> Iterator[str]:
    for sound in sounds:
        phone = sound.rstrip("012").upper()
        yield from (known for known in TRANSLATED.get(phone, phone).split() if known in PHONES)


def _genitive(phones: Sequence[str]) -> list[str]:
    last = phones[-1] if phones else ""
    if last in {"S", "Z", "SH", "ZH", "CH", "JH"}:
        return ["AH", "Z"]
    return ["S"] if last in {"P", "T", "K", "F", "TH"} else ["Z"]


shared_pronunciations = Pronunciations()


def pronounce(words: Sequence[str]) -> dict[str, list[str]]:
    """Word -> its phones: {"toothache": ["T", "UW", "TH", "AE", "K"]}.

    Keys are the words as given; what has digits, hyphens, spaces or other signs is left out (split it
    first). Blocking and thread-safe: call it from a thread or process of your own, not from an event loop.
    Raises ProviderError when flite cannot be had.
    """
    return shared_pronunciations.pronounce(words)
