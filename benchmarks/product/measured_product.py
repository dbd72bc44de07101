"""A web process over a data folder of its own, with an agent to talk to, that tells what it costs."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READY_S = 60.0
PREPARE = """
import json
import os
from accounts.models import Organisation, Plan
from agents.best_choice import best_choice
from agents.demo.organisation import agent_settings, demo_ensure
from agents.services import agent_create
from agents.catalogue.selectors import catalogue_of
demo = demo_ensure("benchmark")
Plan.objects.update(calls_at_once=1000, calls_per_minute=100000, minutes_per_month=1000000)
organisation = Organisation.objects.get(pk=demo.organization_id)
settings = agent_settings("receptionist.json")
settings.setdefault("turn_taking", {})["interruption_sensitivity"] = 1.0
settings = best_choice(settings, catalogue_of(organisation))
agent = agent_create(organisation=organisation, settings=settings, created_by=None)
settings["turn_taking"]["drafts"] = False
patient = agent_create(organisation=organisation, settings=settings, created_by=None)
prompt, phone_agents = settings["system_prompt"], {}
for name in os.environ.get("BENCHMARK_LINES", "").split():
    for drafts in (True, False):
        settings["turn_taking"]["drafts"] = drafts
        settings["transcriber"]["key_terms"] = [name]
        settings["system_prompt"] = f"{prompt} You are on {name}."
        line = agent_create(organisation=organisation, settings=settings, created_by=None)
        phone_agents[f"{name} {drafts}"] = line.pk
ids = {"agent_id": demo.agent_id, "eager_agent_id": agent.pk, "patient_agent_id": patient.pk}
ids["phone_agents"] = phone_agents
print(json.dumps({"api_key": demo.api_key} | ids))
"""


@dataclass(slots=True)
class MeasuredProduct:
    """Receptionists: the eager one at interruption sensitivity 1, the patient one without drafts too."""

    address: str
    pid: int
    probe: Path
    api_key: str
    agent_id: str
    eager_agent_id: str
    patient_agent_id: str
    # By the name of the line (BENCHMARK_LINES) and whether they draft.
    phone_agents: dict[str, str]

    def memory_mb(self) -> tuple[float, float]:
        """Resident and proportional size of the web process."""
        return process_mb(self.pid)

    def decoder_memory_mb(self) -> list[tuple[float, float]]:
        """The same of every decoder process."""
        found = []
        for pid, command in _descendants(self.pid):
            if "decoder_host" in command:
                found.append((pid, process_mb(pid)))
        return [size for _, size in found]

    def cpu_s(self) -> float:
        """Processor time that the web process has taken until now."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def loop_ms(self) -> dict[str, list[float]]:
        """The five worst of each; see LoopProbe."""
        told = json.loads(self.probe.read_text())
        return {name: told[name] for name in ("late_ms", "busy_ms")}

    def loop_culprits(self) -> list[str]:
        """What the loop was at in its longest pieces of own work, the worst first."""
        told: list[str] = json.loads(self.probe.read_text())["culprits"]
        return told


def process_mb(pid: int) -> tuple[float, float]:
    sizes = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, value = line.split()[:2]
        sizes[name.rstrip(":")] = int(value) / 1024
    return sizes["Rss"], sizes["Pss"]


def _descendants(pid: int) -> Iterator[tuple[int, str]]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            command = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            yield int(child), command
            yield from _descendants(int(child))


@contextlib.contextmanager
def measured_product(
    port: int,
    *,
    scripted: bool = False,
    is_probed: bool = True,
    variables: Mapping[str, str] | None = None,
) -> Iterator[MeasuredProduct]:
    """`variables` are set for it beside its own. The probe in its event loop takes a tenth of a core."""
    with socket.socket() as other:
        if other.connect_ex(("localhost", port)) == 0:
            raise SystemExit(f"port {port} is taken: what answers there would be measured instead")
    with tempfile.TemporaryDirectory(prefix="voicex-bench-") as folder:
        environment = {
            **os.environ,
            "VOICEX_DATA_DIR": folder,
            "PORT": str(port),
            "DEBUG": "1",
            "LOG_LEVEL": "WARNING",
            **(variables or {}),
        }
        run = {"cwd": ROOT, "env": environment, "check": True, "stdout": subprocess.PIPE, "text": True}
        subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], **run)  # type: ignore[call-overload]
        printed = subprocess.run([sys.executable, "manage.py", "shell", "-v", "0", "-c", PREPARE], **run)  # type: ignore[call-overload]
        made = json.loads(printed.stdout.strip().splitlines()[-1])
        probe = Path(folder) / "probe.json"
        command = [sys.executable, "-m", "voicex_project.server"]
        if is_probed:
            command = [sys.executable, "-m", "benchmarks.product.measured_server", "--probe", str(probe)]
        if scripted:
            command.append("--scripted")
        web = subprocess.Popen([*command, "--port", str(port)], cwd=ROOT, env=environment)
        try:
            _wait_until_ready(web, port)
            yield MeasuredProduct(f"ws://localhost:{port}", web.pid, probe, **made)
        finally:
            web.terminate()
            web.wait(30)


def _wait_until_ready(web: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and web.poll() is None:
        try:
            with urllib.request.urlopen(f"http://localhost:{port}/healthz", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the web process did not start")
