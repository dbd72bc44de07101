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
