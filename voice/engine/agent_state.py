"""What the agent is doing."""

from __future__ import annotations

from enum import StrEnum


class AgentState(StrEnum):
    LISTENING = "listening"
    THINKING = "thinking"
    SPEAKING = "speaking"
    # Silent in the middle of an utterance, until it is known whether the caller means it.
    YIELDED = "yielded"
    ENDED = "ended"
