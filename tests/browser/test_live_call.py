"""The page of a live call: what a person types there the caller hears, and they see what became of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, Playwright, expect
from websockets.sync.client import ClientConnection, connect

from tests.browser.chromium import chromium
from tests.browser.product import Product
from tests.browser.talk_page import DESKTOP, picture, sign_in

pytestmark = pytest.mark.browser
NEWS = "Somebody will call you back at three."


@pytest.fixture
def page(playwright: Playwright, server: Product) -> Iterator[Page]:
    with chromium(playwright) as browser:
        page = browser.new_context(viewport=DESKTOP).new_page()
        sign_in(page, server)
        yield page


@pytest.fixture
def caller(server: Product) -> Iterator[ClientConnection]:
    query = urlencode({"api_key": server.sign_in["api_key"], "agent_id": server.sign_in["agent_id"]})
    # Takes all that comes, also while the test looks at the page: who stops reading answers no ping either.
    url = f"ws://localhost:{server.port}/ws/voice?{query}&audio=pcm_16000"
    with connect(url, max_queue=None) as socket:
        yield socket


def heard(caller: ClientConnection, kind: str) -> dict[str, object]:
    """The payload of the next message of this type; the whole message where it has none."""
    while True:
        message = caller.recv(timeout=30)
        if isinstance(message, str) and (body := json.loads(message))["type"] == kind:
            return dict(body.get("payload", body))


def test_what_a_person_types_is_said_and_the_call_is_ended(
    page: Page, server: Product, caller: ClientConnection
) -> None:
    call_id = heard(caller, "connected")["callId"]
    page.goto(f"{server.address}/o/{server.sign_in['organization_id']}/conversations/{call_id}/")
    page.get_by_label("Have the agent say").fill(NEWS)
    page.get_by_label("At once").check()
    page.get_by_role("button", name="Say").click()
    listed = page.locator("#command-list")
    expect(listed).to_contain_text(NEWS)
    expect(listed).to_contain_text("Done", timeout=30_000)
    while heard(caller, "turn")["text"] != NEWS:
        pass
    # The page goes on asking how things stand; what is being typed meanwhile stays.
    page.get_by_label("Last words").fill("Goodbye.")
    with page.expect_response("**/commands/"):
        pass
    with page.expect_response("**/commands/"):
        pass
    expect(page.get_by_label("Last words")).to_have_value("Goodbye.")
    picture(page, "live-call")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="End call").click()
    assert heard(caller, "ended")["code"] == "ended_by_operator"
    expect(page.get_by_role("button", name="End call")).to_have_count(0, timeout=15_000)
    expect(page.get_by_text("Told during the call")).to_be_visible()
    picture(page, "ended-call")
