"""The published document's browser client, unchanged but for host and key, holds a spoken conversation."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright

from tests.browser.chromium import chromium
from tests.browser.figures import note_figure
from tests.browser.product import Product
from tests.browser.speech import spoken_wav
from tests.browser.static_site import static_site
from tests.browser.tap import TAP
from tests.clients.document import PublishedClient, document_text
from voice.engine.playout import FIRST_FILE_LAG_MS

pytestmark = [pytest.mark.browser, pytest.mark.speech, pytest.mark.alone]

QUESTION = "What are your opening hours?"
KEY_WORDS = re.compile(r"\b(opening|hours)\b", re.IGNORECASE)
OVER_THE_REPLY = "Wait a moment please. I have another question about your prices."
QUESTION_AT_S = 7.0  # after the greeting
REPLY_S = 3.2
LARGEST_GAP_MS = 150
# A browser that has just been started is busy with itself; a visitor's browser has long been running.
BROWSER_STARTS_MS = 2_000
GREETINGS = 3
CLOCK_MS = 5  # a message's time and a sample's are not told more exactly

# What the document leaves to its reader.
READERS_OWN = """
window.updateTranscript = () => {};
window.stopAllAudio = () => voicexTap.stopAll();
"""


@pytest.fixture(scope="module")
def document() -> str:
    return document_text()


@pytest.fixture(scope="module")
def client(document: str, server: Product) -> PublishedClient:
    return PublishedClient(
        document,
        socket_host=server.address.replace("http", "ws"),
        api_key=server.sign_in["api_key"],
        agent_id=server.sign_in["agent_id"],
    )


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with static_site() as address:
        yield address


@pytest.fixture(scope="module")
def browser(
    client: PublishedClient, playwright: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    script = [QUESTION_AT_S, QUESTION, REPLY_S, OVER_THE_REPLY, 1.0]
    microphone = spoken_wav(tmp_path_factory.mktemp("microphone") / "caller.wav", script)
    with chromium(playwright, microphone=microphone) as browser:
        yield browser


def new_page(browser: Browser, site: str) -> Page:
    """As a stranger to the site: no call to come back to."""
    context = browser.new_context()
    context.add_init_script(TAP)
    page = context.new_page()
    page.goto(site)
    return page


@pytest.fixture(scope="module")
def page(browser: Browser, site: str) -> Iterator[Page]:
    page = new_page(browser, site)
    page.wait_for_timeout(BROWSER_STARTS_MS)
    yield page
    page.context.close()


def has(condition: str) -> str:
    return f"() => voicexTap.messages.some((m) => {condition})"


def messages(page: Page, kind: str) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = page.evaluate(
        "(kind) => voicexTap.messages.filter((m) => m.type === kind)", kind
    )
    return told


def api(server: Product, path: str) -> Any:
    request = urllib.request.Request(
        f"{server.address}/api/dashboard/{path}", headers={"x-api-key": server.sign_in["api_key"]}
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def test_a_spoken_conversation(page: Page, client: PublishedClient) -> None:
    page.add_script_tag(content=READERS_OWN + client.conversation)
    page.wait_for_function(has("m.type === 'connected'"), timeout=10_000)
    connected = messages(page, "connected")[0]
    assert connected["agentName"] and connected["historyKey"]
    assert page.evaluate("localStorage.getItem('voicex_session_id')") == connected["historyKey"]

    # The greeting is heard to its end, then the caller's question is answered and the answer talked over.
    page.wait_for_function(has("m.type === 'audioEnd'"), timeout=15_000)
    said = "m.type === 'transcript' && m.payload.role === 'user' && m.payload.isFinal && m.payload.text"
    page.wait_for_function(has(said), timeout=25_000)
    page.wait_for_function(has("m.type === 'audioStop'"), timeout=20_000)
    words = [m["payload"] for m in messages(page, "transcript") if m["payload"]["role"] == "user"]
    assert any(not word["isFinal"] and KEY_WORDS.search(word["text"]) for word in words), words
    assert any(word["isFinal"] and KEY_WORDS.search(word["text"]) for word in words), words


def gaps_ms(page: Page) -> list[float]:
    """Between the sentences of one utterance: between two, neither audioEnd nor audioStop was told."""
    sources = page.evaluate("voicexTap.sources")
    breaks = [m["at"] for kind in ("audioEnd", "audioStop") for m in messages(page, kind)]
    return [
        later["at"] - (earlier["at"] + earlier["durationMs"])
        for earlier, later in zip(sources, sources[1:], strict=False)
        if not any(earlier["at"] < at <= later["at"] for at in breaks)
    ]


def slowest_start_ms(page: Page) -> float:
    """How long the client itself took at most between an MP3's arrival and its first sound."""
    sources = page.evaluate("voicexTap.sources")
    return max(s["at"] - m["at"] for m, s in zip(messages(page, "binary"), sources, strict=False))


