"""Rules for the port `EndOfTurn`: from its words, has a sentence come to its end?"""

from __future__ import annotations

from collections.abc import Sequence

from voice.core.ports import Completeness
from voice.engine.language import Language, language_of
from voice.engine.words import words_of

_MOST_WORDS_BESIDE = 2
# As many as the longest thing that people dictate in one go has: a telephone number with its area code.
_WHOLE_NUMBER_DIGITS = 10
_LEAST_WORDS = 2
# What is announced may have a word or two of its own: "my order number is".
_MOST_ANNOUNCING_WORDS = 3
_GOES_ON_MARKS = (",", ":", ";", "-", "–", "…", "...")


class WordRules:
    """Knows no sound. Where a language has no rules, punctuation and digits still say something."""

    def judge(self, text: str, language: str) -> Completeness:
        text = text.strip()
        words = words_of(text)
        if not words:
            return Completeness.OPEN
        rules = language_of(language)
        if (words[-1],) in rules.sounds:
            return Completeness.UNFINISHED
        if tuple(words) in rules.whole:
            return Completeness.FINISHED
        # "Which one is it for?" is a question all the same.
        if not text.endswith("?") and _goes_on(rules.courtesies.without_end(words), rules):
            return Completeness.UNFINISHED
        if text.endswith(_GOES_ON_MARKS) or _breaks_off_in_address(words, rules):
            return Completeness.UNFINISHED
        dictated = _dictated(words, rules)
        if dictated:
            return Completeness.UNFINISHED if dictated < _WHOLE_NUMBER_DIGITS else Completeness.OPEN
        if text.endswith(("?", "!", ".")) and len(words) >= _LEAST_WORDS:
            return Completeness.FINISHED
        return Completeness.OPEN


def _goes_on(words: Sequence[str], rules: Language) -> bool:
    if tuple(words) in rules.begun:
        return True
    is_question = any((word,) in rules.asks for word in words)
    if is_question and rules.ends_questions.ends(words):
        return False
    return (
        rules.goes_on.ends(words)
        or (not is_question and _announces(words, rules))
        or any(
            tuple(words[beside:]) in rules.asks_for_time
            # "I'm doing well" asks for nothing: a single word has to stand alone.
            for beside in range(_MOST_WORDS_BESIDE + 1)
            if not beside or len(words) - beside > 1
        )
    )


def _breaks_off_in_address(words: Sequence[str], rules: Language) -> bool:
    """ "a n n a at example": the end of the domain has not come."""
    if len(words) < _LEAST_WORDS + 1 or (words[-2],) not in rules.address_marks:
        return False
    return len(words[-3]) == 1 or any((word,) in rules.addresses for word in words)


def _announces(words: Sequence[str], rules: Language) -> bool:
    """ "My order number is": what it is has not come."""
    return any(
        tuple(words[-size:]) in rules.announces and (_without_article(words[-size - 1]),) in rules.announced
        for size in range(1, _MOST_ANNOUNCING_WORDS)
        if len(words) > size
    )


def _without_article(word: str) -> str:
    """ "l'adresse" → "adresse" """
    return word.rsplit("'", 1)[-1]


def _dictated(words: Sequence[str], rules: Language) -> int:
    """How many digits or letters the words end with, where they are dictated; else 0."""
    count = groups = 0
    has_pairs = False
    for word in reversed(words):
        if word.isdigit():
            count += len(word)
        elif (word,) in rules.digits or (len(word) == 1 and word.isalpha()):
            count += 1
        elif (word,) in rules.pairs:
            count += 2
            has_pairs = True
        else:
            break
        groups += 1
    before, group = words[: len(words) - groups], words[-1]
    if has_pairs and groups <= _LEAST_WORDS:
        return 0  # "vingt deux" is a number as others are
    if groups >= _LEAST_WORDS:
        return 0 if ("".join(words[-2:]),) in rules.abbreviations else count
    # One group alone may be an hour or a year, and one letter a word.
    if not groups or not before:
        return count if group.isdigit() and group.startswith("0") else 0
    if group.isdigit():
        return count if group.startswith("0") or _announces(before, rules) else 0
    is_letter = len(group) == 1 and group.isalpha()
    return count if is_letter and rules.spells.ends(before) and (group,) not in rules.empty else 0
