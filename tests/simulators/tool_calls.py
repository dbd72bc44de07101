"""Calls of tools as chat completions stream them, and what a server refuses about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ToolUse:
    """An answer with calls in it, each a name and arguments, after `text`."""

    calls: tuple[tuple[str, str], ...]
    text: str = ""


def deltas(use: ToolUse, *, in_fragments: bool) -> list[dict[str, Any]]:
    """Groq sends each call whole; OpenAI its name first and the arguments in pieces."""
    found = []
    for index, (name, arguments) in enumerate(use.calls):
        pieces = [arguments[at : at + 5] for at in range(0, len(arguments), 5)] if in_fragments else []
        head = {"name": name, "arguments": "" if in_fragments else arguments}
        found.append({"index": index, "id": f"call_{index}", "type": "function", "function": head})
        found += [{"index": index, "function": {"arguments": piece}} for piece in pieces]
    return [{"tool_calls": [each]} for each in found]


def malformed(failed: str) -> dict[str, Any]:
    """Groq's word for a call that its model wrote in a way that is none."""
    return {
        "message": "Failed to call a function. Please adjust your prompt.",
        "type": "invalid_request_error",
        "code": "tool_use_failed",
        "failed_generation": failed,
    }


def refusal(body: dict[str, Any], use: ToolUse | None) -> dict[str, Any] | None:
    """What the vendor says of a conversation or a call that does not hold together."""
    open_calls: list[str] = []
    for message in body["messages"]:
        if message["role"] == "tool":
            if message.get("tool_call_id") not in open_calls:
                return _bad(f"no call {message.get('tool_call_id')} before this result")
            open_calls.remove(message["tool_call_id"])
        elif open_calls:
            return _bad(f"calls without a result: {', '.join(open_calls)}")
        else:
            open_calls = [call["id"] for call in message.get("tool_calls") or ()]
    if open_calls:
        return _bad(f"calls without a result: {', '.join(open_calls)}")
    known = {tool["function"]["name"] for tool in body.get("tools") or ()}
    if use is not None and (unknown := [name for name, _ in use.calls if name not in known]):
        return malformed(f"attempted to call tool '{unknown[0]}' which was not in request.tools")
    return None


def _bad(message: str) -> dict[str, Any]:
    return {"message": message, "type": "invalid_request_error", "code": None}
