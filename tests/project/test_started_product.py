"""What script/server starts, as a whole: it survives the death of its parts and stops them in order."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from websockets.sync.client import ClientConnection, connect

from tests.browser.product import free_port
from tests.stores import give_back, take_corner

pytestmark = pytest.mark.server
ROOT = Path(__file__).parents[2]
READY_S = 90.0
STOP_S = 40.0
# Of the lease, of the sweep that notices it, and of the worker.
FOUND_WITHIN_S = 60.0


class Launched:
    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.port = int(environment["PORT"])
        self.environment = environment
        self._output = Path(tempfile.mkstemp(dir=folder, suffix=".log")[1])
        with self._output.open("wb") as stream:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "voicex_project.launcher"],
                cwd=ROOT,
                env=environment,
                stdout=stream,
                stderr=stream,
            )

    def output(self) -> str:
        return self._output.read_text(errors="replace")

    def until(self, what: Callable[[], Any], within_s: float) -> Any:
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            if found := what():
                return found
            time.sleep(0.1)
        raise AssertionError(f"not within {within_s} s; it printed: {self.output()[-3000:]}")

    def printed(self, pattern: str, within_s: float = READY_S) -> str:
        return str(self.until(lambda: re.search(pattern, self.output()), within_s)[1])

    def part(self, word: str) -> psutil.Process | None:
        """The child process whose command line holds the word."""
        for child in psutil.Process(self.process.pid).children():
            if any(word in argument for argument in child.cmdline()):
                return child
        return None


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Callable[..., Launched]]:
    folder = tmp_path
    environment = {**os.environ, "VOICEX_DATA_DIR": str(folder / "data"), "PUBLIC_URL": "", "DEBUG": "1"}
    environment["CALL_LEASE_S"] = "6"  # found the sooner when their process was killed
    database = take_corner(environment, "servers")
    started: list[Launched] = []

    def launch_(port: int, **own: str) -> Launched:
        own |= {"PORT": str(port), "PYTHONUNBUFFERED": "1"}
        started.append(Launched(folder, environment | own))
        return started[-1]

    yield launch_
    for launched in started:
        if launched.process.poll() is None:
            launched.process.terminate()
            launched.process.wait(STOP_S)
    give_back(database)


def test_a_killed_web_process_is_started_again_refuses_nobody_and_its_call_gets_a_transcript_and_an_end(
    launch: Callable[..., Launched],
) -> None:
    product = launch(free_port())
    key = product.printed(r"API key \(this start\)\s+(vx_\S+)")
    api = httpx.Client(
        base_url=f"http://127.0.0.1:{product.port}/api/dashboard", headers={"x-api-key": key}, timeout=20
    )
    web = product.part("voicex_project.server")
    assert web is not None
    with connect(f"ws://127.0.0.1:{product.port}/ws/voice?api_key={key}") as socket:
        listen_until(socket, "audioEnd")
        time.sleep(1.5)  # the journal is flushed every second
        web.kill()
        killed_at = time.monotonic()
    # Who comes while there is no web process waits for the next one, and is refused by nobody.
    assert httpx.get(f"http://127.0.0.1:{product.port}/healthz", timeout=30).status_code == 200

    def ended() -> dict[str, Any] | None:
        (call,) = api.get("/calls").json()["results"]
        return api.get(f"/calls/{call['id']}").json() if call["state"] == "ended" else None

    call = product.until(ended, FOUND_WITHIN_S - (time.monotonic() - killed_at))
    assert call["end_reason"]["code"] == "server_lost"
    data = Path(product.environment["VOICEX_DATA_DIR"])
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert all(stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 for path in data.rglob("*") if path.is_file())
    assert [turn["role"] for turn in call["turns"]] == ["agent"]  # the greeting
    product.process.send_signal(signal.SIGINT)
    assert product.process.wait(STOP_S) == 0
    assert product.output().count("starting it again") == 1
    assert "Traceback" not in product.output()


def test_of_two_first_starts_at_once_one_runs_and_the_other_says_why_not(
    launch: Callable[..., Launched],
) -> None:
    port = free_port()
    both = [launch(port), launch(port)]
    both[0].until(lambda: any(one.process.poll() is not None for one in both), READY_S)
    (refused,) = [one for one in both if one.process.poll() is not None]
    (running,) = [one for one in both if one is not refused]
    assert running.printed("(Voicex is running)")
    assert refused.process.returncode == 1
    assert f"port {port} is taken" in refused.output()
    assert "Traceback" not in refused.output() + running.output()


def listen_until(socket: ClientConnection, kind: str) -> None:
    while True:
        message = socket.recv(20)
        if isinstance(message, str) and json.loads(message)["type"] == kind:
            return
