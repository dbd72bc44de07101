"""Where the time of a turn went, from the caller's last sound to the agent's first."""

from __future__ import annotations

from dataclasses import dataclass, fields

from voice.core.turn_times import TurnLatency, TurnTimeline
from voice.engine.spoken import SpokenText


def _between(start_ms: float | None, end_ms: float | None) -> float | None:
    """None where an instant is missing or the anchors are stale: better no figure than a wrong one."""
    if start_ms is None or end_ms is None or end_ms < start_ms:
        return None
    return round(end_ms - start_ms, 1)


@dataclass(slots=True)
class DraftCount:
    """Replies that were prepared beforehand, and what those cost that nobody heard."""

    drafts_kept: int = 0
    drafts_dropped: int = 0
    drafted_in_vain_characters: int = 0
    spoken_in_vain_characters: int = 0

    def drop(self, draft: SpokenText) -> None:
        self.drafts_dropped += 1
        self.drafted_in_vain_characters += len(draft.text)
        self.spoken_in_vain_characters += sum(len(piece.text) for piece in draft.pieces if piece.duration_ms)


@dataclass(slots=True)
class TurnClock:
    """The instants of one reply on the session's clock; None where one did not happen."""

    last_speech_ms: float | None = None
    transcript_ms: float | None = None
    decided_ms: float | None = None
    model_asked_ms: float | None = None
    first_token_ms: float | None = None
    first_sentence_ms: float | None = None
    model_done_ms: float | None = None
    voice_asked_ms: float | None = None
    first_audio_ms: float | None = None
    voice_done_ms: float | None = None
    # A stream may begin with its first audio; a file has to be complete.
    playable_ms: float | None = None
    released_ms: float | None = None
    first_sent_ms: float | None = None
    # A tool or a filler lay between: what was our own time can no longer be told apart.
    is_stretched: bool = False

    def answers(self, caller: TurnClock) -> None:
        """A reply that was prepared beforehand takes over when the caller's turn was."""
        self.last_speech_ms = caller.last_speech_ms
        self.transcript_ms = caller.transcript_ms
        self.decided_ms = caller.decided_ms

    def timeline(self, call_started_ms: float) -> TurnTimeline:
        instants = {field.name: getattr(self, field.name) for field in fields(TurnTimeline)}
        return TurnTimeline(
            **{
                name: None if at_ms is None else round(at_ms - call_started_ms, 1)
                for name, at_ms in instants.items()
            }
        )

    def latency(self) -> TurnLatency:
        return TurnLatency(
            endpointing_ms=_between(self.last_speech_ms, self.decided_ms),
            transcript_ms=_between(self.last_speech_ms, self.transcript_ms),
            first_token_ms=_between(self.model_asked_ms, self.first_token_ms),
            first_sentence_ms=_between(self.model_asked_ms, self.first_sentence_ms),
            first_audio_ms=_between(self.voice_asked_ms, self.first_audio_ms),
            first_audio_sent_ms=_between(self._may_sound_ms(self.first_audio_ms), self.first_sent_ms),
            own_ms=self._own_ms(),
            voice_to_voice_ms=_between(self.last_speech_ms, self.first_sent_ms),
        )

    def _may_sound_ms(self, there_ms: float | None) -> float | None:
        """When sound that was there might be sent: a reply may be held back until its turn has come."""
        if there_ms is None or self.released_ms is None:
            return there_ms
        return max(there_ms, self.released_ms)

    def _own_ms(self) -> float | None:
        """From each provider's event to our next request, and from playable audio to the socket.

        A reply held back because the caller had just gone on waited on purpose: that is not counted.
        """
        if self.is_stretched:
            return None
        steps = [
            _between(self.first_sentence_ms, self.voice_asked_ms),
            _between(self._may_sound_ms(self.playable_ms), self.first_sent_ms),
        ]
        asked_ms = self.model_asked_ms
        is_draft = self.decided_ms is not None and asked_ms is not None and asked_ms < self.decided_ms
        if self.decided_ms is not None and not is_draft:
            steps.append(_between(self.decided_ms, self.model_asked_ms))
        known = [step for step in steps if step is not None]
        return round(sum(known), 1) if len(known) == len(steps) else None
