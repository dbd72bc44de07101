"""The whole product as its users have it: a web process and a worker over a data folder of their own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.stores import give_back, take_corner

ROOT = Path(__file__).resolve().parents[2]
ARTEFACTS = ROOT / "tests" / "artefacts"
READY_S = 40.0
# A name that browsers do not take for this machine: over plain HTTP they withhold the microphone there.
INSECURE_HOST = "voicex.test"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Product:
    """`sign_in` holds email, password, api_key, organization_id and agent_id of the demo organisation.

    `session`: the cookie of whoever has signed in to it already.
    """

    folder: Path
    port: int
    environment: dict[str, str]
    sign_in: dict[str, str] = field(default_factory=dict)
    web: subprocess.Popen[bytes] | None = None
    worker: subprocess.Popen[bytes] | None = None
    database: str = ""
    session: dict[str, Any] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def talk_url(self) -> str:
        return f"{self.address}/o/{self.sign_in['organization_id']}/agents/{self.sign_in['agent_id']}/talk/"

    def manage(self, *command: str) -> str:
        """Output of a management command. Raises AssertionError with its error."""
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, f"manage.py {command}: {done.stderr[-3000:]}"
        return done.stdout

    def start_web(self) -> None:
        """Starts the web process and returns when it answers."""
        self.web = self._start(
            "web", "-m", "voicex_project.server", "--host", "127.0.0.1", "--port", str(self.port)
        )
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            assert self.web.poll() is None, (
                f"the web process ended with {self.web.returncode}: {self.log('web')}"
            )
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/accounts/login/", timeout=5):
                    return
            except urllib.error.HTTPError as error:
                raise AssertionError(f"the web process answers {error.code}: {self.log('web')}") from error
            except OSError:
                time.sleep(0.1)
        raise AssertionError(f"the web process did not answer within {READY_S} s: {self.log('web')}")

    def start_worker(self) -> None:
        self.worker = self._start(
            "worker", "-m", "celery", "-A", "voicex_project", "worker", "--beat-thread", "--pool", "solo",
            "--loglevel", "WARNING", "--without-gossip", "--without-mingle",
        )  # fmt: skip

    def kill_web(self) -> None:
        """As an accident would: no drain, no goodbye."""
        assert self.web is not None
        self.web.send_signal(signal.SIGKILL)
        self.web.wait(10)

    def log(self, name: str) -> str:
        path = ARTEFACTS / f"{name}.log"
        return path.read_text(errors="replace")[-4000:] if path.exists() else ""

    def stop(self) -> None:
        for process in (self.web, self.worker):
            if process is not None and process.poll() is None:
                process.terminate()
        for process in (self.web, self.worker):
            if process is None:
                continue
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        give_back(self.database)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self, name: str, *command: str) -> subprocess.Popen[bytes]:
        with (ARTEFACTS / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )


def start_product(variables: Mapping[str, str] | None = None, name: str = "browser") -> Product:
    """Migrates, makes the demo organisation, starts both processes; `variables` are set for them."""
    ARTEFACTS.mkdir(exist_ok=True)
    if variables is None:
        for left_over in ("web.log", "worker.log"):
            (ARTEFACTS / left_over).unlink(missing_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="voicex-browser-"))
    port = free_port()
    environment = {
        **os.environ,
        "VOICEX_DATA_DIR": str(folder), "PORT": str(port), "PUBLIC_URL": "", "DEBUG": "1",
        "PYTHONUNBUFFERED": "1", "ALLOWED_HOSTS": f"localhost,127.0.0.1,{INSECURE_HOST}",
        **(variables or {}),
    }  # fmt: skip
    product = Product(folder, port, environment, database=take_corner(environment, name))
    try:
        product.manage("migrate", "--verbosity", "0", "--no-input")
        product.sign_in = json.loads(product.manage("demo", "--json"))
        product.start_worker()
        product.start_web()
    except BaseException:
        product.stop()
        raise
    return product
