"""Whom an agent may put callers through to, as people edit them: one a line, "name = number = line"."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TypedDict

from django import forms

from agents.phone_numbers.e164 import as_written

MOST_TARGETS = 20
LONGEST_NAME = 60
LONGEST_LINE = 200
LONGEST_ADDRESS = 200
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
# What belongs to an address, and is no sign between the parts of a line.
_TRANSPORT = ";transport="
_SIP = re.compile(
    rf"sips?:[^\s@<>\"]+@[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{{1,5}})?({_TRANSPORT}(udp|tcp|tls))?", re.IGNORECASE
)
_SIGN = re.compile(rf"(?<!{_TRANSPORT[:-1]})=", re.IGNORECASE)


class TransferTargetEntry(TypedDict):
    """`to`: a number in E.164 or a SIP address. `line` is said first, and may be empty."""

    name: str
    to: str
    line: str


def targets_of(text: str, answered: Collection[str] = ()) -> list[TransferTargetEntry]:
    """Raises ValidationError, with the line that is wrong in every message. `answered`: the numbers that the
    agent answers itself."""
    entries: list[TransferTargetEntry] = []
    errors: list[forms.ValidationError] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        name, to, said = (part.strip() for part in [*_SIGN.split(line, 2), "", ""][:3])
        entry = TransferTargetEntry(name=name, to=_address(to), line=said)
        if why_not := _why_not(entry, entries, answered):
            errors.append(forms.ValidationError(f"Line {number}: {why_not}", code="invalid_line"))
        else:
            entries.append(entry)
    if len(entries) > MOST_TARGETS:
        errors.append(forms.ValidationError(f"{MOST_TARGETS} lines at most.", code="too_many"))
    if errors:
        raise forms.ValidationError(errors[:5])
    return entries


def text_of(entries: Sequence[TransferTargetEntry]) -> str:
    return "\n".join(" = ".join(part for part in (e["name"], e["to"], e["line"]) if part) for e in entries)


def _address(to: str) -> str:
    """A number without the signs that people put between its digits; an address with its scheme in small
    letters, as carriers write it."""
    if to.startswith("+"):
        return as_written(to)
    scheme, colon, rest = to.partition(":")
    return f"{scheme.lower()}{colon}{rest}"


def _why_not(
    entry: TransferTargetEntry, before: Sequence[TransferTargetEntry], answered: Collection[str]
) -> str:
    name, to = entry["name"], entry["to"]
    if not name:
        return "the name is missing: write it as “name = number”."
    if len(name) > LONGEST_NAME:
        return f"the name may have {LONGEST_NAME} characters at most."
    if not (_NUMBER.fullmatch(to) or _SIP.fullmatch(to)) or len(to) > LONGEST_ADDRESS:
        return "behind “=” belongs a number such as +15550100 or an address such as sip:desk@example.com."
    if to in answered:
        return f"this agent answers {to} itself, so callers would go round in a circle."
    if len(entry["line"]) > LONGEST_LINE:
        return f"what is said first may have {LONGEST_LINE} characters at most."
    if any(other["name"].casefold() == name.casefold() for other in before):
        return f"“{name}” is there twice."
    return ""
