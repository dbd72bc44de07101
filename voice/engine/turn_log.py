"""Numbers the turns of a call and tells client and journal what each has come to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from voice.core.events import SessionEvent, TranscriptOut, TurnRecord, WordTime
from voice.core.spec import Role
from voice.engine.metrics import TurnClock
from voice.engine.tool_round import ToolRun


@dataclass(slots=True)
class _CallerEntry:
    index: int
    # The engine's own number for it; what a cough had shown leaves its index to the turn after it.
    turn: int
    text: str = ""
    alternatives: tuple[str, ...] = ()
    started_ms: float = 0.0
    ended_ms: float = 0.0


class TurnLog:
    """Instants come in on the session's clock and leave counted from the start of the call."""

    def __init__(self, emit: Callable[[SessionEvent], None], started_ms: float) -> None:
        self._emit = emit
        self._started_ms = started_ms
        self._next_index = 0
        # The caller's turn that may still grow; None once the agent has begun to answer it.
        self._open: _CallerEntry | None = None
        self._last: _CallerEntry | None = None

    def open_turn(self) -> int:
        """The index of a new turn by the agent. The caller's next words are another turn.

        What was shown of words that are not told yet is taken back: they come again, after the agent's.
        """
        entry, self._open = self._open, None
        if entry is not None and entry is not self._last:
            self._emit(TranscriptOut(Role.USER, "", is_final=False, turn_index=entry.index))
        return self._take_index()

    # --- the caller's ---------------------------------------------------------------------------
    def caller_speaks(self, turn: int, text: str) -> None:
        self._emit(TranscriptOut(Role.USER, text, is_final=False, turn_index=self._caller_entry(turn).index))

    def caller_taken_back(self, turn: int) -> None:
        """The words shown last were none; an empty guess says so, or the turn as it was told before."""
        entry = self._open
        if entry is None or entry.turn != turn:
            return
        is_told = entry is self._last
        text = entry.text if is_told else ""
        self._emit(TranscriptOut(Role.USER, text, is_final=is_told, turn_index=entry.index))

    def caller_said(
        self, turn: int, text: str, alternatives: tuple[str, ...], started_ms: float, ended_ms: float
    ) -> bool:
        """Returns whether this is a longer form of a turn that was told before."""
        entry = self._caller_entry(turn)
        was_told = entry is self._last
        if not was_told:
            entry.started_ms = started_ms
        entry.text, entry.alternatives, entry.ended_ms = text, alternatives, ended_ms
        self._last = entry
        self._tell_caller(entry)
        return was_told

    def caller_amended(self, turn: int, text: str, alternatives: tuple[str, ...]) -> bool:
        """The final transcript reads otherwise than the guess that was answered. Only of the last turn."""
        entry = self._last
        if entry is None or entry.turn != turn:
            return False
        entry.text, entry.alternatives = text, alternatives
        self._tell_caller(entry)
        return True

    def _caller_entry(self, turn: int) -> _CallerEntry:
        entry = self._open
        if entry is None and self._last is not None and self._last.turn == turn:
            entry = self._open = self._last  # something was said before its reply: it is the same turn
        if entry is None or (entry is self._last and entry.turn != turn):
            entry = self._open = _CallerEntry(self._take_index(), turn)
        entry.turn = turn
        return entry

    def _tell_caller(self, entry: _CallerEntry) -> None:
        self._emit(TranscriptOut(Role.USER, entry.text, is_final=True, turn_index=entry.index))
        self._emit(
            TurnRecord(
                index=entry.index,
                role=Role.USER,
                text=entry.text,
                heard_text=entry.text,
                interrupted=False,
                started_at_ms=self._since_start(entry.started_ms),
                ended_at_ms=self._since_start(entry.ended_ms),
                is_complete=True,
                alternatives=entry.alternatives,
            )
        )

    # --- the agent's ----------------------------------------------------------------------------
    def agent_speaks(self, index: int, text: str) -> None:
        self._emit(TranscriptOut(Role.AGENT, text, is_final=False, turn_index=index))

    def agent_said(self, index: int, text: str) -> None:
        self._emit(TranscriptOut(Role.AGENT, text, is_final=True, turn_index=index))

    def agent_record(
        self,
        index: int,
        *,
        text: str,
        heard_text: str,
        interrupted: bool,
        started_ms: float,
        ended_ms: float | None,
        words: tuple[WordTime, ...],
        clock: TurnClock,
        understood: bool,
        is_filler: bool,
    ) -> None:
        """Without an end the turn is still going on."""
        self._emit(
            TurnRecord(
                index=index,
                role=Role.AGENT,
                text=text,
                heard_text=heard_text,
                interrupted=interrupted,
                started_at_ms=self._since_start(started_ms),
                ended_at_ms=None if ended_ms is None else self._since_start(ended_ms),
                is_complete=ended_ms is not None,
                words=words,
                latency=clock.latency(),
                understood=understood,
                timeline=clock.timeline(self._started_ms),
                is_filler=is_filler,
            )
        )

    # --- tools ----------------------------------------------------------------------------------
    def tool_record(self, run: ToolRun) -> None:
        """A turn of its own; what the caller is saying meanwhile stays the turn that it was."""
        if run.turn_index is None:
            run.turn_index = self._take_index()
        self._emit(
            TurnRecord(
                index=run.turn_index,
                role=Role.TOOL,
                text="",
                heard_text="",
                interrupted=False,
                started_at_ms=self._since_start(run.started_ms),
                ended_at_ms=None if run.ended_ms is None else self._since_start(run.ended_ms),
                is_complete=run.is_over,
                tool=run.record(),
            )
        )

    def _take_index(self) -> int:
        index, self._next_index = self._next_index, self._next_index + 1
        return index

    def _since_start(self, at_ms: float) -> float:
        return round(max(0.0, at_ms - self._started_ms), 1)
