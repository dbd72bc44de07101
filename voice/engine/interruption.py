"""Policy: when does the agent fall silent for the caller, and when was that a real interruption?"""

from __future__ import annotations

import re
from dataclasses import dataclass

# Speech that the least sensitive agent waits for before it yields.
LONGEST_WAIT_MS = 800.0
# Somebody who goes on for this long with nothing but "yeah, yeah" wants to speak.
LONG_ACKNOWLEDGEMENT_MS = 1200.0
# A pause of the agent for a cough is over this long after the cough, even when its transcript is late.
FALSE_ALARM_MS = 300.0

ACKNOWLEDGEMENTS = frozenset(
    """
    mhm mm mmm hm hmm uh huh uhuh ah oh okay ok yeah yep yup yes right sure alright gotcha
    ja jaja genau aha achso gut klar stimmt richtig
    oui ouais accord bien entendu voilà
    sí si vale claro ajá bueno
    """.split()  # noqa: SIM905
)
# Complete phrases, since their single words would mean something else.
ACKNOWLEDGING_PHRASES = frozenset(
    {"i see", "got it", "uh huh", "d'accord", "ach so", "all right", "de acuerdo"}
)
# What a transcriber makes of "uh", of a cough or of a chair: by themselves they ask for nothing.
EMPTY_WORDS = frozenset(
    """
    the a an and but or of in on at to from with for um er eh her our his its him them
    und aber oder der die das den dem ein eine in im an am zu von mit äh ähm
    et mais ou le la les un une de du des en au aux euh
    y pero o el la los las un una de del en al eh
    """.split()  # noqa: SIM905
)
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+")


def words_of(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("-", " "))


def is_acknowledgement(text: str) -> bool:
    """Whether a listener would say this while somebody else keeps speaking. False for no words at all."""
    words = words_of(text)
    return bool(words) and (
        " ".join(words) in ACKNOWLEDGING_PHRASES or all(w in ACKNOWLEDGEMENTS for w in words)
    )


def adds_nothing(text: str) -> bool:
    """Whether a question means the same with these words after it. Letters do add: somebody spells."""
    words = words_of(text)
    return is_acknowledgement(text) or (
        bool(words) and all(w in EMPTY_WORDS or w in ACKNOWLEDGEMENTS for w in words)
    )


def asks_for_nothing(text: str) -> bool:
    """Whether these words leave the floor to whoever has it: an acknowledgement, or no word but a sound."""
    words = words_of(text)
    longer = [word for word in words if len(word) > 1 or not word.isalpha()]
    return is_acknowledgement(text) or (bool(words) and (not longer or adds_nothing(" ".join(longer))))


@dataclass(frozen=True, slots=True)
class Interruption:
    """`sensitivity` 0 never yields to a voice, 1 yields to its first frame."""

    sensitivity: float

    @property
    def is_possible(self) -> bool:
        return self.sensitivity > 0

    def yields_after_ms(self, text: str) -> float:
        """How much speech over the agent's makes it fall silent, given the words known so far."""
        if self.sensitivity >= 1:
            return 0.0
        if is_acknowledgement(text):
            return LONG_ACKNOWLEDGEMENT_MS
        return (1 - self.sensitivity) * LONGEST_WAIT_MS

    def confirmed_after_ms(self, text: str) -> float | None:
        """How much speech with these words ends the agent's utterance for good.

        None for sound without words, however long: if nothing is recognised in it, the agent goes on.
        """
        if asks_for_nothing(text):
            return LONG_ACKNOWLEDGEMENT_MS
        return 0.0 if words_of(text) else None
