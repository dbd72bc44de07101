"""What the web process has loaded when it begins, the garbage collector does not look at during calls."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHOW = """
import gc, json, time
import django
django.setup()
import voicex_project.asgi
from voicex_project import server
def full_ms():
    began = time.thread_time()
    gc.collect()
    return (time.thread_time() - began) * 1000
before = full_ms()
server.settle()
import sys
print(json.dumps({"before": before, "after": full_ms(), "kept": gc.get_freeze_count(),
                  "pages": "calls.views" in sys.modules}))
"""


@pytest.mark.server
def test_a_full_collection_takes_next_to_nothing_once_the_server_has_settled() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SHOW],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "voicex_project.settings"},
        capture_output=True,
        check=True,
        timeout=120,
    )
    found = json.loads(done.stdout)
    assert found["pages"], "pages are loaded before, not with their first request"
    assert found["kept"] > 100_000
    assert found["after"] < found["before"] / 10
