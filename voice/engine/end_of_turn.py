"""Rules for the port `EndOfTurn`: from its words, has a sentence come to its end?"""

from __future__ import annotations

import re
from dataclasses import dataclass

from voice.core.ports import Completeness
from voice.engine.interruption import words_of

# After these as its last words a sentence goes on. Whole phrases, by language. Not what answers end with
# ("yes, I am", "das bin ich", "sí, lo soy"), nor German prefixes ("wann machen Sie zu").
_GOES_ON = {
    "en": """
        and|or|but|because|so that|if|when i|the|a|an|my|your|our|their|of|to|for|with|from|at|about|into
        |than|as|between|without|until|i|they|i'm|it's|there's|i'd like|i would like|can you|could you
        """,
    "de": """
        und|oder|aber|weil|dass|wenn|ob|der|die|den|dem|ein|eine|einen|einem|mein|meine|meinen|ihre|von
        |für|als|wie|zwischen|ohne|bis|ich bin der|ich bin die|ich möchte|ich hätte|ich hätte gern
        |können sie|könnten sie
        """,
    "fr": """
        et|ou|mais|parce que|que|si|quand|le|la|les|un|une|des|mon|ma|mes|votre|vos|de|du|à|au|aux|pour
        |chez|entre|jusqu'à|je|je suis|je voudrais|j'aimerais|est-ce que|pouvez-vous
        """,
    "es": """
        y|o|pero|porque|que|si|cuando|el|la|los|las|un|una|unos|mi|mis|su|sus|de|del|a|al|para|con|desde
        |hasta|entre|sin|quisiera|me gustaría|podría
        """,
}
# A question that begins with one of these may end with a preposition ("where are you from").
_ASKS = frozenset(
    """
    who what when where which how why wer was wann wo wie qui quand où qué cuándo dónde cómo
    """.split()  # noqa: SIM905
)
_ENDS_QUESTIONS = frozenset({"of", "to", "for", "with", "from", "at", "about", "into", "as", "bis"})
_SOUNDS = frozenset({"um", "uh", "uhm", "er", "erm", "äh", "ähm", "euh", "em"})
# All that was said, or nearly: the caller asks for time.
_ASKS_FOR_TIME = {
    "en": """
        let me see|let me think|let me check|one moment|one second|just a moment|just a second|hold on
        |wait|hang on|well|so|actually|you know|i mean|hmm
        """,
    "de": """
        moment|einen moment|augenblick|einen augenblick|warten sie|ich schaue mal|lassen sie mich|also
        |eigentlich|hm
        """,
    "fr": "attendez|un instant|un moment|une seconde|voyons|laissez-moi|alors|donc|bon",
    "es": "espere|un momento|un segundo|a ver|déjeme|pues|entonces|bueno",
}
_MOST_WORDS_BESIDE = 2
# "My number is": what was announced has not come.
_ANNOUNCES = {
    "en": r"\b(?:name|number|address|e ?mail|code|date|birthday|id|account|reference|order|question|problem)"
    r" (?:is|was|are)$",
    "de": r"\b(?:name|nummer|adresse|e ?mail|code|datum|geburtstag|konto|frage|problem) (?:ist|lautet|wäre)$",
    "fr": r"\b(?:nom|numéro|adresse|mail|code|date|question|problème) (?:est|c'est)$",
    "es": r"\b(?:nombre|número|dirección|correo|código|fecha|pregunta|problema) es$",
}
# Answers that need nothing after them.
_WHOLE = {
    "en": """
        yes|no|yes please|no thanks|no thank you|thanks|thank you|that's all|that is all|goodbye|bye
        |hello|hi|stop
        """,
    "de": """
        ja|nein|ja bitte|nein danke|danke|vielen dank|das ist alles|das war's|auf wiederhören|tschüss
        |hallo|stopp
        """,
    "fr": """
        oui|non|oui merci|non merci|merci|c'est tout|au revoir|bonjour|stop
        """,
    "es": """
        sí|no|sí por favor|no gracias|gracias|eso es todo|adiós|hola|para
        """,
}
_DIGITS = frozenset(
    """
    zero oh one two three four five six seven eight nine double triple
    null eins zwei zwo drei vier fünf sechs sieben acht neun
    zéro un deux trois quatre cinq six sept huit neuf
    cero uno dos tres cuatro cinco seis siete ocho nueve
    """.split()  # noqa: SIM905
)
_ABBREVIATIONS = frozenset({"am", "pm", "us", "uk", "eu", "ok", "id", "tv"})
# As many as the longest thing that people dictate in one go has: a telephone number with its area code.
_WHOLE_NUMBER_DIGITS = 10
_LEAST_WORDS = 2


