"""How the parts of a session begin a task: the session owns it, and ends the call when it fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

Spawn = Callable[[Coroutine[object, object, None], str], asyncio.Task[None]]
