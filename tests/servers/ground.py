"""What started servers stand on: a data folder and stores of their own, with an office that looks inside."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.stores import give_back, take_corner

ROOT = Path(__file__).resolve().parents[2]
READY_S = 60.0
STOP_S = 30.0
COMMANDS = {
    "uvicorn": ("-m", "voicex_project.server", "--host", "127.0.0.1", "--port", "{port}"),
    "daphne": ("manage.py", "runserver", "--noreload", "127.0.0.1:{port}"),
}
KINDS = tuple(COMMANDS)


@dataclass
class Organisation:
    """As tests.servers.office made it; `agent` is the id of its first agent, `key` the raw API key."""

    id: str
    owner: str
    key_id: str
    key: str
    agent: str


class StartedServer:
    """One server process; what it prints is kept in a file."""

    def __init__(self, kind: str, port: int, environment: dict[str, str], output: Path) -> None:
        self.kind = kind
        self.port = port
        self._output = output
        command = [part.format(port=port) for part in COMMANDS[kind]]
        with output.open("wb") as stream:
            self.process = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=environment, stdout=stream, stderr=stream
            )

    @property
    def address(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def output(self, since: int = 0) -> str:
        return self._output.read_bytes()[since:].decode(errors="replace")

    def output_bytes(self) -> int:
        return self._output.stat().st_size

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"it ended with {self.process.returncode}: {self.output()}"
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5):
                    return
            except urllib.error.HTTPError as error:
                raise AssertionError(f"it answers {error.code}: {self.output()}") from error
            except OSError:
                time.sleep(0.1)
        raise AssertionError(f"it did not answer within {READY_S} s: {self.output()}")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


class Ground:
    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="voicex-servers-"))
        self.environment = {
            **os.environ,
            "VOICEX_DATA_DIR": str(self.folder),
            "PUBLIC_URL": "",
            "DEBUG": "1",
            "PYTHONUNBUFFERED": "1",
            "EMBEDDED_DECODERS": "3",
            # Each test comes from an address of its own, so that refusals of one do not refuse another.
            "TRUSTED_PROXIES": "127.0.0.1",
        }
        self._database = take_corner(self.environment, "servers")
        self._servers: list[StartedServer] = []
        self.run("manage.py", "migrate", "--verbosity", "0", "--no-input")
        self._office = subprocess.Popen(
            [sys.executable, "-m", "tests.servers.office"],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, *command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, f"{command}: {done.stderr[-3000:]}"
        return done.stdout

    def start(self, kind: str, port: int) -> StartedServer:
        """Returns when it answers."""
        output = self.folder / f"{kind}-{port}.log"
        server = StartedServer(kind, port, self.environment, output)
        self._servers.append(server)
        server.wait_until_ready()
        return server

    def ask(self, what: str, **arguments: Any) -> Any:
        """Has the office do something. Raises AssertionError when it fails."""
        assert self._office.stdin and self._office.stdout
        self._office.stdin.write(json.dumps({"do": what} | arguments) + "\n")
        self._office.stdin.flush()
        answer = self._office.stdout.readline()
        assert answer, f"the office failed at {what}"
        return json.loads(answer)

    def organisation(self, *, plan: dict[str, Any] | None = None, **agent: Any) -> Organisation:
        """A new one with an agent of these settings; by default one that waits for its caller to speak."""
        return Organisation(**self.ask("organisation", agent=agent, plan=plan or {}))

    def calls(self, organisation: Organisation) -> list[dict[str, Any]]:
        """Its calls, oldest first, after the worker's part has been done for those that have ended."""
        self.ask("process", organisation=organisation.id)
        found: list[dict[str, Any]] = self.ask("calls", organisation=organisation.id)
        return found

    async def ended_calls(self, organisation: Organisation) -> list[dict[str, Any]]:
        """As `calls`, once all are over: a record is written after its socket has closed."""
        for _ in range(200):
            found = self.calls(organisation)
            if all(call["state"] == "ended" for call in found):
                return found
            await asyncio.sleep(0.1)
        raise AssertionError(f"still not ended: {found}")

    def close(self) -> None:
        for server in self._servers:
            server.stop()
        if self._office.stdin:
            self._office.stdin.close()
        self._office.wait(10)
        give_back(self._database)
        shutil.rmtree(self.folder, ignore_errors=True)
