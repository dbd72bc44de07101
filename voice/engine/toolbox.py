"""The tools of a call's agent: who carries each out, within what time, and what is said when that fails."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from voice.core.clock import now_ms
from voice.core.errors import ToolError
from voice.core.ports import ToolRequest, ToolRunner
from voice.core.spec import SessionSpec
from voice.core.tools import ToolCall, ToolKind, ToolSpec, ToolStatus
from voice.engine.parting import Parting, parting_of
from voice.engine.spawn import Spawn
from voice.engine.tool_arguments import LONGEST_CHARACTERS, BadArguments, ToolArguments
from voice.engine.tool_round import ToolRound, ToolRun
from voice.engine.tool_sound import sound_of

logger = logging.getLogger(__name__)

# In one answer of the model.
MOST_CALLS = 8
# Some servers take ids of just this length only.
ID_LENGTH = 9


class ToolWitness(Protocol):
    def tool_changed(self, run: ToolRun) -> None:
        """It has begun, or ended. Must not wait."""


class Toolbox:
    """Only what the agent has can be called, and only with arguments that fit."""

    def __init__(
        self,
        spec: SessionSpec,
        runners: Mapping[ToolKind, ToolRunner],
        spawn: Spawn,
        witness: ToolWitness,
    ) -> None:
        self._spec = spec
        self._tools = {tool.name: tool for tool in spec.agent.tools}
        self._runners = runners
        self._spawn = spawn
        self._witness = witness
        self._arguments: dict[str, ToolArguments] = {}

    def begin(self, calls: Sequence[ToolCall]) -> ToolRound:
        """All at once. The calls get ids of our own: some models number theirs anew in each answer."""
        runs: list[ToolRun] = []
        tasks: list[asyncio.Task[None]] = []
        parting: Parting | None = None
        for place, asked in enumerate(calls[:MOST_CALLS]):
            call = replace(
                asked,
                id=secrets.token_hex(ID_LENGTH)[:ID_LENGTH],
                arguments=asked.arguments[:LONGEST_CHARACTERS],
                is_joined=place > 0,
            )
            run = ToolRun(call, self._tools.get(asked.name), now_ms())
            self._witness.tool_changed(run)
            try:
                tool, arguments = self._read(run, asked)
                parts = parting_of(tool, arguments, self._spec.agent) if run.parts else None
                run.sound = sound_of(tool, arguments)
            except BadArguments as bad:
                self.end(run, ToolStatus.INVALID, str(bad))
            else:
                if run.sound is not None:
                    pass  # the utterance plays it
                elif parts is None:
                    tasks.append(self._spawn(self._carry_out(run, tool, arguments), f"tool-{call.id}"))
                elif parting is not None:
                    self.end(run, ToolStatus.INVALID, "The call can end in one way only.")
                else:
                    parting = parts
            runs.append(run)
        return ToolRound(runs, tasks, parting, self.end)

    def _read(self, run: ToolRun, asked: ToolCall) -> tuple[ToolSpec, dict[str, Any]]:
        """Raises BadArguments."""
        tool = run.tool
        if tool is None:
            known = ", ".join(self._tools) or "none"
            raise BadArguments(f"There is no such tool. There are: {known}.")
        if tool.name not in self._arguments:
            self._arguments[tool.name] = ToolArguments(tool)
        return tool, self._arguments[tool.name].read(asked.arguments)

    async def _carry_out(self, run: ToolRun, tool: ToolSpec, arguments: dict[str, Any]) -> None:
        runner = self._runners.get(tool.kind)
        if runner is None:
            self.end(run, ToolStatus.FAILED, "Unavailable: nobody can carry this tool out in this call.")
            return
        try:
            async with asyncio.timeout(tool.time_limit_s):
                result = await runner.run(ToolRequest(self._spec, tool, run.call.id, arguments))
        except TimeoutError:
            told = f"Unavailable: it did not answer within {tool.time_limit_s:g} s."
            self.end(run, ToolStatus.TIMED_OUT, told)
        except ToolError as error:
            self.end(run, ToolStatus.FAILED, str(error) or "It failed.")
        except Exception:
            logger.exception("a tool's runner failed")
            self.end(run, ToolStatus.FAILED, "Unavailable: something went wrong.")
        else:
            self.end(run, ToolStatus.OK, result)

    def end(self, run: ToolRun, status: ToolStatus, result: str) -> None:
        """What came of a call; the first end counts."""
        if not run.is_over:
            run.ends(status, result)
            self._witness.tool_changed(run)
