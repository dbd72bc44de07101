"""Whether a dialogue went as its file says, and where it did not."""

from __future__ import annotations

from tests.dialogues.performance import Performance
from voice.core.spec import Role
from voice.engine.words import words_of


def disappointments(performance: Performance) -> list[str]:
    """What was otherwise than expected; empty when all was right."""
    dialogue = performance.dialogue
    found = []
    expected = [(turn.role, turn.text, turn.interrupted) for turn in dialogue.turns]
    came = [
        (
            "agent" if record.role is Role.AGENT else "caller",
            record.heard_text if record.role is Role.AGENT else record.text,
            record.interrupted,
        )
        for record in performance.turns
        if record.role is Role.USER or record.heard_text
    ]
    if len(expected) != len(came) or not all(map(_is_as_expected, expected, came)):
        found.append(f"turns: {_listed(came)}\n  instead of {_listed(expected)}")
    stops = len(performance.listener.stops_ms)
    if dialogue.stops is not None and stops != dialogue.stops:
        found.append(f"the agent fell silent {stops} times instead of {dialogue.stops}")
    ended = performance.end.reason.code.value if performance.end else ""
    if dialogue.ends and ended != dialogue.ends:
        found.append(f"the call ended with {ended} instead of {dialogue.ends}")
    if performance.missed:
        found.append(f"{performance.missed} of the caller's acts never had their moment")
    return found


def _is_as_expected(expected: tuple[str, str, bool], came: tuple[str, str, bool]) -> bool:
    """An interrupted turn begins with what is expected of it; how far it got, the figures tell."""
    (role, text, interrupted), (other_role, other_text, was_interrupted) = expected, came
    if (role, interrupted) != (other_role, was_interrupted):
        return False
    words, other_words = words_of(text), words_of(other_text)
    return other_words[: len(words)] == words if interrupted else words == other_words


def _listed(turns: list[tuple[str, str, bool]]) -> str:
    return " | ".join(f"{role}{', interrupted' * cut}: {text}" for role, text, cut in turns)
