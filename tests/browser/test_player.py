"""The agent's voice in a real audio thread: gapless, silent at once, and counted as it is heard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.browser.chromium import chromium, require_chromium
from tests.browser.figures import note_figure
from tests.browser.static_site import static_site
from tests.browser.tap import TAP

pytestmark = [pytest.mark.browser, pytest.mark.alone]

# 24 kHz, 20 ms frames of a 300 Hz tone at -10 dB, sent in time with 200 ms ahead.
TONE = """
    const { Player } = await import("/js/voice/player.js");
    const reports = [];
    const player = new Player({ onReport: (report) => reports.push(report) });
    await player.open();
    let sent = 0;
    const frame = () => {
        const pcm = new Int16Array(480);
        for (let n = 0; n < 480; n += 1) pcm[n] = 10000 * Math.sin(Math.PI * (sent * 480 + n) / 40);
        sent += 1;
        player.play(pcm.buffer);
    };
    const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const began = performance.now();
    const stream = async (ms) => {
        const until = sent * 20 + ms;
        while (sent * 20 < until) {
            while (sent * 20 < Math.min(until, performance.now() - began + 200)) frame();
            await wait(5);
        }
    };
"""


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    require_chromium()
    with static_site() as address, sync_playwright() as playwright, chromium(playwright) as browser:
        page = browser.new_page()
        page.add_init_script(TAP)
        page.goto(address)
        yield page


def run(page: Page, script: str) -> Any:
    return page.evaluate("async () => {" + TONE + script + "}")


def test_sound_without_gaps_and_silence_within_50_ms_of_a_stop(page: Page) -> None:
    result = run(
        page,
        """
        await stream(900);
        await wait(150);
        const stoppedAt = performance.now();
        player.stop();
        await wait(400);
        const blocks = voicexTap.blocks.filter((block) => block.at >= began);
        player.close();
        const sounding = blocks.filter((block) => block.rms > 0.001);
        const inside = blocks.filter((block) => block.at > sounding[0].at && block.at < stoppedAt - 50);
        return {
            silence_ms: Math.max(...sounding.map((block) => block.at)) - stoppedAt,
            quiet_blocks: inside.filter((block) => block.rms < 0.15).length,
            blocks: inside.length,
            buffered_ms: Math.max(...reports.map((report) => report.bufferedMs)),
        };
        """,
    )
    note_figure("player: stop to silence, ms", round(result["silence_ms"]))
    assert result["blocks"] > 20
    assert result["quiet_blocks"] == 0
    assert result["silence_ms"] <= 50


def test_played_time_is_what_was_heard_and_not_what_was_dropped(page: Page) -> None:
    result = run(
        page,
        """
        await stream(600);
        await wait(500);
        const whole = player.playedMs;
        for (let n = 0; n < 50; n += 1) frame();
        await wait(200);
        player.stop();
        await wait(200);
        const afterStop = player.playedMs;
        player.reset();
        for (let n = 0; n < 5; n += 1) frame();
        await wait(300);
        const afterReset = player.playedMs;
        player.close();
        return { whole, afterStop, afterReset };
        """,
    )
    assert result["whole"] == pytest.approx(600, abs=1)
    assert 650 < result["afterStop"] < 1000
    assert result["afterReset"] == pytest.approx(100, abs=1)


def test_a_flood_is_bounded(page: Page) -> None:
    result = run(
        page,
        """
        for (let n = 0; n < 1000; n += 1) frame();
        await wait(300);
        player.close();
        return reports.at(-1);
        """,
    )
    assert result["bufferedMs"] <= 5000
    assert result["droppedMs"] >= 14_000
