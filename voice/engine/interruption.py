"""Policy: when does the agent fall silent for the caller, and when was that a real interruption?"""

from __future__ import annotations

from dataclasses import dataclass

from voice.engine.phrases import Phrases
from voice.engine.words import words_of

# Speech with words in it that the least sensitive agent waits for before it yields.
LONGEST_WAIT_MS = 800.0
# The same without words, where a guess would be there by then if there were any to guess.
LONGEST_WAIT_FOR_WORDS_MS = 2_700.0
# Below these sensitivities one word over the agent's speech is not enough, nor two, to be an interruption.
ONE_WORD_FROM = 0.5
TWO_WORDS_FROM = 0.25


@dataclass(frozen=True, slots=True)
class Interruption:
    """`sensitivity` 0 never yields to a voice, 1 yields to its first frame.

    `fewest_words`: the agent's own setting; a stop phrase needs no more. `trusts_guesses`: words are soon
    known, so that below full sensitivity it is worth waiting for the first of them.
    """

    sensitivity: float
    phrases: Phrases
    trusts_guesses: bool = False
    fewest_words: int = 1

    @property
    def is_possible(self) -> bool:
        return self.sensitivity > 0

    def yields_after_ms(self, text: str, *, over_greeting: bool = False) -> float | None:
        """How much speech over the agent's makes it fall silent, given the words known so far.

        None: it speaks on, whatever the voice does.
        """
        if self.sensitivity >= 1 or self.phrases.is_stop(text):
            return 0.0
        if self.phrases.asks_for_nothing(text, over_greeting=over_greeting):
            return None
        if not self.trusts_guesses:
            return (1 - self.sensitivity) * LONGEST_WAIT_MS
        if not words_of(text):
            return (1 - self.sensitivity) * LONGEST_WAIT_FOR_WORDS_MS
        if not self._are_enough(text) or self.phrases.may_be_acknowledgement(text):
            return None  # the next guess is not far
        return (1 - self.sensitivity) * LONGEST_WAIT_MS

    def is_meant(self, text: str, *, over_greeting: bool = False) -> bool:
        """Whether these words end the agent's utterance for good.

        Sound without words never does, however long: if nothing is recognised in it, the agent goes on.
        """
        if self.phrases.is_stop(text):
            return True
        return self._are_enough(text) and not self.phrases.asks_for_nothing(text, over_greeting=over_greeting)

    def _are_enough(self, text: str) -> bool:
        fewest = 1 if self.sensitivity >= ONE_WORD_FROM else 2 if self.sensitivity >= TWO_WORDS_FROM else 3
        return len(words_of(text)) >= max(fewest, self.fewest_words)
