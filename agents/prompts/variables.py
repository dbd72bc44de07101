"""The variables of a prompt: what the platform knows of each call, and what is given with it."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from django.utils import dateformat, translation

logger = logging.getLogger(__name__)

NAME = re.compile(r"[A-Za-z]\w{0,39}", re.ASCII)
MOST_VARIABLES = 50
LONGEST_VALUE = 500
# Servers take no longer address than 8 KiB, and an encoded text is up to three times as long.
LARGEST_JSON_BYTES = 4 * 1024

# Given with a call or known otherwise, unlike all others of the platform.
CALLERS_NAME, CALLERS_NUMBER = "name", "caller"
PLATFORM_VARIABLES: Final = {
    CALLERS_NAME: "the caller's name, where it was given with the call or the caller is signed in",
    CALLERS_NUMBER: "the number of the phone that calls",
    "now": "day, time and time zone",
    "date": "the day",
    "time": "the time of day",
    "weekday": "the day of the week",
    "time_zone": "the agent's time zone",
    "agent": "the agent's name",
    "organisation": "your organisation's name",
    "channel": "how the caller reaches the agent: browser, phone, sdk or voice_api",
}
RESERVED: Final = frozenset(PLATFORM_VARIABLES) - {CALLERS_NAME, CALLERS_NUMBER}


class VariablesInvalid(Exception):
    """What was given is nothing to fill a prompt with. The message says what cures it."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the platform knows of a call. Empty strings stand for what it does not know."""

    agent: str
    organisation: str
    channel: str
    time_zone: str
    language: str
    callers_name: str = ""
    callers_number: str = ""


@cache
def time_zones() -> list[str]:
    """Those that people choose from: places, without the old names of other places, and UTC."""
    return [
        "UTC",
        *sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/")),
    ]


def platform_values(call: Circumstances, now: datetime) -> dict[str, str]:
    """`now`: any moment with a time zone; it is told in the agent's own, in its language."""
    there = now.astimezone(_zone(call.time_zone))
    with translation.override(call.language):
        date, time, weekday = (dateformat.format(there, form) for form in ("j F Y", "H:i", "l"))
    return {
        CALLERS_NAME: as_value(call.callers_name),
        CALLERS_NUMBER: as_value(call.callers_number),
        "now": f"{weekday}, {date}, {time} ({call.time_zone})",
        "date": date,
        "time": time,
        "weekday": weekday,
        "time_zone": call.time_zone,
        "agent": as_value(call.agent),
        "organisation": as_value(call.organisation),
        "channel": call.channel,
    }


def variables_of_json(text: str, parameter: str = "variables") -> dict[str, str]:
    """What a client gives with a call, as an object of texts, numbers and truth values.

    Raises VariablesInvalid.
    """
    if not text:
        return {}
    if len(text.encode("utf-8", "replace")) > LARGEST_JSON_BYTES:
        raise VariablesInvalid(f'"{parameter}" may have {LARGEST_JSON_BYTES // 1024} KiB at most.')
    try:
        given = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise VariablesInvalid(f'"{parameter}" must be a JSON object, encoded for an address.') from None
    return checked_variables(given, parameter)


def checked_variables(given: object, parameter: str = "variables") -> dict[str, str]:
    """Raises VariablesInvalid."""
    if not isinstance(given, dict):
        raise VariablesInvalid(f'"{parameter}" must be a JSON object.')
    if len(given) > MOST_VARIABLES:
        raise VariablesInvalid(f'"{parameter}" may have {MOST_VARIABLES} entries at most.')
    return {checked_name(name, parameter): _checked_value(name, value) for name, value in given.items()}


def checked_name(name: object, parameter: str = "variables") -> str:
    """Raises VariablesInvalid."""
    if not isinstance(name, str) or not NAME.fullmatch(name):
        shown = str(name)[:40].encode("utf-8", "replace").decode()
        raise VariablesInvalid(
            f"“{shown}” cannot be a name: write letters, digits and underscores, 40 at most, a letter first."
        )
    if parameter == "variables" and name in RESERVED:
        raise VariablesInvalid(f"“{name}” is filled in by the platform: give yours another name.")
    return name


def as_value(text: str) -> str:
    """One line of text: what is put into a prompt must not look like a part of it."""
    line = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(line.split())[:LONGEST_VALUE]


def filled(
    given: Mapping[str, str], platform: Mapping[str, str], defaults: Mapping[str, str]
) -> dict[str, str]:
    """All values of a call: what is given counts, then what the platform knows, then the agent's defaults."""
    values: dict[str, str] = {}
    for source in (defaults, platform, given):
        values |= {name: value for name, value in source.items() if value}
    return values


def _checked_value(name: str, value: Any) -> str:
    """What is false is empty, so that `{% if %}` takes it for what it is."""
    if value is None or value is False:
        return ""
    if value is True:
        return "yes"
    if not isinstance(value, str | int | float):
        raise VariablesInvalid(f"“{name}” must be a text, a number, true, false or null.")
    text = str(value)
    if len(text) > LONGEST_VALUE:
        raise VariablesInvalid(f"“{name}” may have {LONGEST_VALUE} characters at most.")
    return as_value(text)


def _zone(name: str) -> ZoneInfo:
    """A zone that this machine does not know costs the right time, but not the call."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        logger.error("the time zone %s is unknown here", name)
        return ZoneInfo("UTC")


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")
