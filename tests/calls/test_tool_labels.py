"""Tools are called by a readable name on pages; tests/js/tool-label.test.js holds the browser to the same."""

from __future__ import annotations

import pytest

from calls.tool_labels import tool_label


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("hang_up", "Hang up"),
        ("order_status", "Order status"),
        ("orderStatus", "Order status"),
        ("get-HTTP-code", "Get HTTP code"),
        ("parseHTMLPage2", "Parse HTML page2"),
        ("lookup", "Lookup"),
        ("x", "X"),
        ("__", "__"),
    ],
)
def test_a_tools_name_reads_as_words(name: str, label: str) -> None:
    assert tool_label(name) == label
