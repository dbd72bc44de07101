"""One started product for all browser tests, and pages signed in to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Playwright, sync_playwright

from tests.browser.chromium import require_chromium
from tests.browser.product import Product, start_product

PRODUCT = pytest.StashKey[Product]()


@pytest.fixture(scope="session")
def server(pytestconfig: pytest.Config) -> Product:
    """Started at first use, also from tests/clients, and stopped when the run is over."""
    require_chromium()
    if PRODUCT not in pytestconfig.stash:
        product = start_product()
        pytestconfig.stash[PRODUCT] = product
        pytestconfig.add_cleanup(product.stop)
    return pytestconfig.stash[PRODUCT]


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Its event loop must not be running while asyncio tests of other modules do."""
    require_chromium()
    with sync_playwright() as started:
        yield started
