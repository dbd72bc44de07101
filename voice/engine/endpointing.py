"""Policy: when has the caller finished?"""

from __future__ import annotations

from dataclasses import dataclass, field

from voice.core.ports import Completeness, EndOfTurn, TurnSign
from voice.core.spec import AgentSpec, TurnTakingSpec
from voice.engine.end_of_turn import WordRules

# The last interim text has to do no sooner than this where it is not to be trusted.
GUESS_PATIENCE_MS = 1500.0
# Words that keep coming without a voice (soft speech) have an end only this long after the last of them:
# with a transcriber whose guesses keep up, and with one that makes few.
GUESSES_GAP_MS = 600.0
FEW_GUESSES_GAP_MS = 1200.0
# And nobody knows when exactly they were spoken.
UNVOICED_DOUBT_MS = 300.0
# A transcriber that follows turns is asked for its final word only so long before it would be needed: being
# asked, it takes the turn for over.
ASKED_AHEAD_MS = 150.0


@dataclass(frozen=True, slots=True)
class Endpointing:
    """All instants count from the last real speech, so that a slow transcript is absorbed, not added."""

    turn_taking: TurnTakingSpec
    language: str
    finalize_after_ms: float
    end_of_turn: EndOfTurn
    # A guess of this transcriber is mostly what its final text will say.
    trusts_guesses: bool = False
    _judged: dict[str, Completeness] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        agent: AgentSpec,
        finalize_after_ms: float,
        end_of_turn: EndOfTurn | None = None,
        *,
        trusts_guesses: bool = False,
    ) -> Endpointing:
        rules = end_of_turn or WordRules()
        return cls(agent.turn_taking, agent.language, finalize_after_ms, rules, trusts_guesses)

    def finalize_at_ms(self, last_speech_ms: float, text: str, sign: TurnSign | None = None) -> float:
        """When the transcriber is asked for its final word on what was said."""
        soonest_ms = last_speech_ms + min(self.finalize_after_ms, self.turn_taking.silence_ms)
        match sign:
            case None:
                return soonest_ms
            case TurnSign.OVER:
                return last_speech_ms
            case TurnSign.LIKELY_OVER:  # the words are known: it may weigh the end for as long as there is
                return self.ends_at_ms(last_speech_ms, text, sign)
            case _:
                return max(soonest_ms, self.ends_at_ms(last_speech_ms, text, sign) - ASKED_AHEAD_MS)

    def ends_at_ms(self, last_speech_ms: float, text: str, sign: TurnSign | None = None) -> float:
        """When the turn is over, once its transcript is final."""
        return last_speech_ms + self._silence_ms(text, sign)

    @property
    def patience_ms(self) -> float:
        """How long a final transcript may keep the caller waiting before the last interim text has to do."""
        asked_for_ms = float(self.turn_taking.transcript_wait_ms)
        return asked_for_ms if self.trusts_guesses else max(asked_for_ms, GUESS_PATIENCE_MS)

    @property
    def unvoiced_gap_ms(self) -> float:
        """How long no more words must have come before soft speech is taken to have paused."""
        return GUESSES_GAP_MS if self.trusts_guesses else FEW_GUESSES_GAP_MS

    def is_unfinished(self, text: str) -> bool:
        return self._completeness(text) is Completeness.UNFINISHED

    def is_finished(self, text: str) -> bool:
        return self._completeness(text) is Completeness.FINISHED

    def _silence_ms(self, text: str, sign: TurnSign | None) -> float:
        """Words and transcriber decide together: neither ends a turn quickly against the other."""
        turn_taking, completeness = self.turn_taking, self._completeness(text)
        if sign is TurnSign.OVER:
            return turn_taking.silence_ms if completeness is Completeness.UNFINISHED else 0.0
        is_doubted = sign in (TurnSign.BEGUN, TurnSign.RESUMED)
        match completeness:
            case Completeness.FINISHED if not is_doubted:
                return min(turn_taking.finished_silence_ms, turn_taking.silence_ms)
            case Completeness.UNFINISHED:
                return max(turn_taking.unfinished_silence_ms, turn_taking.silence_ms)
            case _:
                return turn_taking.silence_ms

    def _completeness(self, text: str) -> Completeness:
        """Asked again and again while a pause lasts: the newest text is remembered."""
        if text not in self._judged:
            self._judged.clear()
            self._judged[text] = self.end_of_turn.judge(text, self.language)
        return self._judged[text]

    def gives_up_at_ms(
        self, last_speech_ms: float, finalize_sent_ms: float, text: str, sign: TurnSign | None = None
    ) -> float:
        """When the turn ends even without a final transcript."""
        return max(self.ends_at_ms(last_speech_ms, text, sign), finalize_sent_ms + self.patience_ms)
