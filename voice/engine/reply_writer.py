"""Writes a reply: asks the model, has the tools run that it calls, and asks again with what came of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from voice.core.clock import now_ms
from voice.core.errors import ProviderError
from voice.core.ports import ModelOutput
from voice.core.spec import Message, Role
from voice.core.tools import ToolCall
from voice.engine.lines import Line
from voice.engine.metrics import TurnClock
from voice.engine.model_stream import FIRST_TOKEN_LIMIT_MS, Hesitation, ModelStream
from voice.engine.parting import Parting
from voice.engine.plain_words import plain_words
from voice.engine.sentences import SentenceSplitter
from voice.engine.sound_player import SoundPlayer, SoundWitness
from voice.engine.spoken import Part
from voice.engine.tool_round import ToolRound
from voice.engine.toolbox import Toolbox
from voice.engine.usage import ReplyUsage
from voice.engine.written_piece import WrittenPiece

PIECES_WAITING = 8
# Model answers with calls in one reply; the next one has to be words.
MOST_ROUNDS = 5
# And those of them that nothing could be made of.
MOST_MISTAKES = 2
# Of a question with the results of tools in it.
ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class Script:
    """Where the words come from: the model, asked anew at each call, or a fixed text.

    `write` takes what has been said and done in this reply so far, and whether tools may be called.
    """

    write: Callable[[Sequence[Message], bool], AsyncIterator[ModelOutput]]
    is_fixed: bool
    attempts: int = ATTEMPTS
    # One of the agent's own lines, of which there may be a recording.
    line: Line | None = None
    tools: Toolbox | None = None


class WriterWitness(SoundWitness, Protocol):
    def writer_failed(self, error: ProviderError) -> None: ...
    def writer_works(self, for_ms: float) -> None:
        """It is busy with what has limits of its own: it does not hang before then."""

    def writer_parts(self, parting: Parting) -> None:
        """What comes now are the last words of the call."""


class ReplyWriter:
    """Pieces come out of `pieces`, and None when there are no more."""

    def __init__(
        self,
        script: Script,
        splitter: Callable[[], SentenceSplitter],
        clock: TurnClock,
        usage: ReplyUsage,
        witness: WriterWitness,
    ) -> None:
        """`splitter` makes one for each answer of the model."""
        self.pieces: asyncio.Queue[WrittenPiece | None] = asyncio.Queue(PIECES_WAITING)
        # What has been written and done, in this order.
        self.story: list[Part | ToolRound] = []
        self.understood = True
        # Whether it ends in words: those before a tool are no answer, nor is a filler.
        self.has_answer = False
        # The model broke off in the middle of its words, and nobody goes on.
        self.is_broken_off = False
        self._script = script
        self._make_splitter = splitter
        self._splitter = splitter()
        self._clock = clock
        self._usage = usage
        self._witness = witness
        self._part = Part()
        self._has_words = False
        self._may_act = asyncio.Event()
        self._sounds = SoundPlayer(self.pieces.put, witness)

    def allow_tools(self) -> None:
        """What it prepares is wanted. Until then nothing is done that could not be undone."""
        self._may_act.set()

    async def write(self) -> None:
        mistakes = 0
        for number in range(MOST_ROUNDS + 1):
            calls = await self._ask(may_call=number < MOST_ROUNDS and mistakes < MOST_MISTAKES)
            tools = self._script.tools
            if not calls or tools is None:
                break
            await self._may_act.wait()
            done = tools.begin(calls)
            self.story.append(done)
            self._clock.is_stretched = True
            self._witness.writer_works(done.limit_ms + ATTEMPTS * FIRST_TOKEN_LIMIT_MS)
            await self._sounds.play(done)
            await done.finished()
            if done.parting is not None and done.parts:
                await self._take_leave(done.parting)
                break
            if done.is_all_said:
                break
            mistakes += done.is_mistaken
        await self.pieces.put(None)

    async def _ask(self, *, may_call: bool) -> list[ToolCall]:
        """Asks once more, as long as there is nothing in the answer to say or to do."""
        attempts = ATTEMPTS if self.story else self._script.attempts
        self._begin_part()
        calls: list[ToolCall] = []
        for attempt in range(attempts):
            failure: ProviderError | None = None
            self._part.written = ""
            try:
                calls = await self._ask_once(may_call=may_call)
            except ProviderError as error:
                failure, calls = error, []
            for piece in self._splitter.flush():
                await self._put(piece)
            is_last = attempt == attempts - 1
            if failure is not None and (self._has_words or is_last or not failure.retryable):
                self._witness.writer_failed(failure)
                self.is_broken_off = self._has_words
                break
            if self._has_words or calls:
                break
        self._end_part()
        return calls

    async def _ask_once(self, *, may_call: bool) -> list[ToolCall]:
        calls: list[ToolCall] = []
        is_model = not self._script.is_fixed
        if is_model:
            self._clock.model_asked_ms = now_ms()
        async with ModelStream(self._script.write(self._so_far(), may_call)) as stream:
            async for output in stream:
                if isinstance(output, Hesitation):
                    pieces = self._splitter.flush_words()
                elif isinstance(output, ToolCall):
                    calls += [output] if may_call else []
                    continue
                else:
                    if is_model and self._clock.first_token_ms is None and output.text:
                        self._clock.first_token_ms = now_ms()
                    self.understood = self.understood and output.understood
                    self._usage.wrote(output.text, output.tokens)
                    self._part.written += output.text
                    # A line is one piece: its recording is of the whole.
                    is_line = self._script.line is not None
                    pieces = [output.text] if is_line else self._splitter.push(output.text)
                for piece in pieces:
                    await self._put(piece)
        if is_model:
            self._clock.model_done_ms = now_ms()
        return calls

    def _so_far(self) -> list[Message]:
        """Of this reply, as the model is told when it is asked again."""
        told: list[Message] = []
        for entry in self.story:
            if isinstance(entry, ToolRound):
                told += entry.messages()
            elif entry.is_written and entry.written.strip():
                told.append(Message(Role.AGENT, entry.written.strip()))
        return told

    async def _take_leave(self, parting: Parting) -> None:
        """The last words, unless they have been written already."""
        said = "".join(entry.written for entry in self.story if isinstance(entry, Part)).strip()
        closing = parting.closing.strip()
        if not is_sayable(closing):  # a picture of a waving hand is none
            closing = "" if is_sayable(said) else parting.otherwise
        self._witness.writer_parts(parting)
        self._begin_part()
        if closing and not said.endswith(closing):
            self._part.written = closing
            for piece in [*self._splitter.push(closing), *self._splitter.flush()]:
                await self._put(piece)
        self._end_part()
        self.has_answer = True

    def _begin_part(self) -> None:
        self._part, self._splitter, self._has_words = Part(), self._make_splitter(), False
        self.story.append(self._part)

    def _end_part(self) -> None:
        self._part.is_written = True
        self.has_answer = self._has_words

    async def _put(self, text: str) -> None:
        """Until there is a word, nothing counts: not white space, not the marks around an empty list."""
        text = text if self._script.is_fixed else plain_words(text)
        self._has_words = self._has_words or is_sayable(text)
        if self._has_words:
            await self.pieces.put(WrittenPiece(text, self._part))


def is_sayable(text: str) -> bool:
    return any(character.isalnum() for character in text)
