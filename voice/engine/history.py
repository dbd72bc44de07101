"""The conversation as the language model is told it: what was said, and of the agent only what was heard."""

from __future__ import annotations

from collections.abc import Iterable

from voice.core.spec import Message, Role

MESSAGES_LIMIT = 200
CHARACTERS_LIMIT = 60_000


class History:
    """Bounded: the oldest messages go first."""

    def __init__(self, messages: Iterable[Message] = ()) -> None:
        self._messages = list(messages)
        self._trim()

    @property
    def messages(self) -> tuple[Message, ...]:
        return tuple(self._messages)

    def if_caller_said(
        self, text: str, alternatives: tuple[str, ...], *, instead: bool
    ) -> tuple[Message, ...]:
        """The messages as `caller_said` would leave them."""
        imagined = History(self._messages)
        imagined.caller_said(text, alternatives, instead=instead)
        return imagined.messages

    def caller_said(self, text: str, alternatives: tuple[str, ...], *, instead: bool) -> None:
        """`instead`: the caller's last message was cut too early, this is the whole of it."""
        message = Message(Role.USER, text, alternatives=alternatives)
        last = next(
            (i for i in reversed(range(len(self._messages))) if self._messages[i].role is Role.USER), None
        )
        if instead and last is not None:
            self._messages[last] = message
        else:
            self._messages.append(message)
        self._trim()

    def agent_said(self, text: str, *, interrupted: bool) -> None:
        """`text` is what has been heard. Nothing heard is nothing said."""
        if text:
            self._messages.append(Message(Role.AGENT, text, interrupted=interrupted))
            self._trim()

    def _trim(self) -> None:
        excess = max(0, len(self._messages) - MESSAGES_LIMIT)
        characters = sum(len(message.text) for message in self._messages[excess:])
        while characters > CHARACTERS_LIMIT and excess < len(self._messages) - 1:
            characters -= len(self._messages[excess].text)
            excess += 1
        del self._messages[:excess]
