"""The turns of the call that a reply becomes: each part of it that sounds is one."""

from __future__ import annotations

import math

from voice.core.clock import now_ms
from voice.engine.metrics import TurnClock
from voice.engine.reply import Reply
from voice.engine.spoken import Part, Piece
from voice.engine.turn_log import TurnLog


class ReplyTurns:
    """Opened with the first sound: what never sounds is no turn. Told as they grow and when they are over."""

    def __init__(self, log: TurnLog) -> None:
        self._log = log

    def index(self, part: Part) -> int:
        if part.turn_index is None:
            part.turn_index = self._log.open_turn()
        return part.turn_index

    def sounds(self, reply: Reply, piece: Piece) -> None:
        """A piece has begun to sound."""
        part = piece.part
        if part.started_ms is not None:
            self._record(reply, part)
        else:
            before = self.sounding(reply)
            part.started_ms = now_ms()
            if before is not None:  # all of it has been sent; if the rest is cut now, it is told once more
                self._close(reply, before, reply.spoken.heard_text(math.inf, before), is_interrupted=False)
        reply.spoken.forget_sound_before(reply.heard_ms)
        if not part.is_sound:
            self._log.agent_speaks(self.index(part), reply.spoken.text_until(piece))

    def sounding(self, reply: Reply) -> Part | None:
        """The part that began to sound last."""
        return next((part for part in reversed(reply.spoken.parts) if part.started_ms is not None), None)

    def sent(self, reply: Reply, turn_index: int) -> None:
        """Sound of a turn has been taken for the socket. A filler is not what the caller waits for."""
        answer = next((part for part in reply.spoken.parts if part.is_waited_for), None)
        if answer is None or answer.turn_index != turn_index or reply.clock.first_sent_ms is not None:
            return
        reply.clock.first_sent_ms = now_ms()
        if answer.started_ms is not None:
            self._record(reply, answer)

    def finish(self, reply: Reply) -> None:
        """It has been heard to its end, or as far as there was a voice for it."""
        last = self.sounding(reply)
        if last is not None:
            self._close(reply, last, reply.heard_text(last), is_interrupted=False)

    def cut(self, reply: Reply) -> None:
        """It has been heard so far."""
        last = self.sounding(reply)
        for part in reply.spoken.parts:
            if part.started_ms is not None and (part is last or reply.is_cut(part)):
                self._close(reply, part, reply.heard_text(part), is_interrupted=reply.is_cut(part))

    def show(self, reply: Reply) -> None:
        """Without a voice the text is all there is."""
        for part in (each for each in reply.spoken.parts if not each.is_sound):
            part.started_ms = now_ms()
            self._log.agent_said(self.index(part), reply.spoken.text_of(part))
            self._record(reply, part, is_over=True)

    def _close(self, reply: Reply, part: Part, heard: str, *, is_interrupted: bool) -> None:
        if part.is_sound:
            return
        self._log.agent_said(self.index(part), heard)
        self._record(reply, part, heard=heard, is_over=True, is_interrupted=is_interrupted)

    def _record(
        self,
        reply: Reply,
        part: Part,
        *,
        heard: str | None = None,
        is_over: bool = False,
        is_interrupted: bool = False,
    ) -> None:
        if part.started_ms is None or part.is_sound:
            return
        answer = next((each for each in reply.spoken.parts if each.is_waited_for), None)
        self._log.agent_record(
            self.index(part),
            text=reply.spoken.text_of(part),
            heard_text=reply.heard_text(part) if heard is None else heard,
            interrupted=is_interrupted,
            started_ms=part.started_ms,
            ended_ms=now_ms() if is_over else None,
            words=reply.spoken.words(part),
            clock=reply.clock if part is answer else TurnClock(),
            understood=reply.understood,
            is_filler=part.is_filler,
        )
