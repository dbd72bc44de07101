"""Names of tools as people read them; `static/js/talk/tool-label.js` does the same in the browser."""

from __future__ import annotations

import re

# Between two words: a sign that is none, a capital after a small letter, the last of several capitals.
BETWEEN = re.compile(r"[_-]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def tool_label(name: str) -> str:
    """`order_status` and `orderStatus` are "Order status". Abbreviations keep their capitals."""
    words = [
        word if len(word) > 1 and word.isupper() else word.lower() for word in BETWEEN.split(name) if word
    ]
    label = " ".join(words)
    return label[:1].upper() + label[1:] or name
