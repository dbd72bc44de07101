"""Makes an utterance of the agent: where its words come from, and how they become sound on this call."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace

from voice.core.audio import Encoding
from voice.core.ports import LanguageModel, ModelOutput, TextDelta
from voice.core.spec import Message, SessionSpec
from voice.engine import turn_actions as act
from voice.engine.lines import line
from voice.engine.metrics import TurnClock
from voice.engine.mouth import Mouth
from voice.engine.playout import FilePlayout, FramePlayout, Playout
from voice.engine.reply import Reply, ReplyWitness
from voice.engine.reply_writer import Script
from voice.engine.sentences import SentenceSplitter
from voice.engine.spawn import Spawn
from voice.engine.spoken import Piece, SpokenText
from voice.engine.toolbox import Toolbox
from voice.engine.usage import ReplyUsage, UsageMeter

Send = Callable[[Reply, Piece, bytes, float, bytes], Awaitable[None]]


class ReplyMaker:
    """Each utterance begins once the one before it has let go of the providers."""

    def __init__(
        self,
        spec: SessionSpec,
        model: LanguageModel,
        mouth: Mouth,
        tools: Toolbox,
        send: Send,
        witness: ReplyWitness,
        spawn: Spawn,
        usage: UsageMeter,
    ) -> None:
        self._spec = spec
        self._model = model
        self._mouth = mouth
        self._tools = tools
        self._send = send
        self._witness = witness
        self._spawn = spawn
        self._usage = usage
        self._last: Reply | None = None

    def answer(self, messages: tuple[Message, ...], *, attempts: int = 2) -> Script:
        able, unable = self._spec.agent, replace(self._spec.agent, tools=())

        def write(so_far: Sequence[Message], may_call: bool) -> AsyncIterator[ModelOutput]:
            return self._model.reply(able if may_call else unable, (*messages, *so_far))

        return Script(write, is_fixed=False, attempts=attempts, tools=self._tools)

    def fixed(self, start: act.StartReply) -> Script:
        agent = self._spec.agent
        if start.text:
            return Script(lambda *asked: _fixed(start.text), is_fixed=False, attempts=1)
        is_consent = start.utterance is act.Utterance.CONSENT
        text = agent.recording.consent_line if is_consent else agent.greeting
        if start.line is not None:
            text = line(start.line, agent.language)
        is_fixed = start.line is not None or is_consent or not agent.greeting_varies
        return Script(lambda *asked: _fixed(text), is_fixed=is_fixed, attempts=1, line=start.line)

    def begin(self, reply_id: int, script: Script, clock: TurnClock) -> Reply:
        """Before `allow_tools` it does nothing but write and speak."""
        is_file = self._spec.audio_out.encoding is Encoding.MP3
        spoken = SpokenText(self._mouth.audio)
        kind: type[Playout] = FilePlayout if is_file else FramePlayout

        async def send(piece: Piece, audio: bytes, duration_ms: float, sound: bytes) -> None:
            await self._send(reply, piece, audio, duration_ms, sound)

        def splitter() -> SentenceSplitter:
            return SentenceSplitter(self._spec.agent.language, clause_first=not is_file)

        playout = kind(
            spoken,
            send,
            sounds=lambda piece: self._witness.reply_sounds(reply, piece),
            progress=lambda: self._witness.reply_progressed(reply),
        )
        reply = Reply(
            reply_id,
            script,
            self._mouth,
            spoken,
            playout,
            splitter,
            clock,
            ReplyUsage(self._usage),
            self._witness,
            self._spawn,
        )
        before, self._last = self._last, reply
        reply.start(after=before)
        return reply


async def _fixed(text: str) -> AsyncIterator[TextDelta]:
    yield TextDelta(text)
