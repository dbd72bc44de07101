"""What a caller's words do to the floor: acknowledge, stop, greet, or nothing; by language, and by agent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from voice.core.spec import AgentSpec
from voice.engine.language import Language, PhraseSet, language_of
from voice.engine.words import words_of

# So many letters in a row are no guesses at a sound: somebody spells.
SPELLED_LETTERS = 2


@dataclass(frozen=True, slots=True)
class Phrases:
    """`stops` and `acknowledges` hold the agent's own beside those of its language."""

    language: Language
    stops: PhraseSet
    acknowledges: PhraseSet

    @classmethod
    def of(cls, agent: AgentSpec) -> Phrases:
        language, taking = language_of(agent.language), agent.turn_taking
        return cls(
            language,
            language.stops | PhraseSet(taking.stop_phrases),
            language.acknowledges | PhraseSet(taking.acknowledgements),
        )

    def is_stop(self, text: str) -> bool:
        """Whether somebody who says this over another wants him to stop, however short it is."""
        rest: Sequence[str] = words_of(text)
        lead_in = self.acknowledges | self.language.before_stops | self.language.empty
        while True:
            if self.stops.begins(rest) or self.language.stops_alone.makes_up(rest):
                return True
            size = lead_in.begins(rest)
            if not size:
                return False
            rest = rest[size:]

    def is_acknowledgement(self, text: str) -> bool:
        """Whether a listener would say this while somebody else keeps speaking. False for no words at all."""
        return self.acknowledges.makes_up(words_of(text)) and not self.is_stop(text)

    def may_be_acknowledgement(self, text: str) -> bool:
        """Whether it is the beginning of one, as far as it has been guessed."""
        return self.acknowledges.may_come(words_of(text))

    def adds_nothing(self, text: str) -> bool:
        """Whether a question means the same with these words after it. Letters do add: somebody spells."""
        words = [word for word in words_of(text) if (word,) not in self.language.sounds]
        if not words:
            return bool(words_of(text))
        little = self.acknowledges | self.language.empty
        return little.makes_up(words) and not self.is_stop(text)

    def asks_for_nothing(self, text: str, *, over_greeting: bool = False) -> bool:
        """Whether these words leave the floor to whoever has it: an acknowledgement, or mere sounds."""
        words = words_of(text)
        if not words or self._spells(words):
            return False
        longer = [word for word in words if len(word) > 1 or not word.isalpha()]
        if over_greeting and (self.language.greets | self.acknowledges).makes_up(longer):
            return True
        return self.is_acknowledgement(text) or not longer or self.adds_nothing(" ".join(longer))

    def _spells(self, words: Sequence[str]) -> bool:
        little = self.language.empty | self.language.sounds
        letters = [word for word in words if len(word) == 1 and word.isalpha() and (word,) not in little]
        # "h m m" is what a hum is taken for.
        is_sound = ("".join(letters),) in self.acknowledges | self.language.sounds
        return len(letters) >= SPELLED_LETTERS and not is_sound
