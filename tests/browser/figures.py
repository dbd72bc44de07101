"""Figures that a run measured, kept beside its screenshots."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from tests.browser.product import ARTEFACTS


def note_figure(name: str, value: object) -> None:
    with _figures().open("a") as figures:
        figures.write(f"{name}: {value}\n")


@cache
def _figures() -> Path:
    """Without what an earlier run has left."""
    ARTEFACTS.mkdir(exist_ok=True)
    path = ARTEFACTS / "figures.txt"
    path.unlink(missing_ok=True)
    return path
