"""Reads the published client's code out of its document, which is not ours to keep."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

VARIABLE = "VOICEX_CLIENT_DOCUMENTS"
CLIENT_INTEGRATION = "000_53b602f01f6300a6.txt"

# Code goes on after a blank line; a heading or a sentence that begins at the margin ends it.
PROSE = re.compile(r"^(#|[A-Z])[^(){}=;]*$")


def document_text(name: str = CLIENT_INTEGRATION) -> str:
    """Skips without the variable, fails with a folder that lacks the document."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        pytest.skip(f"{VARIABLE} names no folder with the published documents")
    path = Path(folder) / name
    if not path.is_file():
        pytest.fail(f"{VARIABLE} is set, but {path} is missing")
    return path.read_text(encoding="utf-8")


def javascript_under(text: str, heading: str) -> str:
    """The first JavaScript block under a heading that begins so. Raises AssertionError without one."""
    lines = iter(text.splitlines())
    for line in lines:
        if line.lstrip("# ").startswith(heading):
            break
    for line in lines:
        if line.strip().removeprefix("```") == "javascript":
            break
    code: list[str] = []
    was_blank = True
    for line in lines:
        if line.startswith("```") or (was_blank and PROSE.match(line)):
            break
        code.append(line)
        was_blank = not line.strip()
    script = "\n".join(code).strip()
    assert script, f"the document has no JavaScript under {heading!r}"
    return script


class PublishedClient:
    """The document's browser client with host, key and agent filled in."""

    def __init__(self, text: str, *, socket_host: str, api_key: str, agent_id: str) -> None:
        self.text = text
        self._places = (
            (re.compile(r"wss://(api\.)?(your-voicex\.com|host)"), socket_host),
            (re.compile(r"vx_[\w.]*\.\.\."), api_key),
            (re.compile(r"664a\.\.\."), agent_id),
        )

    def code(self, heading: str) -> str:
        script = javascript_under(self.text, heading)
        for place, value in self._places:
            script = place.sub(value, script)
        return script

    @property
    def conversation(self) -> str:
        """Steps 1 to 3 as one script, as a reader would put them together."""
        return "\n".join(
            self.code(heading) for heading in ("Step 1: Connect", "Step 2: Handle", "Step 3: Capture")
        )

    @property
    def reconnection(self) -> str:
        return self.code("Reconnection Strategy")
