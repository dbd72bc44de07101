"""Tools in the words of chat completions: what a model is offered, what it asks for, and what it is told."""

from __future__ import annotations

import json
from typing import Any

from voice.core.errors import NonsenseError
from voice.core.spec import AgentSpec, Message
from voice.core.tools import ToolCall
from voice.providers.chat.chunks import call_pieces, whole_characters

LONGEST_CALLS_CHARACTERS = 40_000
MOST_CALLS = 32
# Groq's word for a call that its model wrote in a way that is none.
MALFORMED_CALL = "tool_use_failed"
CALM_TEMPERATURE = 0.1


class MalformedCallError(NonsenseError):
    """The model called a tool in a way that the vendor itself makes nothing of."""


def is_malformed_call(error: object) -> bool:
    """Whether an SDK's error says so: a refusal, or one in the middle of the answer, whose body is bare."""
    body = getattr(error, "body", None)
    inner = body.get("error", body) if isinstance(body, dict) else None
    return isinstance(inner, dict) and inner.get("code") == MALFORMED_CALL


def offered(agent: AgentSpec) -> dict[str, Any]:
    """The part of a request that offers the agent's tools; nothing where it has none."""
    if not agent.tools:
        return {}
    functions = [
        {"name": tool.name, "description": tool.description, "parameters": json.loads(tool.parameters)}
        for tool in agent.tools
    ]
    return {"tools": [{"type": "function", "function": function} for function in functions]}


def with_call(told: list[dict[str, Any]], message: Message) -> None:
    """Add a call and its result: to the answer before it, if the model asked for it there."""
    call = message.call
    if call is None:
        return
    asked = {
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": _object(call.arguments)},
    }
    last = next((each for each in reversed(told) if each["role"] != "tool"), None)
    is_beside_words = told and told[-1]["role"] == "assistant" and "tool_calls" not in told[-1]
    if last is not None and last["role"] == "assistant" and (call.is_joined or is_beside_words):
        last.setdefault("tool_calls", []).append(asked)
    else:
        told.append({"role": "assistant", "content": None, "tool_calls": [asked]})
    told.append({"role": "tool", "tool_call_id": call.id, "content": message.text})


def _object(arguments: str) -> str:
    """Servers read it, and refuse the whole conversation for arguments that are no object."""
    try:
        found = json.loads(arguments or "{}")
        # "NaN", 1e999 and half of a surrogate pair are JSON to Python alone.
        json.dumps(found, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        found = None
    return arguments or "{}" if isinstance(found, dict) else json.dumps({"unreadable": arguments[:200]})


class CallPieces:
    """Puts together the calls of an answer: whole in one chunk, or in fragments by index."""

    def __init__(self, vendor: str) -> None:
        self._vendor = vendor
        self._calls: dict[int, dict[str, str]] = {}
        self._characters = 0

    def take(self, chunk: object) -> None:
        """Raises NonsenseError for what is no call, or does not end."""
        try:
            for each in call_pieces(chunk, self._vendor):
                place = each.get("index")
                call = self._calls.setdefault(
                    len(self._calls) if place is None else int(place), {"id": "", "name": "", "arguments": ""}
                )
                function = each.get("function") or {}
                arguments = function.get("arguments") or ""
                call["id"] = each.get("id") or call["id"]
                call["name"] += function.get("name") or ""
                call["arguments"] += arguments
                self._characters += len(arguments)
        except (AttributeError, TypeError, ValueError, OverflowError):  # 1e999 is a number to Python
            raise NonsenseError(self._vendor, "its call of a tool cannot be read") from None
        if self._characters > LONGEST_CALLS_CHARACTERS or len(self._calls) > MOST_CALLS:
            raise NonsenseError(self._vendor, "its call of a tool does not end")

    def calls(self) -> list[ToolCall]:
        """In the order in which it asked for them."""
        return [
            ToolCall(call["id"], name, whole_characters(call["arguments"]))
            for _, call in sorted(self._calls.items())
            if (name := whole_characters(call["name"]))
        ]
