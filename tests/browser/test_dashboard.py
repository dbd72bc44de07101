"""What pages owe to a person's browser: nothing made twice, nothing typed lost, days of their own zone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from tests.browser.chromium import chromium
from tests.browser.product import Product
from tests.browser.talk_page import DESKTOP, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with chromium(playwright) as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, server: Product) -> Iterator[Page]:
    context = browser.new_context(viewport=DESKTOP, timezone_id="Asia/Tokyo")
    page = context.new_page()
    sign_in(page, server)
    yield page
    context.close()


def home(server: Product) -> str:
    return f"{server.address}/o/{server.sign_in['organization_id']}"


def test_reloading_the_page_of_a_new_key_neither_shows_it_again_nor_makes_another(
    page: Page, server: Product
) -> None:
    page.goto(f"{home(server)}/settings/keys/")
    page.get_by_label("Name").fill("Made once")
    page.get_by_role("button", name="Create key").click()
    raw_key = page.locator("#raw-key").input_value()
    assert raw_key.startswith("vx_")
    page.wait_for_load_state("load")
    page.reload()
    expect(page.locator("#raw-key")).to_have_count(0)
    expect(page.get_by_role("cell", name="Made once")).to_have_count(1)
    assert raw_key not in page.content()


def test_what_was_typed_into_an_agents_form_is_not_lost_without_a_question(
    page: Page, server: Product
) -> None:
    asked: list[str] = []

    def answer(dialog: object) -> None:
        asked.append(dialog.type)  # type: ignore[attr-defined]
        dialog.dismiss()  # type: ignore[attr-defined]

    page.on("dialog", answer)
    page.goto(f"{home(server)}/agents/new/")
    page.get_by_label("Name", exact=False).first.fill("Tried out")
    page.get_by_role("button", name="Create agent").click()
    page.wait_for_url(lambda url: not url.endswith("/new/"))
    address = page.url
    page.get_by_role("link", name="Cancel").click()
    page.wait_for_url("**/agents/")
    assert asked == [], "nothing was typed"
    page.goto(address)
    greeting = page.get_by_label("Greeting", exact=False).first
    greeting.fill("Good day, it is new.")
    page.get_by_role("link", name="Cancel").click()
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"] and page.url == address
    page.get_by_role("button", name="Save and talk").click()
    page.wait_for_url("**/talk/")
    assert asked == ["beforeunload"], "saving asks nothing"
    page.goto(address)
    expect(greeting).to_have_value("Good day, it is new.")


def test_the_server_learns_the_browsers_time_zone(page: Page, server: Product) -> None:
    page.goto(f"{home(server)}/settings/keys/")
    told = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    assert told["timezone"] == "Asia/Tokyo"
    server_time = page.locator("td span[title]").first.get_attribute("title") or ""
    assert re.search(r"\+09:00$", server_time)


def test_what_becomes_of_a_prompt_is_shown_while_it_is_written(page: Page, server: Product) -> None:
    page.goto(f"{home(server)}/agents/new/")
    preview = page.get_by_role("region", name="Preview")
    page.get_by_label("System prompt").fill("You help with order {{ order }}.")
    page.get_by_label("Variables of the call").fill("order = 4711")
    expect(preview).to_contain_text("You help with order 4711.")
    page.get_by_label("Persona").fill("Warm {{ and kind")
    expect(preview).to_contain_text("Line 1, character 6: “{{” is not closed")


def test_a_failed_save_leads_to_the_fields_and_the_warning_follows_what_is_written(
    page: Page, server: Product
) -> None:
    page.goto(f"{home(server)}/agents/new/")
    warning = page.locator("#id_greeting_warning")
    page.get_by_label("Greeting", exact=True).fill("Hello {{ nmae }}.")
    expect(warning).to_contain_text("{{ nmae }}")
    page.get_by_label("Variables of the call").fill("nmae = you")
    expect(warning).to_be_empty()
    page.get_by_label("Pronunciations").fill("Nguyen")
    page.get_by_role("button", name="Create agent").click()
    expect(page.locator("#to-mend")).to_be_focused()
    page.locator("#to-mend").get_by_role("link", name="Pronunciations").click()
    expect(page.get_by_label("Pronunciations")).to_be_focused()


def test_a_country_is_found_by_some_letters_of_its_name_and_enter_sends_nothing(
    page: Page, server: Product
) -> None:
    page.goto(f"{home(server)}/settings/phones/calling/")
    search = page.get_by_label("Find a country")
    search.fill("cote d")
    shown = page.locator("#countries label:visible")
    expect(shown).to_have_count(1)
    expect(shown).to_contain_text("Côte d'Ivoire")
    search.press("Enter")
    assert page.url.endswith("/calling/")
    search.fill("germ")
    page.get_by_label("Germany").check()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/phones/")
    expect(page.get_by_role("region", name="Calls to others")).to_contain_text("Germany")
