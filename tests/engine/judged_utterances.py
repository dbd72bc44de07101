"""How often the rules for the end of a turn judge as a person would: over labelled utterances."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from voice.core.ports import Completeness, EndOfTurn

UTTERANCES = Path(__file__).with_name("end_of_turn_utterances.toml")
HELD_OUT = Path(__file__).with_name("end_of_turn_held_out.toml")


@dataclass(frozen=True)
class Judgement:
    language: str
    text: str
    label: Completeness
    judged: Completeness

    @property
    def is_right(self) -> bool:
        return self.judged is self.label

    @property
    def cuts_off(self) -> bool:
        """The agent would answer at once in the middle of something."""
        return self.label is Completeness.UNFINISHED and self.judged is Completeness.FINISHED

    @property
    def keeps_waiting(self) -> bool:
        """The caller has finished, and the agent would be patient."""
        return self.label is Completeness.FINISHED and self.judged is Completeness.UNFINISHED


def judgements(judge: EndOfTurn, utterances: Path = UTTERANCES) -> Iterator[Judgement]:
    for language, labels in tomllib.loads(utterances.read_text()).items():
        for label, texts in labels.items():
            for text in texts:
                yield Judgement(language, text, Completeness(label), judge.judge(text, language))
