"""Tools that run in the caller's page: read from the JSON of an agent's form, or refused in words."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, TypedDict

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from voice.core.tools import BUILT_IN_NAMES, HANG_UP, HOLD_MUSIC, SEND_DTMF, ToolKind, ToolSpec, transfer_tool

MOST_TOOLS = 20
LONGEST_DESCRIPTION = 1_000
LONGEST_SCHEMA = 8_000
SHORTEST_LIMIT_S, LONGEST_LIMIT_S, USUAL_LIMIT_S = 1.0, 30.0, 5.0
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
FIELDS = {"name", "description", "parameters", "time_limit_s"}
NO_PARAMETERS: dict[str, Any] = {"type": "object", "properties": {}}


# Those of the engine's own that a setting of the same name switches on.
SWITCHES = {"hang_up": HANG_UP, "send_dtmf": SEND_DTMF, "hold_music": HOLD_MUSIC}


class ClientTool(TypedDict):
    """`parameters`: the JSON schema of an object."""

    name: str
    description: str
    parameters: dict[str, Any]
    time_limit_s: float


class NoTools(ValueError):
    """Its words say which tool is wrong, and how."""


def client_tools_of(text: str) -> list[ClientTool]:
    """Raises NoTools."""
    if not text.strip():
        return []
    entries = _parsed(text)
    if not isinstance(entries, list):
        raise NoTools("Enter a list of tools: [ { … }, { … } ].")
    if len(entries) > MOST_TOOLS:
        raise NoTools(f"{MOST_TOOLS} tools at most.")
    tools = [_tool(entry, number) for number, entry in enumerate(entries, 1)]
    names = [tool["name"] for tool in tools]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise NoTools(f"There are two tools with the name {twice}.")
    return tools


def text_of(tools: list[ClientTool]) -> str:
    return json.dumps(tools, indent=2, ensure_ascii=False) if tools else ""


def tool_specs(settings: dict[str, Any], transfer_names: Sequence[str] = ()) -> tuple[ToolSpec, ...]:
    """What a session runs on. `transfer_names`: whom the agent may put callers through to."""
    client = [
        ToolSpec(
            name=tool["name"],
            description=tool["description"],
            parameters=json.dumps(tool["parameters"]),
            kind=ToolKind.CLIENT,
            time_limit_s=tool["time_limit_s"],
        )
        for tool in settings["client"]
    ]
    switched_on = [tool for name, tool in SWITCHES.items() if settings[name]]
    transfer = [transfer_tool(transfer_names)] if transfer_names else []
    return (*switched_on, *transfer, *client)


def _parsed(text: str) -> object:
    try:
        entries = json.loads(text)
    except json.JSONDecodeError as error:
        raise NoTools(f"This is no JSON (line {error.lineno}).") from None
    except (ValueError, RecursionError):
        raise NoTools("This is no JSON.") from None
    try:
        # "NaN" and 1e999 are numbers to Python alone; no NUL can be stored, no half of a pair shown again.
        if "\\u0000" in json.dumps(entries, allow_nan=False):
            raise ValueError("a NUL")
        json.dumps(entries, ensure_ascii=False).encode()
    except ValueError:
        raise NoTools("This is no JSON: it has a number or a character that is none.") from None
    return entries


def _tool(entry: object, number: int) -> ClientTool:
    if not isinstance(entry, dict):
        raise NoTools(f"Tool {number} is no object with a name, a description and parameters.")
    name, description = entry.get("name"), entry.get("description", "")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise NoTools(f"Tool {number} needs a name of letters, digits, _ and -, 64 at most.")
    if name in BUILT_IN_NAMES:
        raise NoTools(f"The name {name} belongs to the built-in tool.")
    if unknown := sorted(set(map(str, entry)) - FIELDS):
        raise NoTools(f"{name}: “{unknown[0]}” is none of {', '.join(sorted(FIELDS))}.")
    if not isinstance(description, str) or not 0 < len(description.strip()) <= LONGEST_DESCRIPTION:
        raise NoTools(
            f"{name} needs a description that tells the model when to use it, "
            f"{LONGEST_DESCRIPTION} characters at most."
        )
    limit_s = entry.get("time_limit_s", USUAL_LIMIT_S)
    if isinstance(limit_s, bool) or not isinstance(limit_s, int | float):
        raise NoTools(f"{name}: the time limit must be a number of seconds.")
    if not SHORTEST_LIMIT_S <= limit_s <= LONGEST_LIMIT_S:
        raise NoTools(
            f"{name}: the time limit must lie between {SHORTEST_LIMIT_S:g} and {LONGEST_LIMIT_S:g} s."
        )
    return ClientTool(
        name=name,
        description=description.strip(),
        parameters=_schema(entry.get("parameters", NO_PARAMETERS), name),
        time_limit_s=float(limit_s),
    )


def _schema(schema: object, name: str) -> dict[str, Any]:
    if not isinstance(schema, dict) or schema.get("type") != "object":
        raise NoTools(f'{name}: the parameters must be a JSON schema with "type": "object".')
    text = json.dumps(schema)
    if len(text) > LONGEST_SCHEMA:
        raise NoTools(f"{name}: the parameters have more than {LONGEST_SCHEMA} characters.")
    if re.search(r'"\$(?:dynamicR|r)ef": "(?!#)', text):
        raise NoTools(f"{name}: a schema may refer only to its own parts (#/$defs/…).")
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        place = "/".join(str(step) for step in error.absolute_path) or "its top"
        told = error.message[:200]
        raise NoTools(f"{name}: the parameters are no JSON schema, at {place}: {told}") from None
    except RecursionError:
        raise NoTools(f"{name}: the parameters are nested too deeply.") from None
    _check_references(schema, text, name)
    return schema


def _check_references(schema: dict[str, Any], text: str, name: str) -> None:
    """Raises NoTools for one that leads nowhere: no call of the tool could be checked by such a schema."""
    resolver = Registry().resolver_with_root(DRAFT202012.create_resource(schema))
    for written in re.findall(r'"\$(?:dynamicR|r)ef": ("#(?:[^"\\]|\\.)*")', text):
        reference = json.loads(written)
        try:
            part = resolver.lookup(reference).contents
        except (Unresolvable, ValueError, TypeError):  # the library walks into numbers and texts too
            part = None
        if not isinstance(part, dict | bool):
            raise NoTools(f"{name}: a schema refers to {reference}, which is no schema in it.")
