"""Loaded before Django's settings (see pyproject.toml): a data folder and a Redis of each run's own."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from tests.stores import redis_corner

folder = tempfile.mkdtemp(prefix="voicex-test-")
atexit.register(shutil.rmtree, folder, ignore_errors=True)
os.environ["VOICEX_DATA_DIR"] = folder
Path(folder, "static").mkdir()  # WhiteNoise warns when what it serves is not there
if url := os.environ.get("REDIS_URL"):
    os.environ["REDIS_URL"] = redis_corner(url, "tests")
