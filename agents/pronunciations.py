"""An agent's pronunciations as people edit them: one a line, "written = spoken"."""

from __future__ import annotations

import re

from django import forms

from agents.snapshot import (
    LONGEST_SPOKEN,
    LONGEST_WRITTEN,
    MOST_PRONUNCIATIONS,
    PronunciationEntry,
)

# Two signs: capitals count.
_LINE = re.compile(r"(?P<written>[^=]*?)\s*(?P<sign>==?)\s*(?P<spoken>[^=]*)")

LONGEST_LINE = 2 * (LONGEST_WRITTEN + LONGEST_SPOKEN)


def pronunciations_of(text: str) -> list[PronunciationEntry]:
    """Raises ValidationError, with the line that is wrong in every message."""
    entries: dict[tuple[str, bool], PronunciationEntry] = {}
    errors: list[forms.ValidationError] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        found = _LINE.fullmatch(line.strip()) if len(line) <= LONGEST_LINE else None
        why_not = _why_not(found) if len(line) <= LONGEST_LINE else "it is too long."
        if found is not None and not why_not:
            entry: PronunciationEntry = {
                "written": found["written"],
                "spoken": found["spoken"],
                "case_sensitive": found["sign"] == "==",
            }
            key = _key(entry)
            if key not in entries:
                entries[key] = entry
                continue
            why_not = f"“{entry['written']}” is there twice."
        errors.append(forms.ValidationError(f"Line {number}: {why_not}", code="invalid_line"))
    if len(entries) > MOST_PRONUNCIATIONS:
        errors.append(forms.ValidationError(f"{MOST_PRONUNCIATIONS} lines at most.", code="too_many"))
    if errors:
        raise forms.ValidationError(errors[:5])
    return list(entries.values())


def text_of(entries: list[PronunciationEntry]) -> str:
    return "\n".join(
        f"{entry['written']} {'==' if entry['case_sensitive'] else '='} {entry['spoken']}"
        for entry in entries
    )


def _why_not(found: re.Match[str] | None) -> str:
    if found is None:
        return "write it as “written = spoken”."
    written, spoken = found["written"], found["spoken"]
    if not written:
        return "what is written is missing before “=”."
    if not any(character.isalnum() for character in spoken):
        return "there is nothing to say behind “=”."
    if len(written) > LONGEST_WRITTEN:
        return f"what is written may have {LONGEST_WRITTEN} characters at most."
    if len(spoken) > LONGEST_SPOKEN:
        return f"what is spoken may have {LONGEST_SPOKEN} characters at most."
    return ""


def _key(entry: PronunciationEntry) -> tuple[str, bool]:
    written, is_exact = entry["written"], entry["case_sensitive"]
    return (written if is_exact else written.casefold(), is_exact)
