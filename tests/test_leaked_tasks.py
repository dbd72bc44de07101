"""The fixture that watches for tasks left behind does fail a test that leaves one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
CONFTEST = "from tests.conftest import no_leaked_tasks, pytest_collection_modifyitems  # noqa: F401\n"
TESTS = """
import asyncio

async def test_leaves_one_behind():
    global kept
    kept = asyncio.create_task(asyncio.sleep(60), name="forgotten")

async def test_gives_all_back():
    task = asyncio.create_task(asyncio.sleep(60))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
"""


def test_a_leaked_task_fails_the_test_that_leaked_it(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_planted.py").write_text(TESTS)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-c",
            "pyproject.toml",
            "-p",
            "no:cacheprovider",
            str(tmp_path),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "tasks left running: ['forgotten']" in done.stdout
    assert "2 passed, 1 error" in done.stdout
