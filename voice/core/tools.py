"""What an agent may do beside speaking: its tools, the model's calls of them, and what came of each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


class ToolKind(StrEnum):
    """Who carries it out: the engine itself, or the page or program at the other end of the socket."""

    HANG_UP = "hang_up"
    TRANSFER = "transfer"
    SEND_DTMF = "send_dtmf"
    HOLD_MUSIC = "hold_music"
    CLIENT = "client"


class ToolStatus(StrEnum):
    """How a call of a tool stands. `INVALID`: it was never carried out, since nothing could be made of it."""

    RUNNING = "running"
    OK = "ok"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    INVALID = "invalid"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """`parameters`: the JSON schema of an object, as text. `time_limit_s`: how long a call of it may take."""

    name: str
    description: str
    parameters: str = '{"type": "object", "properties": {}}'
    kind: ToolKind = ToolKind.CLIENT
    time_limit_s: float = 5.0


@dataclass(frozen=True, slots=True)
class ToolCall:
    """What the model asks for. `arguments` are as it wrote them, and meant to be a JSON object.

    `is_joined`: it was asked for in one breath with the call before it.
    """

    id: str
    name: str
    arguments: str = "{}"
    is_joined: bool = False


@dataclass(frozen=True, slots=True)
class ToolRecord:
    """A call of a tool as it is kept with the conversation. `result` is what the model was told."""

    call: ToolCall
    status: ToolStatus
    result: str = ""
    duration_ms: float | None = None


@dataclass(frozen=True, slots=True)
class ToolAsked:
    """The client is to carry out one of its tools, and to answer within the time limit."""

    call_id: str
    name: str
    arguments: Mapping[str, Any]
    time_limit_ms: float


@dataclass(frozen=True, slots=True)
class ToolAnswered:
    """What came of `ToolAsked`. `is_error`: the client could not do it, and `text` says why."""

    call_id: str
    text: str
    is_error: bool = False


# The argument of `hang_up` that holds the last words.
CLOSING: Final = "closing"
HANG_UP: Final = ToolSpec(
    name="hang_up",
    description=(
        "End the call. Use it only when the caller has said goodbye or clearly wants nothing more. "
        "Say goodbye in `closing`, not beside it."
    ),
    parameters=(
        '{"type": "object", "properties": {"closing": {"type": "string", '
        '"description": "The last sentence that the caller hears."}}, "additionalProperties": false}'
    ),
    kind=ToolKind.HANG_UP,
)

# What of the engine's own needs a telephone.
PHONE_ONLY: Final = frozenset({ToolKind.TRANSFER, ToolKind.SEND_DTMF})

TRANSFER_NAME: Final = "transfer"
# Its argument that says to whom.
TARGET: Final = "target"


def transfer_tool(names: Sequence[str]) -> ToolSpec:
    """Of an agent that may put callers through to these, one at least. The numbers are not the model's."""
    parameters = {
        "type": "object",
        "properties": {TARGET: {"type": "string", "enum": list(names)}},
        "required": [TARGET],
        "additionalProperties": False,
    }
    return ToolSpec(
        name=TRANSFER_NAME,
        description=(
            "Put the caller through to a person, and leave the call. Use it when the caller asks for one of "
            "them or needs what only they can do. The caller is told by itself: say nothing beside it."
        ),
        parameters=json.dumps(parameters),
        kind=ToolKind.TRANSFER,
    )


DIGITS: Final = "digits"
SEND_DTMF: Final = ToolSpec(
    name="send_dtmf",
    description=(
        "Press keys of the telephone, to get through a menu or to enter a number at the other end. "
        "Then wait for what the other end says."
    ),
    parameters=(
        '{"type": "object", "properties": {"digits": {"type": "string", "minLength": 1, "maxLength": 40, '
        '"description": "0-9, *, #, and w for half a second of waiting."}}, '
        '"required": ["digits"], "additionalProperties": false}'
    ),
    kind=ToolKind.SEND_DTMF,
)
SECONDS: Final = "seconds"
HOLD_MUSIC: Final = ToolSpec(
    name="play_hold_music",
    description=(
        "Play music while the caller waits, until they speak. With other tools in the same answer it plays "
        "until those are done. Tell the caller before that they are to wait."
    ),
    parameters=(
        '{"type": "object", "properties": {"seconds": {"type": "integer", "minimum": 2, "maximum": 120, '
        '"description": "At most for so long."}}, "additionalProperties": false}'
    ),
    kind=ToolKind.HOLD_MUSIC,
)

# No tool in a caller's page can have one of these.
BUILT_IN_NAMES: Final = frozenset({HANG_UP.name, TRANSFER_NAME, SEND_DTMF.name, HOLD_MUSIC.name})
