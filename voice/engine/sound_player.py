"""Plays what tools have sound: tones of telephone keys, and music for somebody who waits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol

from voice.audio.dtmf_tones import dtmf_tones, duration_ms
from voice.audio.hold_music import PHRASE_MS, hold_music
from voice.core.tools import ToolStatus
from voice.engine.spoken import Part
from voice.engine.tool_round import ToolRound, ToolRun
from voice.engine.tool_sound import Music, Tones
from voice.engine.written_piece import WrittenPiece


class SoundWitness(Protocol):
    def writer_works(self, for_ms: float) -> None: ...
    def writer_guards(self, is_on: bool) -> None:
        """While it is on, nothing may stop what sounds."""

    async def writer_runs_dry(self) -> None:
        """Returns when almost all that there is has been sent."""

    async def writer_heard(self) -> None:
        """Returns when all that there is has been heard."""


class SoundPlayer:
    """As pieces of the utterance, behind the words before them."""

    def __init__(self, put: Callable[[WrittenPiece], Awaitable[None]], witness: SoundWitness) -> None:
        self._put = put
        self._witness = witness

    async def play(self, done: ToolRound) -> None:
        for run in done.sounding:
            part = Part(is_sound=True, is_written=True)
            if isinstance(run.sound, Tones):
                await self._dial(run.sound, part)
                done.end(run, ToolStatus.OK, "Sent.")
            elif isinstance(run.sound, Music):
                played_ms = await self._play_music(run.sound, part, done, run)
                done.end(run, ToolStatus.OK, f"Played for {played_ms / 1000:.0f} s; the caller kept waiting.")

    async def _dial(self, tones: Tones, part: Part) -> None:
        """A machine that speaks over them still waits for all of them."""
        self._witness.writer_works(duration_ms(tones.digits))
        self._witness.writer_guards(True)
        await self._put(WrittenPiece("", part, partial(dtmf_tones, tones.digits)))
        await self._witness.writer_heard()
        self._witness.writer_guards(False)

    async def _play_music(self, music: Music, part: Part, done: ToolRound, run: ToolRun) -> float:
        """Until its limit, or until everything else that was asked for with it is done: for the end of the
        call alone nobody waits."""
        others = [each for each in done.runs if each is not run and not each.parts]
        phrase = 0
        while phrase * PHRASE_MS < music.limit_ms:
            if (others or done.parts) and all(each.is_over for each in others):
                break
            self._witness.writer_works(2 * PHRASE_MS)
            await self._put(WrittenPiece("", part, partial(hold_music, phrase)))
            await self._witness.writer_runs_dry()
            phrase += 1
        return float(phrase * PHRASE_MS)
