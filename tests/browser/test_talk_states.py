"""What the Talk page says and offers when something is missing, refused or lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, WebSocketRoute, expect

from tests.browser.chromium import chromium
from tests.browser.product import INSECURE_HOST, Product
from tests.browser.talk_page import DESKTOP, TalkPage, picture, sign_in

pytestmark = pytest.mark.browser

CONNECTED = {
    "type": "connected",
    "agentName": "Ann",
    "historyKey": "key",
    "callId": "c" * 24,
    "resumed": False,
}


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    # The page's own context decides about permission; one name is not localhost and has no https.
    with chromium(playwright, asks=True, hosts=f"MAP {INSECURE_HOST} 127.0.0.1") as browser:
        yield browser


@pytest.fixture(scope="module")
def signed_in(browser: Browser, server: Product) -> dict[str, Any]:
    context = browser.new_context()
    sign_in(context.new_page(), server)
    state: dict[str, Any] = context.storage_state()
    context.close()
    return state


@pytest.fixture
def open_page(
    browser: Browser, server: Product, signed_in: dict[str, Any]
) -> Iterator[Callable[..., TalkPage]]:
    contexts = []

    def open_page(
        socket: Callable[[WebSocketRoute], None] | None = None,
        *,
        permissions: tuple[str, ...] = ("microphone",),
        script: str = "",
    ) -> TalkPage:
        context = browser.new_context(
            storage_state=signed_in, permissions=permissions, viewport=DESKTOP, reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        if script:
            page.add_init_script(script)
        if socket is not None:
            page.route_web_socket("**/ws/voice*", socket)
        talk = TalkPage(page)
        page.goto(server.talk_url)
        return talk

    yield open_page
    for context in contexts:
        context.close()


def send(socket: WebSocketRoute, message: dict[str, Any]) -> None:
    socket.send(json.dumps(message))


def title(page: Page) -> Any:
    return page.locator("#talk-title")


def test_a_blocked_microphone_is_explained_and_typing_is_offered(open_page: Callable[..., TalkPage]) -> None:
    talk = open_page(permissions=())
    talk.page.get_by_role("button", name="Start talking").click()
    talk.wait_for("denied")
    expect(title(talk.page)).to_have_text("Microphone blocked")
    expect(talk.page.locator("#talk-hint")).to_contain_text("allow the microphone")
    expect(talk.page.get_by_role("button", name="Type instead")).to_be_enabled()
    expect(talk.page.get_by_role("button", name="Try again")).to_be_enabled()
    picture(talk.page, "talk-denied")
    assert talk.problems == []


@pytest.mark.parametrize(
    ("error", "words"), [("NotFoundError", "Connect one"), ("NotReadableError", "Another program")]
)
def test_a_missing_microphone_is_explained(
    open_page: Callable[..., TalkPage], error: str, words: str
) -> None:
    talk = open_page(
        script="navigator.mediaDevices.getUserMedia = async () => {"
        f" throw new DOMException('', '{error}') }}"
    )
    talk.page.get_by_role("button", name="Start talking").click()
    talk.wait_for("no_microphone")
    expect(talk.page.locator("#talk-hint")).to_contain_text(words)
    if error == "NotFoundError":
        picture(talk.page, "talk-no-microphone")


def test_a_page_without_https_says_why_it_has_no_microphone(browser: Browser, server: Product) -> None:
    context = browser.new_context(viewport=DESKTOP)
    page = context.new_page()
    sign_in(page, server, f"http://{INSECURE_HOST}:{server.port}")
    page.goto(server.talk_url.replace("localhost", INSECURE_HOST))
    talk = TalkPage(page)
    page.get_by_role("button", name="Start talking").click()
    talk.wait_for("insecure")
    expect(page.locator("#talk-hint")).to_contain_text("https")
    context.close()


def test_a_refused_call_has_the_servers_own_words_and_can_be_tried_again(
    open_page: Callable[..., TalkPage],
) -> None:
    sockets: list[WebSocketRoute] = []

    def refuse_once(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        if len(sockets) > 1:
            send(socket, CONNECTED)
            return
        send(
            socket,
            {"type": "error", "payload": {"code": "capacity", "message": "All transcribers are busy."}},
        )
        socket.close(code=4503)

    talk = open_page(refuse_once)
    talk.page.get_by_role("button", name="Start talking").click()
    talk.wait_for("refused")
    expect(talk.page.locator("#talk-hint")).to_have_text("All transcribers are busy.")
    picture(talk.page, "talk-refused")
    talk.page.get_by_role("button", name="Try again").click()
    talk.wait_for("listening")


def test_typing_is_offered_after_two_turns_that_were_not_understood(
    open_page: Callable[..., TalkPage],
) -> None:
    sockets: list[WebSocketRoute] = []

    def connect(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        send(socket, CONNECTED)

    def turn(index: int) -> dict[str, Any]:
        payload = {
            "index": index, "role": "user", "text": "blue mount", "heardText": "blue mount",
            "interrupted": False, "understood": False, "latency": None,
        }  # fmt: skip
        return {"type": "turn", "payload": payload}

    talk = open_page(connect)
    talk.page.get_by_role("button", name="Start talking").click()
    talk.wait_for("listening")
    offer = talk.page.locator("#talk-offer")
    send(sockets[0], turn(1))
    talk.expect_line("user", "blue mount")
    expect(offer).to_be_hidden()
    send(sockets[0], turn(3))
    expect(offer).to_be_visible()
    expect(offer).to_contain_text("Settings → Vendors")
    picture(talk.page, "talk-not-understood")


def test_two_quick_clicks_make_one_call(open_page: Callable[..., TalkPage]) -> None:
    sockets: list[WebSocketRoute] = []

    def connect(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        send(socket, CONNECTED)

    talk = open_page(connect)
    talk.page.evaluate("for (let i = 0; i < 2; i += 1) document.getElementById('talk-begin-text').click()")
    talk.wait_for("listening")
    talk.page.wait_for_timeout(500)
    assert len(sockets) == 1
    talk.page.get_by_role("button", name="Hang up").click()
    talk.wait_for("ended")


def test_a_microphone_may_join_a_written_call_and_be_muted(open_page: Callable[..., TalkPage]) -> None:
    received: list[bytes] = []

    def connect(socket: WebSocketRoute) -> None:
        socket.on_message(lambda message: received.append(message) if isinstance(message, bytes) else None)
        send(socket, CONNECTED)

    talk = open_page(connect)
    page = talk.page
    page.get_by_role("button", name="Type instead").click()
    talk.wait_for("listening")
    page.wait_for_timeout(300)
    assert received == []
    page.get_by_role("button", name="Use microphone").click()
    page.get_by_role("button", name="Mute microphone").wait_for()
    page.wait_for_timeout(1200)
    assert {len(frame) for frame in received} == {640}  # 20 ms of 16-bit samples at 16 kHz
    assert any(any(frame) for frame in received), "the pretended microphone beeps"
    page.get_by_role("button", name="Mute microphone").click()
    expect(page.get_by_role("button", name="Unmute microphone")).to_have_attribute("aria-pressed", "true")
    page.wait_for_timeout(200)
    received.clear()
    page.wait_for_timeout(1200)
    assert received, "a muted microphone keeps the time"
    assert not any(any(frame) for frame in received)


def test_the_call_can_be_led_from_the_keyboard(open_page: Callable[..., TalkPage]) -> None:
    said: list[str] = []

    def connect(socket: WebSocketRoute) -> None:
        socket.on_message(lambda message: said.append(message) if isinstance(message, str) else None)
        send(socket, CONNECTED)

    talk = open_page(connect)
    page = talk.page
    page.get_by_role("button", name="Type instead").focus()
    page.keyboard.press("Enter")
    talk.wait_for("listening")
    expect(page.get_by_label("Type to")).to_be_focused()
    page.keyboard.type("hello")
    page.keyboard.press("Enter")
    talk.wait_for("thinking")
    page.get_by_role("button", name="Hang up").focus()
    page.keyboard.press("Enter")
    talk.wait_for("ended")
    assert [json.loads(message)["type"] for message in said] == ["text", "hangup"]


def test_attempts_to_come_back_are_shown_and_can_be_hurried(open_page: Callable[..., TalkPage]) -> None:
    urls: list[str] = []

    def drop_twice(socket: WebSocketRoute) -> None:
        urls.append(socket.url)
        if len(urls) == 1:
            send(socket, CONNECTED)
        if len(urls) == 4:
            send(socket, {**CONNECTED, "resumed": True})
        else:
            socket.close(code=1012)

    talk = open_page(drop_twice)
    talk.page.get_by_role("button", name="Type instead").click()
    talk.wait_for("reconnecting")
    expect(title(talk.page)).to_have_text("Connection lost")
    talk.page.get_by_role("button", name="Try now").click()
    talk.wait_for("listening", timeout_s=15)
    expect(talk.page.locator("#talk-hint")).to_contain_text("goes on where it was")
    assert all("session_id=key" in url for url in urls[1:])
    assert len({url.split("token=")[1].split("&")[0] for url in urls}) == len(urls), (
        "a token for every attempt"
    )
