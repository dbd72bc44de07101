"""Performs the whole corpus, or a part of it, each dialogue on a virtual clock of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import cache

from tests.dialogues.dialogue import Dialogue
from tests.dialogues.performance import Performance, Stage
from tests.virtual_time import VirtualTimeLoop
from voice.providers.embedded.vad import SileroVoiceActivity


@cache
def _voice_activity() -> SileroVoiceActivity:
    return SileroVoiceActivity()


def perform(dialogue: Dialogue) -> Performance:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(Stage(dialogue, _voice_activity()).perform())


def perform_all(dialogues: Iterable[Dialogue]) -> list[Performance]:
    return [perform(dialogue) for dialogue in dialogues]
