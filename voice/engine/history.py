"""The conversation as the language model is told it: what was said, and of the agent only what was heard."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from voice.core.spec import DEFAULT_HISTORY_TOKENS, Message, Role
from voice.engine.tool_round import STILL_RUNNING

MESSAGES_LIMIT = 200
# Filled so far, the oldest part is worth a summary; what is kept word for word fills it so far afterwards.
FULL, EMPTIED = 0.75, 0.4
# The last ones may still change, and say what the conversation is at.
MESSAGES_LEFT_ALONE = 6
LONGEST_SUMMARY_CHARACTERS = 2_000
# English has more than four bytes a token, German three and a half, Chinese three.
BYTES_A_TOKEN = 3
# What a chat format puts around a message.
TOKENS_AROUND = 4


def estimated_tokens(text: str) -> int:
    """Rather too many than too few: each vendor counts in its own way, and none tells before it is asked."""
    return len(text.encode()) // BYTES_A_TOKEN + 1 + TOKENS_AROUND


class History:
    """Bounded in tokens: the oldest messages go first, into a summary if there is one in time."""

    def __init__(self, messages: Iterable[Message] = (), budget_tokens: int = DEFAULT_HISTORY_TOKENS) -> None:
        """A summary may be the first of the messages."""
        self._messages = list(messages)
        self._summary: Message | None = None
        if self._messages and self._messages[0].is_summary:
            self._summary = self._messages.pop(0)
        self._budget_tokens = budget_tokens
        # Calls whose late results no reply has been asked with.
        self._news: set[str] = set()
        # Calls that have gone from the front before there was a result; each gets one when its time is over.
        self._gone_unfinished: set[str] = set()
        # How many messages have gone from the front since the beginning.
        self.gone = 0
        self._trim()

    @property
    def messages(self) -> tuple[Message, ...]:
        head = () if self._summary is None else (self._summary,)
        return (*head, *self._messages)

    def if_caller_said(
        self, text: str, alternatives: tuple[str, ...], *, instead: bool
    ) -> tuple[Message, ...]:
        """The messages as `caller_said` would leave them."""
        imagined = History(self.messages, self._budget_tokens)
        imagined.caller_said(text, alternatives, instead=instead)
        return imagined.messages

    def caller_said(self, text: str, alternatives: tuple[str, ...], *, instead: bool) -> None:
        """`instead`: the caller's last message was cut too early or has to be asked again; it comes last."""
        last = self._last_of_caller()
        if instead and last is not None:
            del self._messages[last]
        self._messages.append(Message(Role.USER, text, alternatives=alternatives))
        self._trim()

    def caller_amended(self, text: str, alternatives: tuple[str, ...]) -> None:
        """The caller's last message reads otherwise."""
        last = self._last_of_caller()
        if last is not None:
            self._messages[last] = Message(Role.USER, text, alternatives=alternatives)
            self._trim()

    def _last_of_caller(self) -> int | None:
        of_caller = (at for at, message in enumerate(self._messages) if message.role is Role.USER)
        return max(of_caller, default=None)

    def agent_did(self, messages: Iterable[Message]) -> None:
        """What has been heard of an utterance, and what tools have been called for it.

        A result that came meanwhile stays behind it: the utterance knew nothing of it.
        """
        place = len(self._messages)
        while place and (call := self._messages[place - 1].call) and call.id in self._news:
            place -= 1
        self._messages[place:place] = messages
        self._trim()

    def is_told(self) -> None:
        """A reply has been asked for with all that there is."""
        self._news.clear()

    def result_came(self, message: Message) -> bool:
        """Of a tool that was still running when its reply was cut: news, that belong after all the rest.

        Returns whether there was such a call.
        """
        call = message.call
        if call is None:
            return False
        places = (
            place for place, known in enumerate(self._messages) if known.call and known.call.id == call.id
        )
        place = next(places, None)
        if place is not None:
            del self._messages[place]
        elif call.id in self._gone_unfinished:  # notes that say that it is still running are told with it
            self._gone_unfinished.discard(call.id)
            self.gone -= 1  # it is back
        else:
            return False
        self._messages.append(replace(message, call=replace(call, is_joined=False)))
        self._news.add(call.id)
        self._trim()
        return True

    def worth_summarising(self) -> tuple[Message, ...]:
        """The summary so far and the oldest messages, when these would soon be forgotten; else nothing."""
        if not self._oldest(beyond=FULL, kept=0):
            return ()
        count = self._oldest(beyond=EMPTIED, kept=MESSAGES_LEFT_ALONE, is_summary_counted=False)
        return self.messages[: count + (self._summary is not None)] if count else ()

    def summarised(self, messages: Sequence[Message], text: str) -> None:
        """`text` stands for these messages from now on. Some of them may have been forgotten meanwhile."""
        longest = min(LONGEST_SUMMARY_CHARACTERS, self._budget_tokens * BYTES_A_TOKEN // 4)
        self._summary = Message(Role.AGENT, text.strip()[:longest], is_summary=True)
        told = {id(message) for message in messages}
        count = 0
        while count < len(self._messages) and id(self._messages[count]) in told:
            count += 1
        self._forget(count)
        self._trim()

    def _trim(self) -> None:
        """The last message stays, however long it is: it is what is to be answered."""
        self._forget(self._oldest(beyond=1, kept=1))

    def _oldest(self, *, beyond: float, kept: int, is_summary_counted: bool = True) -> int:
        """How many messages have to go for the others to fill no more than this part of what there may be.

        The last `kept` do not go.
        """
        sizes = [_size(message) for message in self._messages]
        tokens = sum(sizes)
        if is_summary_counted and self._summary is not None:
            tokens += estimated_tokens(self._summary.text)
        count = 0
        while count < len(sizes) - kept and (
            tokens > beyond * self._budget_tokens or len(sizes) - count > beyond * MESSAGES_LIMIT
        ):
            tokens -= sizes[count]
            count += 1
        return count

    def _forget(self, count: int) -> None:
        for message in self._messages[:count]:
            if message.call and message.text == STILL_RUNNING:
                self._gone_unfinished.add(message.call.id)
        del self._messages[:count]
        self.gone += count


def _size(message: Message) -> int:
    asked = message.call.name + message.call.arguments if message.call else ""
    return estimated_tokens(message.text + asked)
