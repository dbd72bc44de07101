"""One call that this process holds."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from voice.core.ports import Ports
from voice.edge.credentials import Principal
from voice.engine.session import Session


@dataclass(frozen=True, slots=True)
class LiveCall:
    session: Session
    principal: Principal
    call_id: str
    session_id: str
    ports: Ports | None = None
    recorded: asyncio.Event = field(default_factory=asyncio.Event)
