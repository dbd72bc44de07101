"""Runs the tests of the browser's own code that needs no browser, with node's test runner."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent


def test_javascript_modules() -> None:
    node = shutil.which("node")
    if node is None:
        if os.environ.get("CI"):
            pytest.fail("node is missing: the tests of static/js cannot run")
        pytest.skip("node is missing: the tests of static/js cannot run")
    files = sorted(str(path) for path in FOLDER.glob("*.test.js"))
    result = subprocess.run([node, "--test", *files], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stdout[-6000:] + result.stderr[-2000:]
