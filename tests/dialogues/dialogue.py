"""A scripted dialogue as one reads it from its file; README.md beside the corpus says how to write one."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

CORPUS = Path(__file__).with_name("corpus")
_WHEN = re.compile(r"(?P<seconds>\d+(?:\.\d+)?) s after (?P<event>.+)")
_PAUSE = re.compile(r"\s*\[(\d+(?:\.\d+)?)?\]\s*")
Made = TypeVar("Made")
_TURN = re.compile(r"(?P<role>agent|caller)(?P<cut>, interrupted)?: (?P<text>.*)", re.DOTALL)


class Event(StrEnum):
    CALL_STARTS = "the call starts"
    AGENT_STARTS = "the agent starts"
    AGENT_ENDS = "the agent ends"
    AGENT_STOPS = "the agent stops"
    THAT = "that"


class Fault(StrEnum):
    TRANSCRIBER_SILENT = "the transcriber never answers"
    VOICE_SILENT = "the voice never sounds"
    MODEL_SILENT = "the model never answers"
    CLIENT_SILENT = "the client never says what it has played"
    DETECTOR_OPEN = "the voice detector hears a voice all the time"
    DETECTOR_SHUT = "the voice detector hears nothing"


@dataclass(frozen=True)
class Piece:
    """Speech without a pause. `heard_as`: what the transcriber makes of it."""

    text: str
    heard_as: str
    pause_before_s: float = 0.0


@dataclass(frozen=True)
class Act:
    """One thing that a caller does."""

    when: str
    # One of these.
    says: str = ""
    makes: str = ""
    types: str = ""
    presses: str = ""
    waits_s: float = 0.0
    breaks: str = ""
    # Of speech: how it sounds where it is not spelled so, what is made of it, and guessed of it at first.
    sounds_like: str = ""
    heard_as: str = ""
    guessed_as: str = ""
    # Of a noise.
    lasts_s: float = 0.3
    level_db: float = 0.0
    # The caller only shows that he listens: none of it is meant to interrupt, nor to be answered.
    listening: bool = False
    # The transcriber answers the next request after this so late; 0: as it usually does, -1: never.
    final_ms: float = 0.0

    @property
    def delay_ms(self) -> float:
        return float(self._when["seconds"]) * 1000

    @property
    def event(self) -> Event:
        return Event(self._when["event"])

    @property
    def _when(self) -> re.Match[str]:
        found = _WHEN.fullmatch(self.when)
        if found is None:
            raise ValueError(f"{self.when!r} is no instant; write “1.2 s after the agent starts”")
        return found

    @property
    def fault(self) -> Fault | None:
        """What is broken from this moment on."""
        return Fault(self.breaks) if self.breaks else None

    @property
    def means_something(self) -> bool:
        return bool(self.says) and not self.listening

    @property
    def pieces(self) -> tuple[Piece, ...]:
        spoken = list(_pieces(self.sounds_like or self.says))
        written = [text for text, _ in _pieces(self.heard_as or self.says)]
        if len(spoken) != len(written):
            raise ValueError(f"{self.says!r}: as many pieces are spoken as heard, [] parts them too")
        return tuple(Piece(text, heard, pause) for (text, pause), heard in zip(spoken, written, strict=True))


def _pieces(text: str) -> Iterator[tuple[str, float]]:
    """ "My number is [0.9] one two" → ("My number is", 0), ("one two", 0.9)"""
    first, *rest = _PAUSE.split(text)
    yield first, 0.0
    for pause, piece in zip(rest[::2], rest[1::2], strict=True):
        yield piece, float(pause or 0)


@dataclass(frozen=True)
class Turn:
    role: str
    text: str
    interrupted: bool

    @classmethod
    def read(cls, line: str) -> Turn:
        found = _TURN.fullmatch(line)
        if found is None:
            raise ValueError(f"{line!r} is no turn; write “agent: …”, “caller: …” or “agent, interrupted: …”")
        return cls(found["role"], found["text"], found["cut"] is not None)


@dataclass(frozen=True)
class Agent:
    greeting: str = ""
    greeting_interruptible: bool = True
    language: str = "en-US"
    sensitivity: float = 0.7
    silence_ms: int = 600
    drafts: bool = True
    reminder_s: int = 0
    hang_up_s: int = 0
    max_call_s: int = 600
    # More of `TurnTakingSpec`, by name.
    turn_taking: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Transcriber:
    """Answers as Deepgram does: a guess every 150 ms, a word 100 ms after its end, a final text 150 ms after
    it was asked for. `is_plain`: lower-case words without punctuation, and no guesses worth trusting.
    """

    final_ms: float = 150.0
    is_plain: bool = False


@dataclass(frozen=True)
class Line:
    """`background`: a noise beneath everything, so much below speech."""

    voice: str = "slt"
    is_phone: bool = False
    background: str = ""
    below_db: float = 20.0
    # The client's loudspeaker is so late, and says so.
    lag_ms: float = 0.0


@dataclass(frozen=True)
class Dialogue:
    name: str
    about: str
    acts: tuple[Act, ...]
    replies: tuple[str, ...]
    turns: tuple[Turn, ...]
    agent: Agent = field(default_factory=Agent)
    transcriber: Transcriber = field(default_factory=Transcriber)
    line: Line = field(default_factory=Line)
    faults: tuple[Fault, ...] = ()
    # How often the agent may fall silent; None: as often as it likes.
    stops: int | None = None
    # How the call ends, where it does by itself.
    ends: str = ""

    @property
    def is_faulty(self) -> bool:
        return bool(self.faults) or any(act.breaks for act in self.acts)


def _made(kind: type[Made], values: dict[str, Any]) -> Made:
    known = {each.name for each in fields(kind)}  # type: ignore[arg-type]
    unknown = values.keys() - known
    if unknown:
        raise ValueError(f"{kind.__name__} has no {', '.join(sorted(unknown))}")
    return kind(**values)


def read_dialogue(path: Path) -> Dialogue:
    """Raises ValueError, with the file's name, for whatever is not understood."""
    try:
        written = tomllib.loads(path.read_text())
        expected = written.pop("expect")
        acts = tuple(_made(Act, act) for act in written.pop("caller"))
        dialogue = Dialogue(
            name=path.stem,
            about=written.pop("about"),
            acts=acts,
            replies=tuple(written.pop("replies", ["All right."])),
            turns=tuple(Turn.read(line) for line in expected.pop("turns")),
            agent=_made(Agent, written.pop("agent", {})),
            transcriber=_made(Transcriber, written.pop("transcriber", {})),
            line=_made(Line, written.pop("line", {})),
            faults=tuple(Fault(fault) for fault in written.pop("faults", [])),
            stops=expected.pop("stops", None),
            ends=expected.pop("ends", ""),
        )
        if written or expected:
            raise ValueError(f"unknown: {', '.join([*written, *expected])}")
        for act in acts:
            _ = act.event, act.pieces, act.fault
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path.name}: {error}") from error
    return dialogue


def corpus() -> list[Dialogue]:
    return [read_dialogue(path) for path in sorted(CORPUS.glob("*.toml"))]
