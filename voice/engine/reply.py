"""One utterance of the agent, from first token to last sound: a single thing to pause, resume or cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from typing import Protocol

from voice.core.clock import now_ms
from voice.core.errors import ProviderError
from voice.core.ports import TextDelta
from voice.engine.lines import Line
from voice.engine.metrics import TurnClock
from voice.engine.model_stream import Hesitation, ModelStream, close_iterator
from voice.engine.mouth import Mouth
from voice.engine.plain_words import plain_words
from voice.engine.playout import FilePlayout, Playout
from voice.engine.sentences import SentenceSplitter
from voice.engine.spoken import Piece, SpokenText
from voice.engine.usage import ReplyUsage

# How far the voice may be ahead of what has begun to sound.
PIECES_AHEAD = 2
SOUND_AHEAD_MS = 10_000.0
PIECES_WAITING = 8
CLOSE_LIMIT_S = 1.5


Spawn = Callable[[Coroutine[object, object, None], str], asyncio.Task[None]]


class ReplyWitness(Protocol):
    """Who is told how an utterance fares. Called from the utterance's own tasks; must not wait."""

    def reply_ready(self, reply: Reply) -> None: ...
    def reply_sounds(self, reply: Reply, piece: Piece) -> None: ...
    def reply_progressed(self, reply: Reply) -> None: ...
    def reply_done(self, reply: Reply) -> None: ...
    def reply_failed(self, reply: Reply) -> None: ...
    def provider_failed(self, error: ProviderError, reply: Reply) -> None: ...


@dataclass(frozen=True, slots=True)
class Script:
    """Where the words come from: asks the model anew at each call, or gives a fixed text."""

    write: Callable[[], AsyncIterator[TextDelta]]
    is_fixed: bool
    attempts: int = 2
    # One of the agent's own lines, of which there may be a recording.
    line: Line | None = None


class Reply:
    """Prepares itself from `start`, sounds from `release`. Everything it owns ends with `interrupt`."""

    def __init__(
        self,
        reply_id: int,
        script: Script,
        mouth: Mouth,
        spoken: SpokenText,
        playout: Playout,
        splitter: SentenceSplitter,
        clock: TurnClock,
        usage: ReplyUsage,
        witness: ReplyWitness,
        spawn: Spawn,
    ) -> None:
        self.id = reply_id
        self.spoken = spoken
        self.playout = playout
        self.clock = clock
        self.understood = True
        # Assigned with the first sound: what never sounds is no turn.
        self.turn_index: int | None = None
        self.started_ms: float | None = None
        self._usage = usage
        self._script = script
        self._mouth = mouth
        self._splitter = splitter
        self._witness = witness
        self._spawn = spawn
        self._pieces: asyncio.Queue[str | None] = asyncio.Queue(PIECES_WAITING)
        self._maker: asyncio.Task[None] | None = None
        self._player: asyncio.Task[None] | None = None
        self._has_words = False
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
    def heard_text(self) -> str:
        return self.spoken.heard_text(self.heard_ms)

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
        if self._heard_ms is None:
            self._heard_ms = 0.0
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
            group.create_task(self._write(), name=f"reply-{self.id}-write")
            group.create_task(self._speak(), name=f"reply-{self.id}-speak")
        self.spoken.complete()
        if not self.spoken.duration_ms:
            self._usage.settle(0.0, counts=self._has_words)  # the text is shown
            self._witness.reply_failed(self)

    async def _write(self) -> None:
        """Text to pieces; asks again once, as long as there is nothing in it to say."""
        for attempt in range(self._script.attempts):
            failure: ProviderError | None = None
            try:
                await self._write_once()
            except ProviderError as error:
                failure = error
            for piece in self._splitter.flush():
                await self._put(piece)
            is_last = attempt == self._script.attempts - 1
            if failure is not None and (self._has_words or is_last or not failure.retryable):
                self._witness.provider_failed(failure, self)
                break
            if self._has_words:
                break
        await self._pieces.put(None)

    async def _put(self, text: str) -> None:
        """Until there is a word, nothing counts: not white space, not the marks around an empty list."""
        text = text if self._script.is_fixed else plain_words(text)
        self._has_words = self._has_words or _is_sayable(text)
        if self._has_words:
            await self._pieces.put(text)

    async def _write_once(self) -> None:
        is_model = not self._script.is_fixed
        if is_model:
            self.clock.model_asked_ms = now_ms()
        async with ModelStream(self._script.write()) as stream:
            async for delta in stream:
                if isinstance(delta, Hesitation):
                    pieces = self._splitter.flush_words()
                else:
                    if is_model and self.clock.first_token_ms is None and delta.text:
                        self.clock.first_token_ms = now_ms()
                    self.understood = self.understood and delta.understood
                    self._usage.wrote(delta.text, delta.tokens)
                    # A line is one piece: its recording is of the whole.
                    is_line = self._script.line is not None
                    pieces = [delta.text] if is_line else self._splitter.push(delta.text)
                for piece in pieces:
                    await self._put(piece)
        if is_model:
            self.clock.model_done_ms = now_ms()

    async def _speak(self) -> None:
        """Pieces to sound. When the voice fails for good, the rest of the text is kept."""
        has_voice = True
        while (text := await self._pieces.get()) is not None:
            if self.clock.first_sentence_ms is None:
                self.clock.first_sentence_ms = now_ms()
            await self._room()
            piece = self.spoken.add_piece(self._mouth.read(text))
            if has_voice and _is_sayable(piece.text):
                try:
                    await self._speak_piece(piece)
                except ProviderError as error:
                    has_voice = False
                    self._witness.provider_failed(error, self)
            piece.is_lost = not has_voice
            self.spoken.complete_piece(piece)
            self._sound_is_there(piece)
        self.clock.voice_done_ms = now_ms()

    async def _speak_piece(self, piece: Piece) -> None:
        if self.clock.voice_asked_ms is None:
            self.clock.voice_asked_ms = now_ms()
        script = self._script
        chunks = (
            self._mouth.speak(piece.form, is_fixed=script.is_fixed)
            if script.line is None
            else self._mouth.speak_line(script.line, piece.form)
        )
        try:
            async for chunk in chunks:
                if chunk.usage is not None:
                    self._usage.spoke(chunk.usage)
                    continue
                if chunk.audio and self.clock.first_audio_ms is None:
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
        if piece.duration_ms and self.clock.playable_ms is None:
            self.clock.playable_ms = now_ms()
            self._witness.reply_ready(self)

    # --- playing --------------------------------------------------------------------------------
    def _play(self, from_ms: float) -> None:
        self._player = self._spawn(self._play_out(from_ms), f"reply-{self.id}-play")

    async def _play_out(self, from_ms: float) -> None:
        await self.playout.run(from_ms)
        self._heard_ms = self.spoken.duration_ms
        self._is_over = True
        self._settle()
        self._witness.reply_done(self)

    def _settle(self) -> None:
        share = self.heard_ms / self.spoken.duration_ms if self.spoken.duration_ms else 0.0
        self._usage.settle(min(1.0, share), counts=self.started_ms is not None)


def _is_sayable(text: str) -> bool:
    return any(character.isalnum() for character in text)
