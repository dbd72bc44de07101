"""The journal's second copy, in Redis: lets another machine finish a call whose own was lost."""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Sequence
from typing import cast

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

STREAM_ENTRIES = 5_000
STREAM_TTL_S = 3 * 24 * 3600
TIMEOUT_S = 0.5
PAUSE_S = 10.0


class JournalStream:
    """One bounded stream a call, gone after some days.

    Failures to write never reach the call: the file is the first copy. After one, Redis is left alone for a
    while, so that a dead server costs a call's flush half a second only now and then.
    """

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(
            url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, retry=None
        )
        self._not_before = 0.0
        self.failures = 0

    def append(self, call_id: str, lines: Sequence[bytes], *, is_last: bool = False) -> bool:
        """Whether the lines are there now; the last ones are tried even while Redis is left alone."""
        if time.monotonic() < self._not_before and not is_last:
            return False
        pipeline = self._redis.pipeline(transaction=False)
        for line in lines:
            pipeline.xadd(_key(call_id), {"entry": line}, maxlen=STREAM_ENTRIES, approximate=True)
        pipeline.expire(_key(call_id), STREAM_TTL_S)
        try:
            pipeline.execute()
        except redis.RedisError as error:
            self._not_before = time.monotonic() + PAUSE_S
            self.failures += 1
            logger.warning("journals are not mirrored to Redis: %s", type(error).__name__)
            return False
        return True

    def read(self, call_id: str) -> list[bytes]:
        """Empty when there is none. Raises redis.RedisError when Redis does not answer."""
        found = cast(list[tuple[bytes, dict[bytes, bytes]]], self._redis.xrange(_key(call_id)))
        return [fields[b"entry"] for _, fields in found if b"entry" in fields]

    def remove(self, call_id: str) -> None:
        """What cannot be removed now expires by itself."""
        try:
            self._redis.delete(_key(call_id))
        except redis.RedisError as error:
            self.failures += 1
            logger.warning("a mirrored journal cannot be removed: %s", type(error).__name__)


def journal_stream() -> JournalStream | None:
    return _stream(settings.REDIS_URL) if settings.REDIS_URL else None


@functools.cache
def _stream(url: str) -> JournalStream:
    return JournalStream(url)


def _key(call_id: str) -> str:
    return f"voicex:journal:{call_id}"
