"""What a session's spec says of its beginning: what the agent says first, what the model knows."""

from __future__ import annotations

from dataclasses import replace

from voice.core.spec import Message, SessionSpec
from voice.core.tools import TRANSFER_NAME
from voice.engine.turn_events import Began

BACK = "Not reached: {why}. The caller is back on the line, has been told so, and was asked what else to do."


def how_it_begins(spec: SessionSpec) -> Began:
    agent, is_new = spec.agent, not spec.resumed
    return Began(
        has_greeting=is_new and bool(agent.greeting.strip()),
        has_consent=is_new and agent.recording.is_on and bool(agent.recording.consent_line.strip()),
        back_from=spec.failed_transfer,
        voicemail=spec.voicemail_message.strip(),
        doubt_ms=spec.doubt_ms,
    )


def history_of(spec: SessionSpec) -> tuple[Message, ...]:
    """What was said before. Of a transfer that came to nothing the model learns just that."""
    messages = spec.history
    if not spec.failed_transfer:
        return messages
    for at, message in reversed(list(enumerate(messages))):
        if message.call is not None and message.call.name == TRANSFER_NAME:
            told = replace(message, text=BACK.format(why=spec.failed_transfer))
            return (*messages[:at], told, *messages[at + 1 :])
    return messages
