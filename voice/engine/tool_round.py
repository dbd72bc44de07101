"""The calls of tools in one answer of the model: begun together, each ended once, and told in order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from voice.core.clock import now_ms
from voice.core.spec import Message, Role
from voice.core.tools import ToolCall, ToolKind, ToolRecord, ToolSpec, ToolStatus
from voice.engine.parting import PARTING, Parting
from voice.engine.tool_sound import Music, Tones

# More would fill the model's view of the conversation, and be read for seconds.
LONGEST_RESULT_CHARACTERS = 4_000
CUT = " … (cut)"
STILL_RUNNING = "No result yet: it is still running. Do not call it again."
STOPPED = "Stopped before its end: the caller spoke, or the call went another way."
NOT_ENDED = "Not done: the caller spoke first, or another tool failed. The call goes on."


@dataclass(slots=True, eq=False)
class ToolRun:
    """One call of a tool, from the asking to what came of it."""

    call: ToolCall
    # None: the agent has no such tool.
    tool: ToolSpec | None
    started_ms: float
    status: ToolStatus = ToolStatus.RUNNING
    result: str = ""
    ended_ms: float | None = None
    turn_index: int | None = None
    # What is heard of it, if it is one that is heard.
    sound: Tones | Music | None = None

    @property
    def is_over(self) -> bool:
        return self.status is not ToolStatus.RUNNING

    @property
    def parts(self) -> bool:
        """Whether it is to end the conversation."""
        return self.tool is not None and self.tool.kind in PARTING

    def ends(self, status: ToolStatus, result: str) -> None:
        """The first end counts."""
        if self.is_over:
            return
        too_long = len(result) > LONGEST_RESULT_CHARACTERS
        self.result = result[: LONGEST_RESULT_CHARACTERS - len(CUT)] + CUT if too_long else result
        self.status = status
        self.ended_ms = now_ms()

    def message(self) -> Message:
        return Message(Role.TOOL, self.result if self.is_over else STILL_RUNNING, call=self.call)

    def record(self) -> ToolRecord:
        duration_ms = None if self.ended_ms is None else round(self.ended_ms - self.started_ms, 1)
        return ToolRecord(self.call, self.status, self.result, duration_ms)


class ToolRound:
    """What has been begun goes on to its end, even when the reply that asked for it is cut."""

    def __init__(
        self,
        runs: Sequence[ToolRun],
        tasks: Sequence[asyncio.Task[None]],
        parting: Parting | None,
        end: Callable[[ToolRun, ToolStatus, str], None],
    ) -> None:
        """`parting`: how one of them wants to end the conversation."""
        self.runs = tuple(runs)
        self.parting = parting
        self._tasks = tasks
        self.end = end

    @property
    def farewell(self) -> ToolRun | None:
        """The call that wants to end the conversation."""
        return next((run for run in self.runs if run.parts), None)

    @property
    def parts(self) -> bool:
        """Whether the conversation is to end now, everything else having been done."""
        return self.farewell is not None and not self.farewell.is_over

    @property
    def sounding(self) -> list[ToolRun]:
        """Those that are heard, until they have been."""
        return [run for run in self.runs if run.sound is not None and not run.is_over]

    @property
    def is_all_said(self) -> bool:
        """Whether nothing is left to say after it: keys were pressed, and the other side has its turn."""
        kinds = {run.tool.kind if run.tool else None for run in self.runs}
        return kinds == {ToolKind.SEND_DTMF} and not self.is_mistaken

    @property
    def is_mistaken(self) -> bool:
        """Whether the model called what there is not, or with arguments that do not fit."""
        return any(run.status is ToolStatus.INVALID for run in self.runs)

    @property
    def limit_ms(self) -> float:
        return max((run.tool.time_limit_s * 1000 for run in self.runs if run.tool), default=0.0)

    async def finished(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks)
        others = [run for run in self.runs if not run.parts]
        if self.farewell is not None and any(run.status is not ToolStatus.OK for run in others):
            self.end(self.farewell, ToolStatus.CANCELLED, NOT_ENDED)

    def messages(self) -> list[Message]:
        return [run.message() for run in self.runs]
