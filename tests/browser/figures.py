"""Figures that a run measured, kept beside its screenshots."""

from __future__ import annotations

from tests.browser.product import ARTEFACTS


def note_figure(name: str, value: object) -> None:
    ARTEFACTS.mkdir(exist_ok=True)
    with (ARTEFACTS / "figures.txt").open("a") as figures:
        figures.write(f"{name}: {value}\n")
