"""Whether what a model wrote as a tool's arguments is what the tool takes."""

from __future__ import annotations

import json
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import Unresolvable

from voice.core.tools import ToolSpec

LONGEST_CHARACTERS = 10_000
LONGEST_FAULT_CHARACTERS = 300

# A pattern can keep the event loop busy for ever: patterns are advice to the model, and not enforced.
_Validator = extend(Draft202012Validator, {"pattern": None, "patternProperties": None})  # type: ignore[no-untyped-call]  # so the stubs say

# What comes of a schema that is none in a part that another part refers to, and of figures beyond bounds.
UNFIT = (RecursionError, ValueError, ArithmeticError, TypeError, LookupError, AttributeError)


class BadArguments(Exception):
    """Its words tell the model what is wrong."""


class ToolArguments:
    """Of one tool; its schema is read once a call, when it is first needed."""

    def __init__(self, tool: ToolSpec) -> None:
        # Without a registry of its own it would fetch what a schema refers to from the network.
        self._validator = _Validator(json.loads(tool.parameters), registry=Registry())

    def read(self, text: str) -> dict[str, Any]:
        """Raises BadArguments."""
        if len(text) > LONGEST_CHARACTERS:
            raise BadArguments(f"The arguments are longer than {LONGEST_CHARACTERS} characters.")
        try:
            arguments = json.loads(text.strip() or "{}")
            # "Infinity" and 1e999 are numbers to Python alone, and so is half a surrogate pair a text.
            json.dumps(arguments, allow_nan=False, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            raise BadArguments("The arguments are no JSON.") from None
        if not isinstance(arguments, dict):
            raise BadArguments("The arguments are no JSON object.")
        try:
            fault = best_match(self._validator.iter_errors(arguments))
        except (*UNFIT, Unresolvable):
            raise BadArguments("The tool's schema cannot be applied to the arguments.") from None
        if fault is not None:
            place = "".join(f"[{step!r}]" for step in fault.absolute_path)
            told = fault.message[:LONGEST_FAULT_CHARACTERS]
            raise BadArguments(f"The arguments do not fit{f' at {place}' if place else ''}: {told}")
        return arguments
