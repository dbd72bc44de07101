"""One answer as a waterfall: when each step between the caller's last sound and the agent's first was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

Timeline = Mapping[str, float | None]
# A step too short to draw is still there.
NARROWEST = 4
WHOLE = 1000


@dataclass(frozen=True, slots=True)
class Span:
    """In thousandths of the whole picture."""

    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One step, which may have several parts. `from_ms` counts from the caller's last sound."""

    name: str
    label: str
    from_ms: int
    ms: int
    spans: list[Span]


@dataclass(frozen=True, slots=True)
class Happening:
    """Something at one instant of the call: a provider that took over ("switch"), a "tool" that was asked."""

    at_ms: float
    kind: str
    label: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A happening in the picture; `at_ms` counts from the caller's last sound."""

    x: int
    at_ms: int
    kind: str
    label: str


@dataclass(frozen=True, slots=True)
class Waterfall:
    """`turn_end_x`: where the caller's turn was taken for ended; None where nothing says so."""

    bars: list[Bar] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    turn_end_x: int | None = None


def waterfall(timeline: Timeline | None, happened: Iterable[Happening] = ()) -> Waterfall | None:
    """None for an utterance that answered nobody, or that never sounded.

    What happened outside of the picture is left out.
    """
    was = timeline or {}
    zero_ms, sounds_ms = was.get("last_speech_ms"), was.get("first_sent_ms")
    if zero_ms is None or sounds_ms is None or sounds_ms <= zero_ms:
        return None
    steps = list(_steps(was))
    # A draft may have been begun before the caller's last sound, if that was only a cough.
    from_ms = min([zero_ms, *(start for step in steps for start, _ in step.parts)])
    scale = _Scale(zero_ms, from_ms, sounds_ms)
    ended_ms = was.get("decided_ms")
    return Waterfall(
        bars=[scale.bar(step) for step in steps],
        marks=[
            Mark(scale.x(each.at_ms), round(each.at_ms - zero_ms), each.kind, each.label)
            for each in happened
            if from_ms <= each.at_ms <= sounds_ms
        ],
        turn_end_x=None if ended_ms is None else scale.x(ended_ms),
    )


@dataclass(frozen=True, slots=True)
class _Step:
    name: str
    label: str
    parts: list[tuple[float, float]]

    @property
    def ms(self) -> float:
        return sum(end - start for start, end in self.parts)


def _steps(was: Timeline) -> Iterator[_Step]:
    """In the order of the path from ear to mouth; those that did not happen are left out."""
    zero, ended = was.get("last_speech_ms"), was.get("decided_ms")
    asked, written = was.get("model_asked_ms"), was.get("first_sentence_ms")
    voice, sound = was.get("voice_asked_ms"), was.get("playable_ms")
    released, sent = was.get("released_ms"), was.get("first_sent_ms")
    is_draft = asked is not None and ended is not None and asked < ended
    may_sound = max((at for at in (sound, released) if at is not None), default=None)
    steps = [
        _step("endpointing", "End of turn", (zero, ended)),
        _step("transcript", "Transcript", (zero, was.get("transcript_ms"))),
        _step("model", "Model, early" if is_draft else "Model", (asked, written)),
        _step("voice", "Voice", (voice, sound)),
        _step("held", "Held back", (sound, released)),
        # A draft was not kept waiting by us: it was asked for while the caller might have gone on.
        _step("own", "Voicex", (None if is_draft else ended, asked), (written, voice), (may_sound, sent)),
    ]
    for step in steps:
        if step.parts and not (step.name == "held" and step.ms <= 0):
            yield step


def _step(name: str, label: str, *parts: tuple[float | None, float | None]) -> _Step:
    """Of parts that were begun and ended, in this order."""
    known = [(start, end) for start, end in parts if start is not None and end is not None and end >= start]
    return _Step(name, label, known)


@dataclass(frozen=True, slots=True)
class _Scale:
    """From instants of the call to places in the picture, which ends with the agent's first sound."""

    zero_ms: float
    from_ms: float
    to_ms: float

    def x(self, at_ms: float) -> int:
        inside = min(max(at_ms, self.from_ms), self.to_ms)
        return round((inside - self.from_ms) * WHOLE / (self.to_ms - self.from_ms))

    def bar(self, step: _Step) -> Bar:
        from_ms = round(step.parts[0][0] - self.zero_ms)
        return Bar(step.name, step.label, from_ms, round(step.ms), [self._span(*part) for part in step.parts])

    def _span(self, start_ms: float, end_ms: float) -> Span:
        x = min(self.x(start_ms), WHOLE - NARROWEST)
        return Span(x, min(max(self.x(end_ms) - x, NARROWEST), WHOLE - x))
