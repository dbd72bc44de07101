"""The product's own server with a probe in its event loop, and on request with scripted ports."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import sys
import time
from pathlib import Path

import django

PROBE_EVERY_S = 0.005
WRITE_EVERY_S = 0.5
WARM_UP_S = 0.2


class LoopProbe:
    """How late a task that sleeps 5 ms wakes, and how much processor time the loop's thread took meanwhile.

    The lateness holds whatever else the machine does; the processor time is the loop's own work.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.late_ms: list[float] = []
        self.busy_ms: list[float] = []

    async def run(self) -> None:
        await asyncio.sleep(WARM_UP_S)
        written_at = time.perf_counter()
        while True:
            began, cpu = time.perf_counter(), time.thread_time()
            await asyncio.sleep(PROBE_EVERY_S)
            now = time.perf_counter()
            self.late_ms.append((now - began - PROBE_EVERY_S) * 1000)
            self.busy_ms.append((time.thread_time() - cpu) * 1000)
            if now - written_at > WRITE_EVERY_S:
                self._write()
                written_at = time.perf_counter()

    def _write(self) -> None:
        self.late_ms = sorted(self.late_ms)[-2000:]
        self.busy_ms = sorted(self.busy_ms)[-2000:]
        self._path.write_text(json.dumps({"late_ms": self.late_ms[-5:], "busy_ms": self.busy_ms[-5:]}))


def script_the_ports() -> None:
    """Ears, mind and mouth that need nothing: what is left is the product itself."""
    from tests.fakes.model import FakeModel
    from tests.fakes.speech import FakeSpeech
    from tests.fakes.transcriber import FakeTranscriber
    from voice.providers import registry

    registry.register("transcriber", "embedded", FakeTranscriber)
    registry.register("language_model", "embedded", FakeModel)
    registry.register("text_to_speech", "embedded", FakeSpeech)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scripted", action="store_true")
    parser.add_argument("--probe", type=Path, required=True)
    arguments, rest = parser.parse_known_args()
    sys.argv[1:] = rest
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voicex_project.settings")
    django.setup()
    from voicex_project import server

    class MeasuredServer(server.Server):
        async def serve(self, sockets: list[socket.socket] | None = None) -> None:
            probe = asyncio.create_task(LoopProbe(arguments.probe).run())
            try:
                await super().serve(sockets)
            finally:
                probe.cancel()

    if arguments.scripted:
        script_the_ports()
    server.Server = MeasuredServer  # type: ignore[misc]
    return server.main()


if __name__ == "__main__":
    raise SystemExit(main())
