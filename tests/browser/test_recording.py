"""A recorded call as its organisation hears it: switched on in the form, played on the call's page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, Playwright, expect
from websockets.sync.client import ClientConnection, connect

from tests.browser.chromium import chromium
from tests.browser.product import ARTEFACTS, Product
from tests.browser.talk_page import DESKTOP, PHONE, TalkPage, picture, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def page(playwright: Playwright, server: Product) -> Iterator[Page]:
    with chromium(playwright) as browser:
        page = browser.new_context(viewport=DESKTOP).new_page()
        sign_in(page, server)
        yield page


def until(socket: ClientConnection, kind: str) -> dict[str, Any]:
    while True:
        message = socket.recv(timeout=30)
        told: dict[str, Any] = json.loads(message) if isinstance(message, str) else {}
        if told.get("type") == kind:
            return told


def test_a_call_is_recorded_once_it_is_switched_on_and_played_on_its_page(
    page: Page, server: Product
) -> None:
    organisation, agent = server.sign_in["organization_id"], server.sign_in["agent_id"]
    page.goto(f"{server.address}/o/{organisation}/agents/{agent}/")
    page.get_by_label("Record calls").check()
    page.locator("#recording").screenshot(path=ARTEFACTS / "recording-form.png")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_load_state()
    query = urlencode({"api_key": server.sign_in["api_key"], "agent_id": agent, "audio": "pcm_16000"})
    with connect(f"ws://localhost:{server.port}/ws/voice?{query}") as socket:
        call_id = until(socket, "connected")["callId"]
        until(socket, "audioEnd")
        socket.send(json.dumps({"type": "text", "payload": {"text": "Thank you."}}))
        until(socket, "audioEnd")
    page.goto(f"{server.address}/o/{organisation}/conversations/{call_id}/")
    player = page.locator("audio.call-player")
    expect(player).to_be_visible(timeout=30_000)
    TalkPage(page).wait_until("document.querySelector('audio.call-player').duration > 1")
    picture(page, "recording-desktop")
    page.set_viewport_size(PHONE)
    picture(page, "recording-phone")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    time = page.locator(".turn-user .turn-time")
    time.focus()
    page.keyboard.press("Enter")
    asked_s = int(time.get_attribute("data-play-from-ms") or 0) / 1000
    assert asked_s > 1
    playing = "!document.querySelector('audio.call-player').paused"
    stands = "document.querySelector('audio.call-player').currentTime"
    TalkPage(page).wait_until(f"{playing} && {stands} > {asked_s}")
    assert page.evaluate(stands) < asked_s + 2
    page.locator(".turn-agent .turn-time").first.click()
    TalkPage(page).wait_until(f"{playing} && {stands} < {asked_s}")
    played = """async () => {
        const player = document.querySelector("audio.call-player");
        player.muted = true;
        player.currentTime = player.duration / 2;  // a part of the file is asked for
        await player.play();
        const from = player.currentTime;
        await new Promise((done) => setTimeout(done, 500));
        return player.currentTime - from;
    }"""
    assert page.evaluate(played) > 0.1
    with page.expect_download() as download:
        page.get_by_role("link", name="WAV, both sides apart").click()
    assert download.value.suggested_filename.endswith(f"{call_id}.wav")
