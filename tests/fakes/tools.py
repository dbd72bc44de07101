"""Tools that bring what they are told to bring, when they are told to."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from voice.core.ports import ToolRequest


@dataclass
class FakeTools:
    """A runner. `results` by the tool's name; an exception is raised, and what has none brings "done"."""

    results: dict[str, str | Exception] = field(default_factory=dict)
    takes_ms: float = 0.0
    # By the tool's name.
    takes_longer_ms: dict[str, float] = field(default_factory=dict)
    asked: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    running: int = 0
    most_at_once: int = 0

    async def run(self, request: ToolRequest) -> str:
        self.asked.append((request.tool.name, request.arguments))
        self.running += 1
        self.most_at_once = max(self.most_at_once, self.running)
        try:
            longer_ms = self.takes_longer_ms.get(request.tool.name, 0.0)
            await asyncio.sleep((self.takes_ms + longer_ms) / 1000)
        finally:
            self.running -= 1
        result = self.results.get(request.tool.name, "done")
        if isinstance(result, Exception):
            raise result
        return result
