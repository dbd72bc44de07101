"""What a newcomer is told when the product cannot start: one sentence, no traceback."""

from __future__ import annotations

import errno
import os
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import DatabaseError, OperationalError

from voicex_project.operator_errors import why

ROOT = Path(__file__).parents[2]


def start(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "voicex_project.launcher"],
        cwd=ROOT,
        env={**os.environ, "VOICEX_DATA_DIR": str(tmp_path / "data"), **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.server
def test_a_taken_port_is_named_in_one_sentence(tmp_path: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = start(tmp_path, PORT=str(port))
    assert done.returncode == 1
    assert f"port {port} is taken" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


@pytest.mark.server
def test_settings_that_make_no_sense_are_named_in_one_sentence(tmp_path: Path):
    for environment in (
        {"PORT": "many"},
        {"PORT": "0"},
        {"PORT": "65536"},
        {"PUBLIC_URL": "voice.example.com"},
        {"PUBLIC_URL": "https://voice.example.com/path"},
        {"DEBUG": "0", "SECRET_KEY": ""},
    ):
        done = start(tmp_path, **environment)
        assert done.returncode == 1
        assert done.stderr.startswith("Voicex: ")
        assert "Traceback" not in done.stderr + done.stdout


@pytest.mark.server
def test_a_data_folder_that_cannot_be_made_is_named_in_one_sentence(tmp_path: Path):
    (tmp_path / "file").write_text("not a folder")
    done = start(tmp_path, VOICEX_DATA_DIR=str(tmp_path / "file" / "data"))
    assert done.returncode == 1
    assert "VOICEX_DATA_DIR" in done.stderr
    assert done.stderr.startswith("Voicex: ")
    assert "Traceback" not in done.stderr + done.stdout


@pytest.mark.parametrize(
    ("error", "part"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "Free some space"),
        (OperationalError("database or disk is full"), "Free some space"),
        (sqlite3.OperationalError("database or disk is full"), "Free some space"),
        (PermissionError(errno.EACCES, "Permission denied"), "cannot be written"),
        (OperationalError("attempt to write a readonly database"), "cannot be written"),
        (OSError(errno.EROFS, "Read-only file system"), "cannot be written"),
        (NotADirectoryError(errno.ENOTDIR, "Not a directory"), "is no folder"),
        (FileExistsError(errno.EEXIST, "File exists"), "is no folder"),
        (OperationalError("unable to open database file"), "cannot be opened"),
        (OperationalError("disk I/O error"), "Look at its disk"),
        (DatabaseError("database disk image is malformed"), "Look at its disk"),
        (OperationalError("connection refused\nIs the server running?"), "database cannot be used"),
    ],
)
def test_what_an_operator_can_mend_is_said_with_its_cure(error: Exception, part: str):
    sentence = why(error)
    assert part in sentence
    assert "\n" not in sentence
