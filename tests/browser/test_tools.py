"""An agent gets tools in its form, calls a function of the page, and hangs up on a goodbye."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Playwright, expect

from tests.browser.chromium import chromium
from tests.browser.product import Product, start_product
from tests.browser.talk_page import DESKTOP, PHONE, TalkPage, picture, sign_in
from tests.simulators.deepgram import DeepgramSimulator
from tests.simulators.elevenlabs import ElevenLabsSimulator
from tests.simulators.groq import GroqSimulator
from tests.simulators.threaded import running, variables
from tests.simulators.tool_calls import ToolUse

pytestmark = [pytest.mark.browser]

TOOL = {
    "name": "order_status",
    "description": "Where an order is.",
    "parameters": {"type": "object", "properties": {"number": {"type": "integer"}}, "required": ["number"]},
}


def answer(messages: list[dict[str, Any]]) -> str | ToolUse:
    last = messages[-1]
    if last["role"] == "tool":
        return f"It arrives on {json.loads(last['content'])['arrives']}."
    if "goodbye" in last["content"]:
        return ToolUse((("hang_up", '{"closing": "Thank you, goodbye."}'),))
    return ToolUse((("order_status", '{"number": 7}'),))


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    simulators = [
        DeepgramSimulator([]),
        GroqSimulator(answer, first_token_ms=100),
        ElevenLabsSimulator(first_audio_ms=50, times_real_time=8),
    ]
    with running(simulators):
        product = start_product(variables(simulators, "simulated"), "tools")
        yield product
        product.stop()


def test_a_pages_function_is_called_and_a_goodbye_ends_the_call(
    playwright: Playwright, product: Product
) -> None:
    with chromium(playwright) as browser:
        context = browser.new_context(viewport=DESKTOP)
        page = context.new_page()
        sign_in(page, product)
        page.goto(product.talk_url.replace("/talk/", "/"))
        page.get_by_label("The agent may hang up").check()
        tools = page.get_by_label("Tools in the caller's page")
        tools.fill(json.dumps([TOOL | {"parameters": {"type": "object", "required": 7}}]))
        page.get_by_role("button", name="Save").first.click()
        mistake = page.locator("#id_client_tools_error")
        expect(mistake).to_contain_text("the parameters are no JSON schema, at required")
        page.locator("#tools").scroll_into_view_if_needed()
        picture(page, "agent-tools-error-desktop")
        page.set_viewport_size(PHONE)
        picture(page, "agent-tools-error-phone")
        page.set_viewport_size(DESKTOP)
        page.get_by_label("Tools in the caller's page").fill(json.dumps([TOOL]))
        page.get_by_role("button", name="Save").first.click()
        expect(page.locator(".alert-success, .toast").first).to_be_visible()

        page.goto(product.talk_url)
        talk = TalkPage(page)
        page.evaluate("() => { voicexTools.order_status = ({ number }) => ({ arrives: `day ${number}` }); }")
        page.get_by_role("button", name=re.compile("typing|Type|without", re.IGNORECASE)).first.click()
        talk.wait_for("listening", "speaking", timeout_s=20)
        talk.say("where is my order")
        expect(page.locator(".talk-line-tool", has_text="Order status: done")).to_be_visible(timeout=15_000)
        talk.expect_line("agent", re.compile("It arrives on day 7"), timeout_s=15)
        picture(page, "talk-tools-desktop")
        talk.say("goodbye")
        talk.wait_for("ended", timeout_s=20)
        expect(page.get_by_text("The agent said goodbye and hung up.")).to_be_visible()
        page.locator("#talk-call-link").click()
        expect(page.get_by_text("Agent hung up")).to_be_visible(timeout=15_000)
        expect(page.locator(".turn-tool-name", has_text="Order status")).to_be_visible()
        page.locator(".turn-tool summary").first.click()
        picture(page, "call-tools-desktop")
        assert not talk.problems
        context.close()
