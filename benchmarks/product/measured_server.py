"""The product's own server with a probe in its event loop, and on request with scripted ports."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import sys
import threading
import time
import traceback
from pathlib import Path

import django

PROBE_EVERY_S = 0.005
WRITE_EVERY_S = 0.5
WARM_UP_S = 0.2
NOTEWORTHY_MS = 8.0


class LoopProbe:
    """How late a task that sleeps 5 ms wakes, and how much processor time the loop's thread took meanwhile.

    The lateness holds whatever else the machine does; the processor time is the loop's own work. A thread
    looks what the loop is at when it does not come back in time.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.late_ms: list[float] = []
        self.busy_ms: list[float] = []
        self._culprits: list[tuple[float, str]] = []
        self._woke_at = time.perf_counter()
        self._seen = ""
        self._loop_thread = threading.get_ident()

    async def run(self) -> None:
        await asyncio.sleep(WARM_UP_S)
        threading.Thread(target=self._look, daemon=True, name="loop probe").start()
        began = written_at = time.perf_counter()
        while True:
            self._woke_at, cpu = time.perf_counter(), time.thread_time()
            await asyncio.sleep(PROBE_EVERY_S)
            now = time.perf_counter()
            self.late_ms.append((now - self._woke_at - PROBE_EVERY_S) * 1000)
            self.busy_ms.append((time.thread_time() - cpu) * 1000)
            if self.busy_ms[-1] > NOTEWORTHY_MS:
                self._note(now - began)
            self._seen = ""
            if now - written_at > WRITE_EVERY_S:
                self._write()
                written_at = time.perf_counter()

    def _note(self, after_s: float) -> None:
        busy_ms = self.busy_ms[-1]
        told = f"{busy_ms:.0f} ms, {after_s:.0f} s after the start: {self._seen or 'unseen'}"
        self._culprits = sorted([*self._culprits, (busy_ms, told)], reverse=True)[:5]

    def _look(self) -> None:
        while True:
            time.sleep(PROBE_EVERY_S)
            if time.perf_counter() - self._woke_at > PROBE_EVERY_S + NOTEWORTHY_MS / 1000:
                frame = sys._current_frames().get(self._loop_thread)
                stack = traceback.extract_stack(frame)[-6:] if frame else []
                self._seen = " > ".join(f"{Path(at.filename).name}:{at.lineno} {at.name}" for at in stack)

    def _write(self) -> None:
        self.late_ms = sorted(self.late_ms)[-2000:]
        self.busy_ms = sorted(self.busy_ms)[-2000:]
        culprits = [told for _, told in self._culprits]
        worst = {"late_ms": self.late_ms[-5:], "busy_ms": self.busy_ms[-5:], "culprits": culprits}
        self._path.write_text(json.dumps(worst))


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
