"""One of our servers around applications that behave badly with clients that do as well.

`python -m tests.servers.flooded_server uvicorn|daphne|plain PORT`; plain is Daphne as it comes.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voicex_project.settings")

import daphne.server  # noqa: E402  # before anything else brings another reactor
import django  # noqa: E402

django.setup()

from voicex_project.daphne_guard import GuardedServer  # noqa: E402
from voicex_project.server import listen, serve  # noqa: E402

PIECE = bytes(64 * 1024)
PUSHED_PIECES = 3_000


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """What the path says: reads a message every 10 s, sends 190 MB, sends until the client is stuck and
    leaves, answers, sends more in a message than it would take, leaves without a word."""
    await receive()
    await send({"type": "websocket.accept"})
    match scope["path"]:
        case "/deaf":
            while True:
                if (await receive())["type"] == "websocket.disconnect":
                    return
                await asyncio.sleep(10)
        case "/pushy":
            for _ in range(PUSHED_PIECES):
                await send({"type": "websocket.send", "bytes": PIECE})
                await asyncio.sleep(0)
            await send({"type": "websocket.close", "code": 1000})
        case "/stuck":
            try:
                while True:
                    async with asyncio.timeout(1):
                        await send({"type": "websocket.send", "bytes": PIECE})
            except TimeoutError:
                return
        case "/echo":
            while (message := await receive())["type"] == "websocket.receive":
                await send({"type": "websocket.send", "bytes": message["bytes"]})
        case "/long":
            await send({"type": "websocket.send", "bytes": PIECE * 8})
            await send({"type": "websocket.close", "code": 1000})
        case "/rude":
            await receive()


def main() -> None:
    kind, port = sys.argv[1], int(sys.argv[2])
    if kind == "uvicorn":
        raise SystemExit(serve(application, listen("127.0.0.1", port)))
    server = GuardedServer if kind == "daphne" else daphne.server.Server
    server(application, endpoints=[f"tcp:{port}:interface=127.0.0.1"]).run()


if __name__ == "__main__":
    main()
