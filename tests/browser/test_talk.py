"""From sign-in through a spoken conversation to the finished call's page, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, expect

from tests.browser.chromium import chromium
from tests.browser.figures import note_figure
from tests.browser.product import Product
from tests.browser.speech import spoken_wav
from tests.browser.talk_page import DESKTOP, PHONE, TalkPage, picture, sign_in
from tests.browser.tap import TAP

pytestmark = [pytest.mark.browser, pytest.mark.speech]

QUESTION = "What are your opening hours?"
KEY_WORDS = re.compile(r"\b(opening|hours)\b", re.IGNORECASE)
OVER_THE_REPLY = "Wait a moment please. I have another question about your prices."
QUESTION_AT_S = 7.0  # after the greeting
REPLY_S = 3.2  # from the question to the words over the reply


@pytest.fixture(scope="module")
def browser(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    script = [QUESTION_AT_S, QUESTION, REPLY_S, OVER_THE_REPLY, 1.0]
    microphone = spoken_wav(tmp_path_factory.mktemp("microphone") / "caller.wav", script)
    with chromium(playwright, microphone=microphone) as browser:
        yield browser


@pytest.fixture(scope="module")
def context(browser: Browser, server: Product) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=DESKTOP)
    context.add_init_script(TAP)
    sign_in(context.new_page(), server)
    yield context
    context.close()


@pytest.mark.alone
def test_a_spoken_conversation(context: BrowserContext, server: Product) -> None:
    page = context.pages[0]
    page.get_by_role("link", name="Talk").first.click()
    talk = TalkPage(page)
    expect(page.get_by_text("built-in, demo quality").first).to_be_visible()
    picture(page, "talk-idle-desktop")

    page.get_by_role("button", name="Start talking").click()
    talk.wait_for("speaking")
    talk.expect_line("agent", re.compile(r"\w"))
    talk.expect_line("user", KEY_WORDS, timeout_s=25)
    talk.wait_until(
        "voicexTap.messages.some(({ type, payload }) => type === 'transcript'"
        " && payload.role === 'user' && payload.isFinal && payload.text)"
    )
    talk.wait_for("speaking", timeout_s=10)
    page.wait_for_timeout(900)
    picture(page, "talk-live-desktop")
    assert int(page.locator("#talk-meter-agent").get_attribute("aria-valuenow") or 0) > 5

    stops = len(talk.messages("audioStop"))
    talk.wait_until(f"voicexTap.messages.filter((m) => m.type === 'audioStop').length > {stops}")
    page.wait_for_timeout(250)
    tap = talk.tap()
    stop_at = next(m["at"] for m in tap["messages"][::-1] if m["type"] == "audioStop")
    sounding = [
        block["at"] for block in tap["blocks"] if block["rms"] > 0.001 and block["at"] < stop_at + 250
    ]
    silence_ms = max(sounding) - stop_at
    note_figure("Talk page: audioStop to silence, ms", round(silence_ms))
    assert max(block["rms"] for block in tap["blocks"]) > 0.02, "the agent's voice is audible"
    assert silence_ms <= 50
    expect(page.locator(".talk-line-mark", has_text="Interrupted").first).to_be_visible(timeout=10_000)
    expect(page.locator("#talk-latency [data-part=voice_to_voice_ms]")).to_be_visible()

    words = [m["payload"] for m in talk.messages("transcript") if m["payload"]["role"] == "user"]
    assert any(not word["isFinal"] and KEY_WORDS.search(word["text"]) for word in words), words
    assert any(word["isFinal"] and KEY_WORDS.search(word["text"]) for word in words), words

    talk.hang_up()
    expect(page.locator("#talk-hint")).to_have_text("You hung up.")
    picture(page, "talk-ended-desktop")
    assert talk.problems == []
    heard = talk.lines("user")
    page.locator("#talk-call-link").click()
    for _ in range(40):  # a worker turns the call into rows
        if page.get_by_text(heard[0], exact=False).count():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(page.get_by_text(heard[0], exact=False).first).to_be_visible()
    picture(page, "call-desktop")
    page.set_viewport_size(PHONE)
    picture(page, "call-phone")
    page.set_viewport_size(DESKTOP)


def test_a_written_conversation_on_a_phone(
    browser: Browser, context: BrowserContext, server: Product
) -> None:
    phone = browser.new_context(
        viewport=PHONE, storage_state=context.storage_state(), has_touch=True, is_mobile=True
    )
    phone.add_init_script(TAP)
    page = phone.new_page()
    talk = TalkPage(page)
    page.goto(server.talk_url)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    picture(page, "talk-idle-phone")
    page.get_by_role("button", name="Type instead").click()
    talk.wait_for("listening", "speaking")
    talk.say(QUESTION)
    talk.expect_line("user", QUESTION)
    talk.wait_until("document.querySelectorAll('.talk-line-agent').length >= 2")
    talk.wait_for("speaking")
    page.wait_for_timeout(600)
    picture(page, "talk-live-phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    talk.hang_up()
    picture(page, "talk-ended-phone")
    assert talk.messages("error") == []
    assert talk.problems == []
    phone.close()


def test_a_killed_server_is_reached_again_and_the_conversation_goes_on(
    context: BrowserContext, server: Product
) -> None:
    page = context.new_page()
    talk = TalkPage(page)
    page.goto(server.talk_url)
    page.get_by_role("button", name="Type instead").click()
    talk.wait_for("listening", "speaking")
    talk.say(QUESTION)
    talk.wait_until("document.querySelectorAll('.talk-line-agent').length >= 2")
    talk.wait_until("voicexTap.messages.some((m) => m.type === 'turn' && m.payload.role === 'user')")
    key = talk.messages("connected")[0]["historyKey"]
    page.wait_for_timeout(1500)

    server.kill_web()
    talk.wait_for("reconnecting")
    picture(page, "talk-reconnecting")
    server.start_web()
    talk.wait_for("listening", "speaking", timeout_s=20)
    again = talk.messages("connected")[-1]
    assert again["historyKey"] == key
    assert again["resumed"] is True
    expect(page.locator("#talk-hint")).to_contain_text("goes on where it was")
    before = page.locator(".talk-line-agent").count()
    talk.say(QUESTION)
    talk.wait_until(f"document.querySelectorAll('.talk-line-agent').length > {before}")
    told = [message["payload"] for kind in ("transcript", "turn") for message in talk.messages(kind)]
    assert talk.lines("user").count(QUESTION) == 2, f"what was said before stays on the page: {told}"
    talk.hang_up()
    page.close()


def test_a_viewer_is_told_why_there_is_no_call(context: BrowserContext, server: Product) -> None:
    """The page of an agent that is gone meanwhile: the server's no is shown, not a spinner."""
    page = context.new_page()
    page.route("**/talk/token/", lambda route: route.fulfill(status=404, body="", content_type="text/html"))
    talk = TalkPage(page)
    page.goto(server.talk_url)
    page.get_by_role("button", name="Type instead").click()
    talk.wait_for("refused")
    expect(page.locator("#talk-hint")).to_contain_text("does not exist any more")
    page.close()
