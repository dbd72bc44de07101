"""The Talk page as a test drives it: by what a person sees and presses."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.product import ARTEFACTS, Product

DESKTOP = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}


def sign_in(page: Page, server: Product, address: str = "") -> None:
    """Through the form the first time, then with the cookie from there: a password's hash is slow on purpose.

    `address`: another name of the same server.
    """
    if server.session and not address:
        page.context.add_cookies([server.session])  # type: ignore[list-item]
        page.goto(f"{server.address}/o/{server.sign_in['organization_id']}/agents/")
        return
    page.goto(f"{address or server.address}/accounts/login/")
    page.locator("input[name=login]").fill(server.sign_in["email"])
    page.locator("input[name=password]").fill(server.sign_in["password"])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/agents/")
    if not address:
        cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
        server.session = dict(cookies["sessionid"])


def picture(page: Page, name: str) -> Path:
    """A screenshot for people, kept with the run's artefacts."""
    path = ARTEFACTS / f"{name}.png"
    page.screenshot(path=path, full_page=True)
    return path


class TalkPage:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", lambda message: self._console(message.type, message.text))

    def _console(self, kind: str, text: str) -> None:
        # A socket or request to a killed server is reported by the browser itself.
        if kind == "error" and "ERR_CONNECTION" not in text and "WebSocket connection to" not in text:
            self.problems.append(text)

    @property
    def state(self) -> str:
        return self.page.locator("#talk").get_attribute("data-state") or ""

    def wait_for(self, *states: str, timeout_s: float = 10.0) -> None:
        pattern = ",".join(f"#talk[data-state='{state}']" for state in states)
        self.page.wait_for_selector(pattern, timeout=timeout_s * 1000, state="attached")

    def wait_until(self, expression: str, timeout_s: float = 10.0) -> None:
        """Until the JavaScript expression is true. The page's policy forbids Playwright's way, an eval."""
        deadline = time.monotonic() + timeout_s
        while not self.page.evaluate(expression):
            assert time.monotonic() < deadline, f"not within {timeout_s} s: {expression}"
            self.page.wait_for_timeout(50)

    def lines(self, role: str) -> list[str]:
        """Role is "user" or "agent"."""
        return self.page.locator(f".talk-line-{role}:not(.is-interim) .talk-line-text").all_inner_texts()

    def expect_line(self, role: str, pattern: Any, timeout_s: float = 10.0) -> None:
        line = self.page.locator(f".talk-line-{role} .talk-line-text").filter(has_text=pattern)
        expect(line.first).to_be_visible(timeout=timeout_s * 1000)

    def say(self, text: str) -> None:
        box = self.page.get_by_label("Type to")
        box.fill(text)
        box.press("Enter")

    def hang_up(self) -> None:
        self.page.get_by_role("button", name="Hang up").click()
        self.wait_for("ended")

    def tap(self) -> dict[str, Any]:
        tap: dict[str, Any] = self.page.evaluate(
            "({ blocks: voicexTap.blocks, messages: voicexTap.messages, sources: voicexTap.sources })"
        )
        return tap

    def messages(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.tap()["messages"] if message["type"] == kind]
