"""Whether the caller is speaking, as far as voice and words tell."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from voice.core.ports import TurnSign

# An open voice without a new word for this long is taken for noise.
NOISE_MS = 10_000.0
# And sooner where the agent keeps silent for it.
WORDLESS_MS = 2_500.0
# The same when a transcriber that follows turns has taken this one for over.
OUTVOTED_MS = 700.0


class CallerState(StrEnum):
    SILENT = "silent"
    SPEAKING = "speaking"
    # Silent for now: it is being decided whether the turn has ended.
    PAUSED = "paused"


@dataclass(slots=True)
class Caller:
    state: CallerState = CallerState.SILENT
    onset_ms: float = 0.0
    last_speech_ms: float = 0.0
    paused_at_ms: float = 0.0
    # Where the voice was heard last, while it has not been for a moment: too short to be called a pause.
    faded_ms: float | None = None
    # When words came last, the same ones or others.
    words_at_ms: float = 0.0
    # When voice or words last showed that somebody speaks.
    evidence_ms: float = 0.0
    finalize_sent_ms: float | None = None
    # The pause has its final transcript, and no words have come since.
    is_settled: bool = False
    # The voice detector hears somebody. What has gone on too long without words is not taken for speaking.
    is_voiced: bool = False
    # The turn was opened by words alone: the voice is too soft for the detector.
    is_unvoiced: bool = False
    # Since when it is awaited what the transcriber makes of a voice that goes on without words; an answer
    # that shows that somebody speaks takes it back.
    questioned_ms: float | None = None
    # What the transcriber told last of this stretch of speech and the pause after it, if it tells that.
    sign: TurnSign | None = None

    @property
    def is_seen_over(self) -> bool:
        """The transcriber takes the turn for over, or nearly: its words are as good as final."""
        return self.sign in (TurnSign.LIKELY_OVER, TurnSign.OVER)

    @property
    def is_taken_back(self) -> bool:
        """The transcriber took the turn for over, and has thought better of it."""
        return self.sign is TurnSign.RESUMED and not self.is_settled

    def noise_at_ms(self, *, is_waited_for: bool) -> float:
        """When an open voice is taken for noise, unless words come in it."""
        if self.sign is TurnSign.OVER:
            return self.evidence_ms + OUTVOTED_MS
        return self.evidence_ms + (WORDLESS_MS if is_waited_for else NOISE_MS)

    def starts(self, onset_ms: float, now_ms: float) -> None:
        self.state = CallerState.SPEAKING
        self.onset_ms = onset_ms
        self.evidence_ms = now_ms
        self.is_voiced = True
        self.is_settled = self.is_unvoiced = False
        self.finalize_sent_ms = self.faded_ms = self.questioned_ms = None
        self.sign = None

    def fades(self, offset_ms: float) -> None:
        self.faded_ms = offset_ms

    def goes_on(self) -> None:
        self.faded_ms = None

    def pauses(self, offset_ms: float, now_ms: float) -> None:
        self.state = CallerState.PAUSED
        self.last_speech_ms = max(offset_ms, self.onset_ms)
        self.paused_at_ms = now_ms
        self.is_settled = False
        self.finalize_sent_ms = self.faded_ms = self.questioned_ms = None

    def falls_silent(self) -> None:
        self.state = CallerState.SILENT
        self.is_settled = self.is_unvoiced = False
        self.finalize_sent_ms = self.faded_ms = None
        self.sign = None

    def asked_to_finalize(self, now_ms: float) -> None:
        self.finalize_sent_ms = now_ms
        self.is_settled = False

    def hears(
        self, *, is_final: bool, has_words: bool, has_changed: bool, more_finals: bool, now_ms: float
    ) -> None:
        """Words have come. Opens a turn where the voice detector noticed nothing.

        `has_changed`: they are others than before. `more_finals`: of this turn more final transcripts have
        been asked for.
        """
        if has_words:
            self.words_at_ms = now_ms
        if self.state is CallerState.SILENT and has_words:
            self.onset_ms = now_ms
            self.pauses(now_ms, now_ms)
            self.is_unvoiced = True
        elif self.is_unvoiced and has_words and has_changed:
            self.last_speech_ms = now_ms
        if is_final:
            if self.questioned_ms is not None:
                self.questioned_ms = float("-inf")
            # A final text that was asked for in the pause before says nothing of this one.
            is_of_this_pause = self.finalize_sent_ms is not None or self.is_unvoiced
            self.is_settled = self.state is CallerState.PAUSED and is_of_this_pause and not more_finals
        elif self.is_settled:
            # A guess after the final text: its tail is still coming, and needs a final text of its own.
            self.is_settled = False
            self.finalize_sent_ms = None

    def is_taken_for(self, sign: TurnSign | None, *, is_news: bool) -> None:
        """`is_news`: words have come that the last sign was not about."""
        if self.state is CallerState.SILENT:
            return
        if sign is not None:
            self.sign = sign
        elif is_news and self.is_seen_over:
            self.sign = TurnSign.RESUMED

    def has_all_that_comes(self) -> None:
        """The final text that this pause was to get will not come any more."""
        self.is_settled = self.state is CallerState.PAUSED and self.finalize_sent_ms is not None
        self.sign = None  # whoever told it is gone

    def has_spoken_for(self, duration_ms: float, now_ms: float) -> bool:
        """Whether this stretch of speech, which may have paused since, lasted so long.

        Words without a voice have no length: guesses in a hum may lie seconds apart.
        """
        if self.is_unvoiced:
            return duration_ms <= 0
        until_ms = now_ms if self.state is CallerState.SPEAKING else self.last_speech_ms
        return self.onset_ms + duration_ms <= until_ms