@dataclass(frozen=True, slots=True)
class _Language:
    goes_on: tuple[tuple[str, ...], ...]
    asks_for_time: tuple[tuple[str, ...], ...]
    announces: re.Pattern[str]
    whole: frozenset[str]


def _phrases(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(words_of(phrase)) for phrase in text.split("|") if phrase.strip())


_LANGUAGES = {
    code: _Language(
        _phrases(_GOES_ON[code]),
        _phrases(_ASKS_FOR_TIME[code]),
        re.compile(_ANNOUNCES[code]),
        frozenset(" ".join(words) for words in _phrases(_WHOLE[code])),
    )
    for code in _GOES_ON
}


class WordRules:
    """Knows no sound. Where a language has no rules, punctuation and digits still say something."""

    def judge(self, text: str, language: str) -> Completeness:
        text = text.strip()
        words = words_of(text)
        if not words:
            return Completeness.OPEN
        rules = _LANGUAGES.get(language.split("-")[0].lower())
        if words[-1] in _SOUNDS:
            return Completeness.UNFINISHED
        if rules is not None:
            if " ".join(words) in rules.whole:
                return Completeness.FINISHED
            # "Which one is it for?" is a question all the same.
            if not text.endswith("?") and self._goes_on(words, rules):
                return Completeness.UNFINISHED
        if text.endswith((",", ":", "-", "–", "…", "...")):
            return Completeness.UNFINISHED
        dictated = _dictated(words)
        if dictated:
            return Completeness.UNFINISHED if dictated < _WHOLE_NUMBER_DIGITS else Completeness.OPEN
        if text.endswith(("?", "!", ".")) and len(words) >= _LEAST_WORDS:
            return Completeness.FINISHED
        return Completeness.OPEN

    @staticmethod
    def _goes_on(words: list[str], rules: _Language) -> bool:
        is_question = not _ASKS.isdisjoint(words)
        if is_question and words[-1] in _ENDS_QUESTIONS:
            return False
        return (
            _ends_with(words, rules.goes_on)
            or (not is_question and rules.announces.search(" ".join(words)) is not None)
            or any(_is_nearly(words, phrase) for phrase in rules.asks_for_time)
        )


def _is_nearly(words: list[str], phrase: tuple[str, ...]) -> bool:
    most_beside = _MOST_WORDS_BESIDE if len(phrase) > 1 else 0  # "I'm doing well" asks for nothing
    return len(words) <= len(phrase) + most_beside and tuple(words[-len(phrase) :]) == phrase


def _ends_with(words: list[str], phrases: tuple[tuple[str, ...], ...]) -> bool:
    return any(tuple(words[-len(phrase) :]) == phrase for phrase in phrases)


def _dictated(words: list[str]) -> int:
    """How many digits or letters the words end with, where they are dictated; else 0."""
    count = groups = 0
    for word in reversed(words):
        if word.isdigit():
            count += len(word)
        elif word in _DIGITS or (len(word) == 1 and word.isalpha()):
            count += 1
        else:
            break
        groups += 1
    if groups < _LEAST_WORDS or "".join(words[-2:]) in _ABBREVIATIONS:
        return 0
    return count
