"""Loaded before Django's settings (see pyproject.toml): a data folder and a Redis of each run's own."""

import atexit
import os
import shutil
import signal
import tempfile
from pathlib import Path

from tests.stores import redis_corner

folder = tempfile.mkdtemp(prefix="voicex-test-")
atexit.register(shutil.rmtree, folder, ignore_errors=True)
os.environ["VOICEX_DATA_DIR"] = folder
for vendor in ("DEEPGRAM", "ELEVENLABS", "GROQ", "OPENAI_COMPATIBLE"):  # no test may cost anything
    os.environ.pop(f"{vendor}_API_KEY", None)
os.environ["TWILIO_BASE_URL"] = "http://127.0.0.1:9"  # nobody listens there
Path(folder, "static").mkdir()  # WhiteNoise warns when what it serves is not there
if url := os.environ.get("REDIS_URL"):
    os.environ["REDIS_URL"] = redis_corner(url, "tests")

# A shell that runs us in the background has us ignore Ctrl-C, which every server that we start would inherit.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
