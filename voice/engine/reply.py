"""One utterance of the agent, from first token to last sound: a single thing to pause, resume or cut."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from voice.core.clock import now_ms
from voice.core.errors import ProviderError
from voice.core.spec import Message, Role
from voice.engine import turn_events as told
from voice.engine.metrics import TurnClock
from voice.engine.model_stream import close_iterator
from voice.engine.mouth import Mouth
from voice.engine.parting import Parting
from voice.engine.playout import FRAME_MS, FilePlayout, Playout
from voice.engine.reply_writer import ReplyWriter, Script, is_sayable
from voice.engine.sentences import SentenceSplitter
from voice.engine.spawn import Spawn
from voice.engine.spoken import Part, Piece, SpokenText
from voice.engine.tool_round import ToolRound, ToolRun
from voice.engine.usage import ReplyUsage
from voice.engine.written_piece import WrittenPiece

# How far the voice may be ahead of what has begun to sound.
PIECES_AHEAD = 2
SOUND_AHEAD_MS = 10_000.0
# With so little left to send, the next sound has to be there.
DRY_MS = 300.0
CLOSE_LIMIT_S = 1.5


class ReplyWitness(Protocol):
    """Who is told how an utterance fares. Called from the utterance's own tasks; must not wait."""

    def reply_news(self, news: told.ReplyNews) -> None: ...
    def reply_sounds(self, reply: Reply, piece: Piece) -> None: ...
    def reply_progressed(self, reply: Reply) -> None: ...
    def reply_done(self, reply: Reply) -> None: ...
    def reply_failed(self, reply: Reply) -> None: ...
    def provider_failed(self, error: ProviderError, reply: Reply) -> None: ...


