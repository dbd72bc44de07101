"""What the first caller would otherwise wait for: imports, the database's first connection, addresses.

A caller hears nothing until the webhook has answered, and the first answer of a process would take a third of
a second more than every other.
"""

from __future__ import annotations

import logging
import threading
from typing import Final

from django.core.cache import cache
from django.db import DatabaseError, connections
from django.urls import reverse

from agents.models import Agent
from agents.selectors import agents_latest
from voice.core.audio import MULAW_8000
from voice.core.errors import Refusal
from voice.core.spec import Channel
from voice.edge.admission import ConnectRequest, authorise_version
from voice.edge.credentials import Principal

logger = logging.getLogger(__name__)

# Where the database does not answer the server starts all the same, and this goes on beside it.
LIMIT_S: Final = 2.0
# They name nearly all vendors that calls are going to need: who stands in for them is loaded too.
MOST_AGENTS: Final = 5
REQUEST: Final = ConnectRequest(Channel.PHONE, MULAW_8000, MULAW_8000)


def warm_for_calls() -> None:
    """Does what admitting a call does up to the first thing that it would write. Raises nothing."""
    warming = threading.Thread(target=_warm, name="warming", daemon=True)
    warming.start()
    warming.join(LIMIT_S)


def _warm() -> None:
    try:
        reverse("twilio:after")
        cache.get("warming")
        for agent in agents_latest(MOST_AGENTS):
            _authorise(agent)
    except DatabaseError as error:  # it may be away, or have no tables yet
        logger.warning("the first call will take longer: %s", type(error).__name__)
    except Exception:  # nothing that is only for speed keeps a server from starting
        logger.exception("the first call will take longer")
    finally:
        connections.close_all()


def _authorise(agent: Agent) -> None:
    if agent.current_version is None:
        return
    try:
        authorise_version(REQUEST, Principal(agent.organisation), agent.current_version)
    except Refusal as refusal:
        logger.info("an agent can take no calls: %s", refusal.code)
