"""What an operator is told when the product cannot start: one sentence with its cure."""

from __future__ import annotations

import errno
import os

from django.conf import settings
from django.db import Error as DatabaseError

NO_FOLDER = (FileNotFoundError, NotADirectoryError, FileExistsError)


def why(error: BaseException) -> str:
    """One sentence for what an operator can do something about."""
    # Settings that could not be read cannot be asked.
    folder = settings.DATA_DIR if settings.configured else os.environ.get("VOICEX_DATA_DIR") or "var"
    number = getattr(error, "errno", None)
    text = str(error)
    elsewhere = "set VOICEX_DATA_DIR to a folder elsewhere"
    if number == errno.ENOSPC or "disk is full" in text or "No space left" in text:
        return f"the disk of {folder} is full. Free some space, or {elsewhere}."
    if isinstance(error, PermissionError) or "readonly database" in text or number == errno.EROFS:
        return f"{folder} cannot be written by this user. Give it to them, or {elsewhere}."
    if isinstance(error, NO_FOLDER):
        return f"{folder} cannot be made or is no folder. Remove what stands there, or {elsewhere}."
    if "unable to open database file" in text:
        return f"the database in {folder} cannot be opened. Look at its rights, or {elsewhere}."
    if number == errno.EIO or "disk I/O error" in text or "malformed" in text or "not a database" in text:
        return (
            f"the files in {folder} cannot be read or written as they should be ({_first_line(error)}). "
            f"Look at its disk, bring back a copy, or {elsewhere}."
        )
    if isinstance(error, DatabaseError):
        return f"the database cannot be used: {_first_line(error)}."
    return f"{type(error).__name__}: {_first_line(error)}."


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