class Reply:
    """Prepares itself from `start`, sounds from `release`. Everything it owns ends with `interrupt`."""

    def __init__(
        self,
        reply_id: int,
        script: Script,
        mouth: Mouth,
        spoken: SpokenText,
        playout: Playout,
        splitter: Callable[[], SentenceSplitter],
        clock: TurnClock,
        usage: ReplyUsage,
        witness: ReplyWitness,
        spawn: Spawn,
    ) -> None:
        self.id = reply_id
        self.spoken = spoken
        self.playout = playout
        self.clock = clock
        self._usage = usage
        self._writer = ReplyWriter(script, splitter, clock, usage, self)
        self._script = script
        self._mouth = mouth
        self._witness = witness
        self._spawn = spawn
        self._has_nothing_to_speak = False
        self._is_ready = False
        self._maker: asyncio.Task[None] | None = None
        self._player: asyncio.Task[None] | None = None
        self._heard_ms: float | None = None
        self._is_over = False

    @property
    def heard_ms(self) -> float:
        """How much has been heard; stands still while paused and after the end."""
        return self.playout.heard_ms if self._heard_ms is None else self._heard_ms

    @property
    def is_sounding(self) -> bool:
        return self._player is not None and self._heard_ms is None

    @property
    def is_answering(self) -> bool:
        """Whether its answer has begun to sound: not only a filler, or words before a tool."""
        last = self._writer.story[-1] if self._writer.story else None
        return isinstance(last, Part) and last.started_ms is not None

    @property
    def understood(self) -> bool:
        return self._writer.understood

    @property
    def farewell(self) -> ToolRun | None:
        """The call of a tool that this utterance is to end the conversation with."""
        return next((each.farewell for each in self._rounds if each.parts), None)

    @property
    def sounding(self) -> list[ToolRun]:
        """The calls of tools that are being heard, or are still to be."""
        return [run for each in self._rounds for run in each.sounding]

    @property
    def _rounds(self) -> list[ToolRound]:
        return [entry for entry in self._writer.story if isinstance(entry, ToolRound)]

    def heard_text(self, part: Part) -> str:
        return self.spoken.heard_text(self.heard_ms, part)

    def is_cut(self, part: Part) -> bool:
        """Whether the caller did not hear the whole part; what was still to be written counts."""
        return not part.is_written or self.heard_text(part) != self.spoken.text_of(part)

    def memories(self, said: Callable[[Part], str], *, is_cut: bool) -> list[Message]:
        """What the model is to remember of it: `said` of the words, and all that was done."""
        memories: list[Message] = []
        for entry in self._writer.story:
            if isinstance(entry, ToolRound):
                memories += entry.messages()
            elif text := said(entry):
                memories.append(Message(Role.AGENT, text, interrupted=is_cut and self.is_cut(entry)))
        return memories

    def allow_tools(self) -> None:
        self._writer.allow_tools()

    def say_filler(self, text: str) -> None:
        """Before what comes next, if that is not there yet."""
        if self._has_nothing_to_speak and self._writer.pieces.empty() and not self._is_over:
            self.clock.is_stretched = True
            filler = Part(is_filler=True, written=text, is_written=True)
            self._writer.pieces.put_nowait(WrittenPiece(text, filler))

    def start(self, after: Reply | None) -> None:
        """Prepare, as soon as `after` has let go of the providers."""
        self._maker = self._spawn(self._make(after), f"reply-{self.id}")

    def release(self) -> None:
        self.clock.released_ms = now_ms()
        self._play(0.0)

    def pause(self, unsent_ms: float) -> None:
        """Stop sounding at once and remember where. `unsent_ms` of sound was taken back before it left."""
        if self._player is None or self._heard_ms is not None:
            return
        self._player.cancel()
        self.playout.clock.unsent(unsent_ms)
        self._heard_ms = self.playout.heard_ms

    def resume(self) -> None:
        if self._heard_ms is not None and not self._is_over:
            position_ms = self.playout.where_to_resume(self._heard_ms)
            self._heard_ms = None
            self._play(position_ms)

    def interrupt(self, unsent_ms: float = 0.0) -> None:
        """End it here. May be called again, which changes nothing."""
        if self._is_over:
            return
        self.pause(unsent_ms)
        self._heard_ms = self._heard_ms or 0.0
        self._is_over = True
        if self._maker is not None:
            self._maker.cancel()
        self._settle()

    async def closed(self) -> None:
        """Wait until nothing of it runs any more, for a bounded time."""
        tasks = [task for task in (self._maker, self._player) if task is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSE_LIMIT_S)

    # --- making ---------------------------------------------------------------------------------
    async def _make(self, after: Reply | None) -> None:
        if after is not None:
            await after.closed()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._writer.write(), name=f"reply-{self.id}-write")
            group.create_task(self._speak(), name=f"reply-{self.id}-speak")
        self.spoken.complete()
        if not self.spoken.duration_ms:
            self._usage.settle(0.0, counts=self._writer.has_answer)  # the text is shown
            self._witness.reply_failed(self)

    def writer_failed(self, error: ProviderError) -> None:
        self._witness.provider_failed(error, self)

    def writer_works(self, for_ms: float) -> None:
        self._witness.reply_news(told.ReplyWorks(self.id, now_ms() + for_ms))

    def writer_parts(self, parting: Parting) -> None:
        self._witness.reply_news(told.ReplyParts(self.id, parting.reason, parting.handover))

    def writer_guards(self, is_on: bool) -> None:
        self._witness.reply_news(told.ReplyGuarded(self.id, is_on))

    async def writer_runs_dry(self) -> None:
        while (
            not self._has_nothing_to_speak
            or not self._writer.pieces.empty()
            or self.spoken.duration_ms - self.playout.sent_ms > DRY_MS
        ):
            await self.spoken.changed.wait()

    async def writer_heard(self) -> None:
        await self.writer_runs_dry()
        while (left_ms := self.spoken.duration_ms - self.heard_ms) > 0:
            await self.spoken.changed.wait(max(left_ms, FRAME_MS))

    async def _next_piece(self) -> WrittenPiece | None:
        self._has_nothing_to_speak = True
        written = await self._writer.pieces.get()
        self._has_nothing_to_speak = False
        return written

    async def _speak(self) -> None:
        """Pieces to sound. When the voice fails for good, the rest of the text is kept."""
        has_voice = True
        while (written := await self._next_piece()) is not None:
            if self.clock.first_sentence_ms is None and written.part.is_waited_for:
                self.clock.first_sentence_ms = now_ms()
            await self._room()
            piece = self.spoken.add_piece(self._mouth.read(written.text), written.part)
            if written.sound is not None:
                self.spoken.add_sound(piece, written.sound(self.spoken.audio.rate_hz), ())
            elif has_voice and is_sayable(piece.text):
                try:
                    await self._speak_piece(piece)
                except ProviderError as error:
                    has_voice = False
                    self._witness.provider_failed(error, self)
            piece.is_lost = not has_voice and written.sound is None
            self.spoken.complete_piece(piece)
            self._sound_is_there(piece)
        self.clock.voice_done_ms = now_ms()

    async def _speak_piece(self, piece: Piece) -> None:
        script, is_filler = self._script, piece.part.is_filler
        if self.clock.voice_asked_ms is None and not is_filler:
            self.clock.voice_asked_ms = now_ms()
        chunks = (
            self._mouth.speak(piece.form, is_fixed=script.is_fixed or is_filler)
            if script.line is None
            else self._mouth.speak_line(script.line, piece.form)
        )
        try:
            async for chunk in chunks:
                if chunk.usage is not None:
                    self._usage.spoke(chunk.usage)
                    continue
                if chunk.audio and self.clock.first_audio_ms is None and not is_filler:
                    self.clock.first_audio_ms = now_ms()
                self.spoken.add_sound(piece, chunk.audio, chunk.words)
                if not isinstance(self.playout, FilePlayout):
                    self._sound_is_there(piece)
        finally:
            await close_iterator(chunks)

    async def _room(self) -> None:
        """Wait while the voice is far enough ahead of the caller's ear."""
        while True:
            sent_ms = self.playout.sent_ms
            ahead = sum(1 for p in self.spoken.pieces if p.duration_ms and p.starts_ms >= sent_ms)
            if ahead < PIECES_AHEAD and self.spoken.duration_ms - sent_ms < SOUND_AHEAD_MS:
                return
            await self.spoken.changed.wait()

    def _sound_is_there(self, piece: Piece) -> None:
        if piece.duration_ms and self.clock.playable_ms is None and piece.part.is_waited_for:
            self.clock.playable_ms = now_ms()
        if piece.duration_ms and not self._is_ready:
            self._is_ready = True
            self._witness.reply_news(told.ReplyReady(self.id))

    # --- playing --------------------------------------------------------------------------------
    def _play(self, from_ms: float) -> None:
        self.playout.begins(from_ms)
        self._player = self._spawn(self._play_out(), f"reply-{self.id}-play")

    async def _play_out(self) -> None:
        await self.playout.run()
        self._heard_ms = self.spoken.duration_ms
        self._is_over = True
        self._settle()
        is_answered = self.is_answering and not self._writer.is_broken_off
        is_answered |= any(each.is_all_said for each in self._rounds[-1:])
        if is_answered or self.farewell is not None:
            self._witness.reply_done(self)
        else:  # a filler, words before a tool, or half an answer: whoever asked still waits
            self._witness.reply_failed(self)

    def _settle(self) -> None:
        """What the caller has heard of it, or had done by it, was not for nothing."""
        share = self.heard_ms / self.spoken.duration_ms if self.spoken.duration_ms else 0.0
        has_sounded = any(part.started_ms is not None for part in self.spoken.parts)
        self._usage.settle(min(1.0, share), counts=has_sounded or bool(self._rounds))
