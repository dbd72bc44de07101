"""Deepgram's segments joined into what the port delivers: one final transcript for each request, in order.

A *segment* is a stretch of sound whose text Deepgram will not change any more (`is_final`); until then it
sends guesses at it. Positions are seconds of sound sent on this connection, as in Deepgram's own messages.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from voice.core.ports import Transcript, TurnSign

# Deepgram's spans end at its own frame borders.
TOLERANCE_S = 0.06
# The pause before a request is made, and as late as Deepgram mostly is.
CROSSING_S = 0.8


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    start_s: float


@dataclass(frozen=True, slots=True)
class Segment:
    """`is_flushed`: Deepgram's answer to a request to finish. `sign`: what it takes the turn for."""

    text: str
    start_s: float
    end_s: float
    is_final: bool
    is_flushed: bool = False
    words: tuple[Word, ...] = ()
    sign: TurnSign | None = None


class Utterance:
    """What the caller has said since the last final transcript, and the requests for the next ones."""

    def __init__(self, *, follows_turns: bool = False) -> None:
        """`follows_turns`: all sound after a final segment is silence, until it tells of a new one."""
        self._follows_turns = follows_turns
        # Somebody has begun to speak since the last final segment, as far as local ears can tell.
        self._has_voice = False
        self._settled: list[str] = []
        self._guess = ""
        self._guess_end_s = 0.0
        self._settled_to_s = 0.0
        # What lies before was delivered as a guess that had to do: its segment, when it comes, is no news.
        self._told_to_s = 0.0
        self._requests: deque[float] = deque()
        # Requests given up whose answers may still come.
        self._late = 0

    @property
    def owed(self) -> int:
        """Requests that have not been answered."""
        return len(self._requests)

    @property
    def has_guess(self) -> bool:
        return bool(self._guess)

    def begins(self) -> None:
        """A voice has begun that no segment tells of yet."""
        self._has_voice = True

    def heard(self, segment: Segment) -> list[Transcript]:
        told = self._heard(segment)
        if told and segment.sign is not None:
            told[-1] = replace(told[-1], sign=segment.sign)
        return told

    def _heard(self, segment: Segment) -> list[Transcript]:
        text = self._news(segment)
        if not segment.is_final:
            self._guess, self._guess_end_s = text, segment.end_s
            return [Transcript(self._text(), is_final=False)] if text else []
        if text:
            self._settled.append(text)
        self._guess = ""
        self._has_voice = False
        self._settled_to_s = max(self._settled_to_s, segment.end_s)
        answered = self._answered(segment)
        if answered:
            return answered
        return [Transcript(self._text(), is_final=False)] if text else []

    def ask(self, position_s: float) -> Transcript | None:
        """Asks for the final transcript of all sound before; returns it if that is settled already."""
        is_settled = position_s <= self._settled_to_s + TOLERANCE_S or (
            self._follows_turns and bool(self._settled) and not self._has_voice
        )
        if not self._requests and not self._guess and is_settled:
            return self._deliver()
        self._requests.append(position_s)
        return None

    def give_up(self) -> Transcript | None:
        """The oldest request is answered with what there is: no answer came in time, or ever will."""
        if not self._requests:
            return None
        self._requests.popleft()
        self._late += 1
        if self._guess:
            self._settled.append(self._guess)
            self._told_to_s = max(self._told_to_s, self._guess_end_s)
            self._guess = ""
        return self._deliver()

    def _answered(self, segment: Segment) -> list[Transcript]:
        found: list[Transcript] = []
        while self._requests and self._requests[0] <= self._settled_to_s + TOLERANCE_S:
            self._requests.popleft()
            found.append(self._deliver())
        if found:
            self._late = 0
        elif segment.is_flushed and self._late:
            self._late -= 1
        elif len(self._requests) == 1 and (segment.is_flushed or self._crosses(segment)):
            # It flushes what it has, whatever it takes for the end of that.
            self._requests.popleft()
            found.append(self._deliver())
        return found

    def _crosses(self, segment: Segment) -> bool:
        """A request that comes to the end of its turn just too late gets no answer but that end."""
        return segment.sign is TurnSign.OVER and self._requests[0] - segment.end_s <= CROSSING_S

    def _deliver(self) -> Transcript:
        text = self._text()
        self._settled.clear()
        return Transcript(text, is_final=True)

    def _text(self) -> str:
        return " ".join(part for part in (*self._settled, self._guess) if part)

    def _news(self, segment: Segment) -> str:
        if segment.start_s >= self._told_to_s - TOLERANCE_S:
            return segment.text.strip()
        return _from(segment.words, self._told_to_s)


def _from(words: Sequence[Word], position_s: float) -> str:
    return " ".join(word.text for word in words if word.start_s >= position_s - TOLERANCE_S)
