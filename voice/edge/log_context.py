"""Which call and organisation a log line speaks of."""

from __future__ import annotations

from contextvars import ContextVar

call_id: ContextVar[str] = ContextVar("call_id", default="")
organisation_id: ContextVar[str] = ContextVar("organisation_id", default="")
