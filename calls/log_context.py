"""Which call and organisation a log line speaks of: set where a call begins, in whatever process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar

call_id: ContextVar[str] = ContextVar("call_id", default="")
organisation_id: ContextVar[str] = ContextVar("organisation_id", default="")


def speaks_of(call: str, organisation: str) -> None:
    """For the rest of the current task, and for the tasks that it starts."""
    call_id.set(call)
    organisation_id.set(organisation)


@contextmanager
def about(call: str, organisation: str) -> Iterator[None]:
    """For the block alone."""
    tokens = call_id.set(call), organisation_id.set(organisation)
    try:
        yield
    finally:
        call_id.reset(tokens[0])
        organisation_id.reset(tokens[1])


def no_call() -> Context:
    """For a task that a call happens to start and that outlives it: its lines are nobody's."""
    return Context()
