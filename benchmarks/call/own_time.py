"""Of each answer's time, what was the vendors', what was waited on purpose, and what was our own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.simulators.server import Request

At = tuple[float, str]
# A guess that left so shortly before the model was asked is what was waited for: three times what the step
# takes where it is seen, without drafts. What left earlier waited for a pause in the caller's voice.
JUST_NOW_S = 0.012


@dataclass(frozen=True, slots=True)
class OwnTime:
    """The steps between what vendors and caller do."""

    to_model_ms: float
    to_voice_ms: float
    to_caller_ms: float

    @property
    def whole_ms(self) -> float:
        return self.to_model_ms + self.to_voice_ms + self.to_caller_ms


@dataclass(frozen=True, slots=True)
class Answer:
    """One turn by the clocks of its caller and of the simulated vendors, in seconds of time.monotonic().

    `told_s`: the caller got the final transcript of the turn, which leaves us when the turn is taken for
    ended; `audio_s`: the first frame of the answer reached the caller.
    """

    last_sound_s: float
    told_s: float
    audio_s: float
    transcripts: Sequence[At]
    finalize_s: float | None
    model: Request
    voice: VoiceOrder

    @property
    def voice_to_voice_ms(self) -> float:
        return (self.audio_s - self.last_sound_s) * 1000

    @property
    def is_draft(self) -> bool:
        """The model was asked before the turn was over."""
        return self.model.came_at_s < self.told_s

    def own_ms(self, *, whole_file: bool) -> OwnTime:
        """Along the critical path, from each event that made the next step possible to that step.

        The transcript (and without a draft the turn's end) to the model's request; the token that completed
        the first piece to the voice's request; the first audio (`whole_file`: the last of the piece), once
        the turn was over, to the caller's first frame. Two steps are not a vendor's but a silence that we
        notice: the turn's end, known only by what the caller is told of it, and the pause in which a draft
        is begun upon an earlier guess. How late we noticed them stands in `deliberate_ms`.
        """
        sound_s = self.voice.left[-1][0] if whole_file else self.voice.left[0][0]
        return OwnTime(
            to_model_ms=max(0.0, self.model.came_at_s - self._may_ask_s()) * 1000,
            to_voice_ms=max(0.0, self.voice.came_at_s - self._written_s()) * 1000,
            to_caller_ms=max(0.0, self.audio_s - max(sound_s, self.told_s)) * 1000,
        )

    def deliberate_ms(self, *, whole_file: bool) -> float:
        """Silences: until the turn is taken for ended; of a draft until the final transcript or the model is
        asked for, and then until the turn's end where the sound was there before it.
        """
        if not self.is_draft:
            return (self.told_s - self.last_sound_s) * 1000
        sound_s = self.voice.left[-1][0] if whole_file else self.voice.left[0][0]
        held_s = max(0.0, self.told_s - sound_s)
        is_finalized = self.finalize_s is not None and self._heard[1].startswith("final:")
        waited_s = (self.finalize_s or 0.0) if is_finalized else self._may_ask_s()
        return (max(0.0, waited_s - self.last_sound_s) + held_s) * 1000

    @property
    def _heard(self) -> At:
        """The transcript that was there last when the model was asked."""
        return max(each for each in self.transcripts if each[0] <= self.model.came_at_s)

    def _may_ask_s(self) -> float:
        heard_s, words = self._heard
        if not self.is_draft:
            return max(heard_s, self.told_s)
        is_news = words.startswith("final:") or self.model.came_at_s - heard_s < JUST_NOW_S
        return heard_s if is_news else self.model.came_at_s

    def _written_s(self) -> float:
        """When the token left that made the piece whole which the voice was given first."""
        piece, so_far = _bare(self.voice.text), ""
        for at_s, token in self.model.left:
            so_far += _bare(token)
            if so_far.startswith(piece):
                return at_s
        return self.model.left[-1][0]


@dataclass(frozen=True, slots=True)
class VoiceOrder:
    """A piece that a voice was given, and the sound of it: when which of its characters left."""

    came_at_s: float
    text: str
    left: list[At]


def _bare(text: str) -> str:
    """What of a text no reading of it changes: white space may be."""
    return "".join(text.split()).lower()


def voice_orders(connections: Sequence[Request]) -> Iterator[VoiceOrder]:
    """Every piece that ElevenLabs was given and that sounded, whatever connection it came over."""
    for connection in connections:
        texts: dict[str, str] = {}
        began: dict[str, float] = {}
        for at_s, order in zip(connection.messages_at_s, connection.messages, strict=True):
            context = order.get("context_id", "default")
            if (text := order.get("text") or "").strip():
                began.setdefault(context, at_s)
                texts[context] = texts.get(context, "") + text
            if order.get("flush") and texts.get(context, "").strip():
                text, came_at_s = texts.pop(context), began.pop(context)
                left = _sound_of(connection.left, context, came_at_s, len(text))
                if left:
                    yield VoiceOrder(came_at_s, text, left)


def _sound_of(left: Sequence[At], context: str, since_s: float, characters: int) -> list[At]:
    """The chunks of so many characters, the first of which left after the order came."""
    found: list[At] = []
    for at_s, what in left:
        name, _, chars = what.partition(":")
        if name == context and at_s >= since_s and characters > 0:
            found.append((at_s, chars))
            characters -= len(chars)
    return found


def finalized_s(transcriber: Request, since_s: float) -> float | None:
    """When the final transcript was asked for after that instant."""
    stamped = zip(transcriber.messages_at_s, transcriber.messages, strict=True)
    return next((at_s for at_s, order in stamped if at_s >= since_s and order["type"] == "Finalize"), None)


def tokens_read(request: Request) -> int:
    """About as many as a model counts in what it was told: four characters each."""
    return len(json.dumps(request.body["messages"])) // 4


def tokens_written(request: Request) -> int:
    return len(request.left)
