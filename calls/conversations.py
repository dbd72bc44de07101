"""What was said before, kept for a day so that a client can resume its conversation with the historyKey."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import astuple

import redis
from django.conf import settings
from django.core.cache import cache

from accounts.ids import is_id
from voice.core.spec import Message, Role
from voice.core.tools import ToolCall

logger = logging.getLogger(__name__)

MESSAGES_KEPT = 200
# What files and Redis raise when they cannot be reached or take no more.
STORE_ERRORS = (OSError, redis.RedisError)
# A store that hangs is left alone for so long: its time limit is to be waited for once, not by every caller.
PAUSE_S = 5.0


class _Hanging:
    """Whether the store has just let somebody wait in vain."""

    def __init__(self) -> None:
        self._until = 0.0

    def notice(self, error: Exception) -> None:
        if isinstance(error, TimeoutError | redis.TimeoutError):
            self._until = time.monotonic() + PAUSE_S

    def __bool__(self) -> bool:
        return time.monotonic() < self._until


_hanging = _Hanging()


def history_load(*, organisation_id: str, agent_id: str, session_id: str) -> tuple[Message, ...] | None:
    """None for a conversation that is unknown, expired, or another agent's or organisation's.

    None as well, and a line in the log, when the store cannot be reached: the caller begins anew.
    """
    if not is_id(session_id) or _hanging:
        return None
    try:
        kept = cache.get(_key(organisation_id, agent_id, session_id))
    except STORE_ERRORS as error:
        _hanging.notice(error)
        logger.error("a conversation cannot be resumed: %s", type(error).__name__)
        return None
    if kept is None:
        return None
    return tuple(
        Message(
            *(Role(role), text, interrupted, tuple(alternatives)),
            is_summary=bool(newer[:1] and newer[0]),
            call=ToolCall(*newer[1]) if newer[1:] and newer[1] else None,
        )
        # Older ones do not say whether they are a summary, or a call of a tool.
        for role, text, interrupted, alternatives, *newer in kept
    )


def history_save(
    *,
    organisation_id: str,
    agent_id: str,
    session_id: str,
    messages: Sequence[Message],
    is_last: bool = False,
) -> bool:
    """Replaces what was kept and starts its 24 hours anew. An empty conversation can be resumed too.

    False, and a line in the log, when the store does not take it. The last state of a conversation is tried
    even while a hanging store is left alone.
    """
    if _hanging and not is_last:
        return False
    summary = [message for message in messages[:1] if message.is_summary]
    kept = [
        (
            *(each.role.value, each.text, each.interrupted, list(each.alternatives), each.is_summary),
            astuple(each.call) if each.call else None,
        )
        for each in (*summary, *messages[len(summary) :][-MESSAGES_KEPT:])
    ]
    try:
        cache.set(_key(organisation_id, agent_id, session_id), kept, timeout=settings.CONVERSATION_TTL_S)
    except STORE_ERRORS as error:
        _hanging.notice(error)
        logger.error("a conversation could not be saved: %s", type(error).__name__)
        return False
    return True


def _key(organisation_id: str, agent_id: str, session_id: str) -> str:
    return f"conversation:{organisation_id}:{agent_id}:{session_id}"