def test_every_sentence_decodes_to_sound_without_overlap_or_gap(
    page: Page, browser: Browser, site: str, client: PublishedClient
) -> None:
    sources = page.evaluate("voicexTap.sources")
    assert len(sources) >= 3
    for source in sources:
        assert source["rateHz"] == 24_000
        assert source["rms"] > 0.005, "a sentence is not silent"
    gaps = gaps_ms(page)
    slowest_ms = slowest_start_ms(page)
    for _ in range(GREETINGS):
        if slowest_ms <= FIRST_FILE_LAG_MS:
            break
        # The machine kept the browser waiting; that says nothing of when the server sends. Once more.
        another = new_page(browser, site)
        another.add_script_tag(content=READERS_OWN + client.conversation)
        another.wait_for_function(has("m.type === 'audioEnd'"), timeout=15_000)
        gaps, slowest_ms = gaps_ms(another), slowest_start_ms(another)
        another.context.close()
    note_figure("gaps between MP3s of one utterance, ms", [round(gap) for gap in gaps])
    note_figure("slowest start of an MP3 in the client, ms", round(slowest_ms))
    assert gaps, "an utterance of several sentences"
    assert min(gaps) >= -CLOCK_MS, f"the client started an MP3 {slowest_ms:.0f} ms after it came"
    assert max(gaps) <= LARGEST_GAP_MS


def test_coming_back_with_the_history_key_continues_the_conversation(
    page: Page, client: PublishedClient, server: Product, site: str
) -> None:
    key = page.evaluate("localStorage.getItem('voicex_session_id')")
    first_call = messages(page, "connected")[0]["callId"]
    page.goto(site)
    page.add_script_tag(content=READERS_OWN + client.conversation)
    page.wait_for_function(has("m.type === 'connected'"), timeout=10_000)
    again = messages(page, "connected")[0]
    assert again["historyKey"] == key
    assert again["resumed"] is True
    assert again["callId"] != first_call
    page.wait_for_timeout(1500)
    assert messages(page, "transcript") == [], "who comes back is not greeted again"
    calls = {call["id"]: call for call in api(server, "calls?limit=20")["results"]}
    assert calls[first_call]["conversation_id"] == calls[again["callId"]]["conversation_id"]
    page.goto("about:blank")


def test_a_refused_client_gets_in_once_the_cause_is_gone(
    browser: Browser, client: PublishedClient, server: Product, site: str
) -> None:
    agent = f"from agents.models import Agent; Agent.objects.filter(id='{server.sign_in['agent_id']}')"
    server.manage("shell", "-c", f"{agent}.update(is_active=False)")
    context = browser.new_context()
    try:
        context.add_init_script(TAP)
        page = context.new_page()
        page.goto(site)
        address = (
            f"{server.address.replace('http', 'ws')}/ws/voice?api_key={server.sign_in['api_key']}"
            f"&agent_id={server.sign_in['agent_id']}"
        )
        page.add_script_tag(content=f"const url = {json.dumps(address)};\n{client.reconnection}\nconnect();")
        refused = "voicexTap.messages.filter((m) => m.type === 'close' && m.code === 4005).length >= 2"
        page.wait_for_function(refused, timeout=15_000)
        assert messages(page, "error")[0]["payload"]["message"]
        assert messages(page, "connected") == []
        server.manage("shell", "-c", f"{agent}.update(is_active=True)")
        page.wait_for_function(has("m.type === 'connected'"), timeout=15_000)
    finally:
        server.manage("shell", "-c", f"{agent}.update(is_active=True)")
        context.close()
