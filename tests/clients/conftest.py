"""The same started product as tests/browser uses."""

from tests.browser.conftest import playwright, server

__all__ = ["playwright", "server"]
