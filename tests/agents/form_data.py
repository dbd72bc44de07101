"""What a browser sends when it submits the agent's form."""

from __future__ import annotations

from typing import Any

from agents.forms import initial_of
from agents.models import Agent
from agents.snapshot import complete


def form_data(
    agent: Agent | None = None, pairs: list[tuple[str, str]] | None = None, **changes: Any
) -> dict[str, Any]:
    """The form as it opens, with `changes`; `pairs` replaces the questions and answers."""
    version = agent.current_version if agent else None
    settings = complete(version.settings if version else {"name": "Reception"})
    initial = initial_of(
        settings,
        is_active=agent.is_active if agent else True,
        seen_version=version.number if version else None,
    )
    rows = (
        pairs
        if pairs is not None
        else [(e["question"], e["answer"]) for e in settings["knowledge"] if e["question"]]
    )
    data = {
        name: value for name, value in (initial | changes).items() if value is not None and value is not False
    }
    data |= {"pairs-TOTAL_FORMS": len(rows), "pairs-INITIAL_FORMS": 0}
    for number, (question, answer) in enumerate(rows):
        data |= {f"pairs-{number}-question": question, f"pairs-{number}-answer": answer}
    return data
