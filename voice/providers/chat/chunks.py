"""Reads the chunks of a streamed chat completion, as they are on the line.

Made into an SDK's objects each would take 0.6 ms of the event loop, and there are hundreds a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from voice.core.errors import NonsenseError

Json = dict[str, Any]
# No model reads so many at once; without an end they could not be added up.
MOST_TOKENS = 100_000_000


def texts(chunk: object, vendor: str) -> list[str]:
    """The words in it. Raises NonsenseError for what is no chat completion."""
    found = [delta.get("content") for delta in _deltas(chunk, vendor)]
    if not all(text is None or isinstance(text, str) for text in found):
        raise NonsenseError(vendor, "its answer is no text")
    return [whole for text in found if text and (whole := whole_characters(text))]


def whole_characters(text: str) -> str:
    """Without halves of surrogate pairs, which could be neither sent on nor stored."""
    return text if text.isascii() else text.encode("utf-8", "ignore").decode()


def call_pieces(chunk: object, vendor: str) -> Iterator[Json]:
    """Of calls of tools, `function` among them. Raises NonsenseError."""
    for delta in _deltas(chunk, vendor):
        pieces = delta.get("tool_calls") or ()
        if not isinstance(pieces, list | tuple) or not all(isinstance(piece, dict) for piece in pieces):
            raise NonsenseError(vendor, "its call of a tool cannot be read")
        yield from pieces


def failure(chunk: object) -> object:
    """What Groq says when it gives up in the middle; empty otherwise."""
    return _part(_part(chunk, "x_groq"), "error")


def counted_tokens(chunk: object) -> tuple[int, int] | None:
    """Read and written by the whole request; Groq has a place of its own for it. None for no figures."""
    usage = _part(chunk, "usage") or _part(_part(chunk, "x_groq"), "usage")
    read, written = _part(usage, "prompt_tokens"), _part(usage, "completion_tokens")
    return (read, written) if _is_count(read) and _is_count(written) else None


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value <= MOST_TOKENS


def _deltas(chunk: object, vendor: str) -> list[Json]:
    """A chunk about the usage has no choices, and a choice that ends may have no delta."""
    choices = _part(chunk, "choices")
    if not isinstance(choices, list) or not all(isinstance(choice, dict) for choice in choices):
        raise NonsenseError(vendor, "its answer is no chat completion")
    deltas = [choice.get("delta") or {} for choice in choices]
    if not all(isinstance(delta, dict) for delta in deltas):
        raise NonsenseError(vendor, "its answer is no chat completion")
    return deltas


def _part(whole: object, name: str) -> Any:
    return whole.get(name) if isinstance(whole, dict) else None
