"""Carries out what the turn machine decides: the one place where decisions become sound, text and records."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping

from voice.core.clock import now_ms
from voice.core.errors import EndCode, EndReason, ProviderError
from voice.core.events import AudioEnd, AudioOut, AudioStop, ErrorOut
from voice.core.ports import LanguageModel, ToolRunner
from voice.core.spec import SessionSpec
from voice.core.tools import ToolKind, ToolStatus
from voice.engine import turn_actions as act
from voice.engine import turn_events as told
from voice.engine.acknowledgements import Acknowledgements
from voice.engine.alarm import Alarm
from voice.engine.ear import Ear
from voice.engine.failure_cause import with_cause
from voice.engine.fillers import Fillers
from voice.engine.how_it_begins import how_it_begins
from voice.engine.memory import Memory
from voice.engine.metrics import DraftCount, TurnClock
from voice.engine.mouth import Mouth
from voice.engine.order import OpenOrders
from voice.engine.outbox import Outbox
from voice.engine.reply import Reply
from voice.engine.reply_maker import ReplyMaker
from voice.engine.reply_turns import ReplyTurns
from voice.engine.spawn import Spawn
from voice.engine.spoken import Piece
from voice.engine.tool_round import NOT_ENDED, STOPPED, ToolRun
from voice.engine.toolbox import Toolbox
from voice.engine.turn_log import TurnLog
from voice.engine.turns import TurnMachine
from voice.engine.usage import UsageMeter

logger = logging.getLogger(__name__)


class Conversation:
    """Owns the turn machine, the history and the current reply. Nothing in it waits."""

    def __init__(
        self,
        spec: SessionSpec,
        model: LanguageModel,
        ear: Ear,
        mouth: Mouth,
        tool_runners: Mapping[ToolKind, ToolRunner],
        outbox: Outbox,
        orders: OpenOrders,
        spawn: Spawn,
        ended: Callable[[EndReason], None],
        usage: UsageMeter,
    ) -> None:
        self._spec = spec
        self._ear = ear
        self._outbox = outbox
        self._orders = orders
        self._ended = ended
        self._memory = Memory(spec, model, spawn, outbox.put, usage)
        self._history = self._memory.history
        self._log = TurnLog(outbox.put, now_ms())
        self._turns = ReplyTurns(self._log)
        self._machine = TurnMachine(spec.agent, ear.endpointing(), now_ms())
        self._acknowledgements = Acknowledgements()
        self._tools = Toolbox(spec, tool_runners, spawn, self)
        self._fillers = Fillers(spec.agent.language)
        self._maker = ReplyMaker(spec, model, mouth, self._tools, self._send, self, spawn, usage)
        self._reply: Reply | None = None
        self._draft: Reply | None = None
        self._has_sounded = False
        self.drafts = DraftCount()
        self._turn_clock = TurnClock()
        self._alarm = Alarm(lambda: self.dispatch(told.Tick()))
        self._events: deque[told.TurnEvent] = deque()
        self._is_dispatching = False
        self._last_failure: ProviderError | None = None
        self.interruptions = 0
        self.false_interruptions = 0

    def begin(self) -> None:
        self.dispatch(how_it_begins(self._spec))

    def close(self) -> None:
        """Nothing more is decided or sounds; what either side was saying is recorded as far as it got."""
        self._events.clear()
        self._alarm.set(None)
        self._cut()
        self._drop_draft()
        unanswered = self._machine.floor.unanswered(now_ms())
        if unanswered is not None:
            self._caller_said(unanswered)

    def dispatch(self, event: told.TurnEvent) -> None:
        """Decide and act. What happens meanwhile is decided after that, never in between."""
        self._events.append(event)
        if self._is_dispatching:
            return
        self._is_dispatching = True
        try:
            while self._events:
                for action in self._machine.handle(self._events.popleft(), now_ms()):
                    self._carry_out(action)
        finally:
            self._is_dispatching = False
        self._alarm.set(self._machine.deadline_ms)

    def _carry_out(self, action: act.TurnAction) -> None:
        match action:
            case act.BeginSpeech():
                self._ear.begin_speech()
            case act.Finalize():
                self._ear.finalize()
            case act.ShowCaller(turn, text):
                self._log.caller_speaks(turn, text)
            case act.TakeBackCaller(turn):
                self._log.caller_taken_back(turn)
            case act.CommitTurn():
                self._caller_said(action)
            case act.AmendTurn(turn, text, alternatives):
                if self._log.caller_amended(turn, text, alternatives):
                    self._history.caller_amended(text, alternatives)
            case act.StartReply():
                self._start_reply(action)
            case act.StartDraft():
                self._start_draft(action)
            case act.AdoptDraft():
                self._adopt_draft()
            case act.DropDraft():
                self._drop_draft()
            case act.ReleaseReply():
                self._release()
            case act.PauseReply():
                self._fall_silent()
            case act.ResumeReply():
                self.false_interruptions += 1
                if self._reply is not None:
                    self._acknowledgements.runs(self._reply.playout)
                    self._reply.resume()
            case act.CutReply(by_caller=by_caller):
                self.interruptions += by_caller
                self._cut()
            case act.DropReply():
                self._cut()
            case act.SettleOrder(order, outcome):
                self._orders.settle(order, outcome)
            case act.SayFiller():
                if self._reply is not None:
                    self._reply.say_filler(self._fillers.next())
            case act.EndCall(reason, handover):
                self._cut()
                if handover is not None:
                    self._outbox.put(handover)
                self._ended(with_cause(reason, self._last_failure))

    def _caller_said(self, turn: act.CommitTurn) -> None:
        ended_ms = turn.decided_ms if turn.last_speech_ms is None else turn.last_speech_ms
        is_longer = self._log.caller_said(turn.turn, turn.text, turn.alternatives, turn.started_ms, ended_ms)
        self._history.caller_said(turn.text, turn.alternatives, instead=is_longer)
        self._turn_clock = TurnClock(
            last_speech_ms=turn.last_speech_ms, transcript_ms=turn.final_at_ms, decided_ms=turn.decided_ms
        )

    # --- the reply ------------------------------------------------------------------------------
    def _start_reply(self, start: act.StartReply) -> None:
        is_answer = start.utterance is act.Utterance.REPLY
        script = self._maker.answer(self._history.messages) if is_answer else self._maker.fixed(start)
        if is_answer:
            self._history.is_told()
        clock, self._turn_clock = self._turn_clock, TurnClock()
        self._reply = self._maker.begin(start.reply_id, script, clock)
        self._reply.allow_tools()

    def _start_draft(self, start: act.StartDraft) -> None:
        said = self._history.if_caller_said(start.text, start.alternatives, instead=start.is_longer)
        self._draft = self._maker.begin(start.reply_id, self._maker.answer(said, attempts=1), TurnClock())

    def _adopt_draft(self) -> None:
        self._reply, self._draft = self._draft, None
        if self._reply is not None:
            self._history.is_told()
            self._reply.allow_tools()
            self._reply.clock.answers(self._turn_clock)
            self._turn_clock = TurnClock()
            self.drafts.drafts_kept += 1

    def _drop_draft(self) -> None:
        draft, self._draft = self._draft, None
        if draft is not None:
            draft.interrupt()
            self.drafts.drop(draft.spoken)

    def _release(self) -> None:
        if self._reply is not None:
            self._reply.playout.is_first, self._has_sounded = not self._has_sounded, True
            self._acknowledgements.runs(self._reply.playout)
            self._reply.release()

    async def _send(self, reply: Reply, piece: Piece, audio: bytes, duration_ms: float, sound: bytes) -> None:
        if not reply.is_sounding:
            await asyncio.sleep(0)  # it was stopped from within its own task: let it be cancelled here
        await self._outbox.put_audio(AudioOut(audio, duration_ms, self._turns.index(piece.part), sound))

    def _fall_silent(self) -> None:
        reply = self._reply
        if reply is None or not reply.is_sounding:
            return
        reply.pause(self._outbox.drop_audio())
        self._acknowledgements.rests()
        part = self._turns.sounding(reply)
        if part is not None:
            self._outbox.put(AudioStop(self._turns.index(part), self._acknowledgements.played_ms))

    def _cut(self) -> None:
        """End the current utterance, if any, with what has been heard of it."""
        reply = self._reply
        if reply is None:
            return
        self._fall_silent()
        self._reply = None
        reply.interrupt()
        if reply.farewell is not None:
            self._tools.end(reply.farewell, ToolStatus.CANCELLED, NOT_ENDED)
        for run in reply.sounding:
            self._tools.end(run, ToolStatus.CANCELLED, STOPPED)
        self._turns.cut(reply)
        self._memory.agent_did(reply.memories(reply.heard_text, is_cut=True))

    # --- what the reply and the client report ---------------------------------------------------
    def audio_taken(self, audio: AudioOut) -> None:
        """The reader has taken this for the socket."""
        if self._reply is not None:
            self._turns.sent(self._reply, audio.turn_index)

    def acknowledged(self, position_ms: float) -> None:
        self._acknowledgements.heard(position_ms)

    def reply_news(self, news: told.ReplyNews) -> None:
        self.dispatch(news)

    def reply_sounds(self, reply: Reply, piece: Piece) -> None:
        self._turns.sounds(reply, piece)

    def reply_progressed(self, reply: Reply) -> None:
        progress = told.ReplyProgress(reply.id, reply.playout.clock.heard_by_ms, reply.is_answering)
        if self._is_dispatching or not self._machine.only_waits_longer(progress):
            self.dispatch(progress)

    def reply_done(self, reply: Reply) -> None:
        self._finish(reply)
        is_question = reply.spoken.heard_text(reply.heard_ms).endswith("?")
        self.dispatch(told.ReplyDone(reply.id, is_question))

    def reply_failed(self, reply: Reply) -> None:
        """Without a voice the text is all there is: it is shown, and told to the model as said."""
        if reply is self._reply and not reply.spoken.duration_ms:
            self._reply = None
            self._turns.show(reply)
            self._end_farewell(reply)
            self._memory.agent_did(reply.memories(reply.spoken.text_of, is_cut=False))
        else:
            self._finish(reply)
        self.dispatch(told.ReplyFailed(reply.id))

    def _finish(self, reply: Reply) -> None:
        """All that there will be of it has been heard."""
        part = self._turns.sounding(reply)
        if reply is self._reply and part is not None:
            self._reply = None
            self._acknowledgements.rests()
            self._outbox.put(AudioEnd(self._turns.index(part)))
            self._turns.finish(reply)
            self._end_farewell(reply)
            # Not what a voice that failed left unsaid.
            self._memory.agent_did(reply.memories(reply.heard_text, is_cut=False))

    def _end_farewell(self, reply: Reply) -> None:
        if reply.farewell is not None:
            self._tools.end(reply.farewell, ToolStatus.OK, "Done.")

    def tool_changed(self, run: ToolRun) -> None:
        self._log.tool_record(run)
        if run.is_over and self._history.result_came(run.message()):
            self.dispatch(told.ResultCame())

    def provider_failed(self, error: ProviderError, reply: Reply | None = None) -> None:
        logger.warning("%s failed during a call: %s", error.provider, type(error).__name__)
        if reply is not None and reply is self._draft:
            return  # nobody has asked for it yet
        self._last_failure = error
        self._outbox.put(ErrorOut(EndCode.PROVIDER_FAILED, f"The provider {error.provider} does not answer."))
