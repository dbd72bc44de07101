"""When the steps of a turn were, and how long each of them took."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TurnLatency:
    """Milliseconds; None where the step did not happen in this turn.

    `endpointing_ms`  caller's last sound to the decision that the turn has ended
    `transcript_ms`   caller's last sound to the final transcript
    `first_token_ms`  model asked to its first token
    `first_sentence_ms` model asked to the first speakable piece
    `first_audio_ms`  voice asked to its first audio
    `first_audio_sent_ms` voice's first audio, once it may sound, to the frame handed to the socket
    `own_ms`          what was neither waiting for the caller nor for a provider
    `voice_to_voice_ms` caller's last sound to the first audio sent
    """

    endpointing_ms: float | None = None
    transcript_ms: float | None = None
    first_token_ms: float | None = None
    first_sentence_ms: float | None = None
    first_audio_ms: float | None = None
    first_audio_sent_ms: float | None = None
    own_ms: float | None = None
    voice_to_voice_ms: float | None = None


@dataclass(frozen=True, slots=True)
class TurnTimeline:
    """When the steps of the agent's turn were, in ms from the start of the call; None where one was not.

    `last_speech_ms`    the caller's last sound
    `transcript_ms`     the final transcript
    `decided_ms`        the caller's turn was taken for ended
    `model_asked_ms`    before `decided_ms` where the reply was a draft
    `first_token_ms`    the model's first word
    `first_sentence_ms` the first speakable piece
    `model_done_ms`     the model's last word
    `voice_asked_ms`    the first piece was given to the voice
    `first_audio_ms`    its first sound
    `voice_done_ms`     its last
    `playable_ms`       there was enough sound to begin
    `released_ms`       the reply might sound
    `first_sent_ms`     the first sound was handed to the socket
    """

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
    playable_ms: float | None = None
    released_ms: float | None = None
    first_sent_ms: float | None = None
