"""What the vendors document of their messages: the names of fields and the kinds of their values, as data.

A shape is a kind ("str", "int", "number", "bool", "null", several with "|"), "=" and a text, a list with the
shape of each item, or an object; a name with "?" may be missing, and no other name may be there.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "shapes"


def shapes(vendor: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{vendor}.json").read_text())
    return found


def misfits(message: Any, shape: Any, where: str = "") -> list[str]:
    """How a message differs from its shape; empty if it does not."""
    match shape:
        case str() if shape.startswith("="):
            return [] if message == shape[1:] else [f"{where} is {message!r}, not {shape[1:]!r}"]
        case str():
            kinds = shape.split("|")
            return (
                [] if any(_is(message, kind) for kind in kinds) else [f"{where} is {message!r}: no {shape}"]
            )
        case [each]:
            if not isinstance(message, list):
                return [f"{where} is no list"]
            return [
                found
                for index, item in enumerate(message)
                for found in misfits(item, each, f"{where}[{index}]")
            ]
        case _:
            return _object_misfits(message, shape, where)


def _object_misfits(message: Any, shape: dict[str, Any], where: str) -> list[str]:
    if not isinstance(message, dict):
        return [f"{where} is no object"]
    found = []
    for name, inner in shape.items():
        plain = name.removesuffix("?")
        if plain in message:
            found += misfits(message[plain], inner, f"{where}.{plain}")
        elif plain == name:
            found.append(f"{where}.{name} is missing")
    known = {name.removesuffix("?") for name in shape}
    return found + [f"{where}.{name} is not documented" for name in message if name not in known]


def _is(value: Any, kind: str) -> bool:
    match kind:
        case "null":
            return value is None
        case "bool":
            return isinstance(value, bool)
        case "str":
            return isinstance(value, str)
        case "int":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case _:
            raise ValueError(f"no such kind: {kind}")
