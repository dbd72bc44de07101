"""Makes an utterance of the agent: where its words come from, and how they become sound on this call."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

from voice.core.audio import Encoding
from voice.core.ports import LanguageModel, TextDelta
from voice.core.spec import Message, SessionSpec
from voice.engine import turn_actions as act
from voice.engine.lines import line
from voice.engine.metrics import TurnClock
from voice.engine.mouth import Mouth
from voice.engine.playout import FilePlayout, FramePlayout, Playout
from voice.engine.reply import Reply, ReplyWitness, Script, Spawn
from voice.engine.sentences import SentenceSplitter
from voice.engine.spoken import SpokenText
from voice.engine.usage import ReplyUsage, UsageMeter

Send = Callable[[Reply, bytes, float], Awaitable[None]]


class ReplyMaker:
    """Each utterance begins once the one before it has let go of the providers."""

    def __init__(
        self,
        spec: SessionSpec,
        model: LanguageModel,
        mouth: Mouth,
        send: Send,
        witness: ReplyWitness,
        spawn: Spawn,
        usage: UsageMeter,
    ) -> None:
        self._spec = spec
        self._model = model
        self._mouth = mouth
        self._send = send
        self._witness = witness
        self._spawn = spawn
        self._usage = usage
        self._last: Reply | None = None

    def answer(self, messages: tuple[Message, ...], *, attempts: int = 2) -> Script:
        agent = self._spec.agent
        return Script(lambda: self._model.reply(agent, messages), is_fixed=False, attempts=attempts)

    def fixed(self, start: act.StartReply) -> Script:
        agent = self._spec.agent
        if start.text:
            return Script(lambda: _fixed(start.text), is_fixed=False, attempts=1)
        text = agent.greeting if start.line is None else line(start.line, agent.language)
        is_fixed = start.line is not None or not agent.greeting_varies
        return Script(lambda: _fixed(text), is_fixed=is_fixed, attempts=1, line=start.line)

    def begin(self, reply_id: int, script: Script, clock: TurnClock) -> Reply:
        is_file = self._spec.audio_out.encoding is Encoding.MP3
        spoken = SpokenText(self._mouth.audio)
        kind: type[Playout] = FilePlayout if is_file else FramePlayout

        async def send(audio: bytes, duration_ms: float) -> None:
            await self._send(reply, audio, duration_ms)

        playout = kind(
            spoken,
            send,
            sounds=lambda piece: self._witness.reply_sounds(reply, piece),
            progress=lambda: self._witness.reply_progressed(reply),
        )
        splitter = SentenceSplitter(self._spec.agent.language, clause_first=not is_file)
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
