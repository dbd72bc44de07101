"""Which call and organisation a log line speaks of: set where a call begins, in whatever process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

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


def for_itself(view: Callable[P, R]) -> Callable[P, R]:
    """What the view learns of its call is forgotten at its end: the thread may serve another one next."""

    @wraps(view)
    def forgetting(*args: P.args, **kwargs: P.kwargs) -> R:
        with about(call_id.get(), organisation_id.get()):
            return view(*args, **kwargs)

    return forgetting
