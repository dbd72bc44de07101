"""What Twilio's own voice says to a caller whom no agent can answer: the words of `spoken.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from voice.core.errors import RefusalCode

ENGLISH = "en"


class Words(StrEnum):
    NOT_SET_UP = "not_set_up"
    CLOSED = "closed"
    BUSY = "busy"
    RESTARTING = "restarting"
    BROKEN = "broken"
    CONNECTING = "connecting"
    NOBODY = "nobody"


# A caller is told what to do, not whose fault it is; the organisation finds that in its logs and figures.
WORDS_OF: dict[RefusalCode, Words] = {
    RefusalCode.UNAUTHORISED: Words.NOT_SET_UP,
    RefusalCode.MALFORMED: Words.NOT_SET_UP,
    RefusalCode.MODEL_NOT_ALLOWED: Words.CLOSED,
    RefusalCode.PROVIDER_UNAVAILABLE: Words.CLOSED,
    RefusalCode.AGENT_NOT_FOUND: Words.CLOSED,
    RefusalCode.MINUTES_USED_UP: Words.CLOSED,
    RefusalCode.RATE_LIMITED: Words.BUSY,
    RefusalCode.TOO_MANY_CALLS: Words.BUSY,
    RefusalCode.CAPACITY: Words.BUSY,
    RefusalCode.SERVER_SHUTDOWN: Words.RESTARTING,
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """`language`: as Twilio names it. `goodbye`: what is added where the line is hung up after it."""

    text: str
    language: str
    goodbye: str = ""

    def to_the_end(self) -> Sentence:
        return Sentence(f"{self.text} {self.goodbye}".rstrip(), self.language)


def sentence(words: Words, language: str) -> Sentence:
    """`language`: the agent's, such as "en-GB"; empty or unknown: English."""
    tables = _tables()
    table = tables.get(language.partition("-")[0].lower(), tables[ENGLISH])
    told = table[words]
    text, goodbye = told if isinstance(told, list) else (told, "")
    return Sentence(text, table["say"], goodbye)


def refusal_sentence(code: RefusalCode, language: str) -> Sentence:
    return sentence(WORDS_OF.get(code, Words.BROKEN), language)


@cache
def _tables() -> dict[str, dict[str, Any]]:
    return tomllib.loads(Path(__file__).with_name("spoken.toml").read_text(encoding="utf-8"))
