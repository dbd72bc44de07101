"""Starts Debian's Chromium without a screen, with a WAV file or nothing as its microphone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright

EXECUTABLE = shutil.which("chromium") or "/usr/bin/chromium"


def require_chromium() -> None:
    if Path(EXECUTABLE).exists():
        return
    if os.environ.get("CI"):
        pytest.fail("Chromium is missing: the browser tests cannot run")
    pytest.skip("Chromium is missing: install the package `chromium`")


@contextmanager
def chromium(
    playwright: Playwright, *, microphone: Path | None = None, asks: bool = False, hosts: str = ""
) -> Iterator[Browser]:
    """`microphone` is played once, then silence; none beeps.

    `asks` leaves the permission to the page's context. `hosts` are rules for names that no server knows.
    """
    arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--use-fake-device-for-media-stream"]
    if not asks:
        arguments.append("--use-fake-ui-for-media-stream")
    if hosts:
        arguments.append(f"--host-resolver-rules={hosts}")
    if microphone is not None:
        arguments.append(f"--use-file-for-fake-audio-capture={microphone}%noloop")
    browser = playwright.chromium.launch(executable_path=EXECUTABLE, headless=True, args=arguments)
    try:
        yield browser
    finally:
        browser.close()
