"""What a model writes for the eye, as plain text: no Markdown, no emoji."""

from __future__ import annotations

import re

_LINE_START = re.compile(r"^[ \t]*(?:#{1,6}[ \t]+|[-*+•‣][ \t]+(?:\[[ xX]\][ \t]+)?|>[ \t]?)+", re.MULTILINE)
_RULE = re.compile(r"^[ \t]*(?:[-*_=][ \t]*){3,}$", re.MULTILINE)
# Each dash can be matched in one way only: a model may write thousands.
_TABLE_RULE = re.compile(
    r"^[ \t]*\|?[ \t]*:?-{2,}:?(?:[ \t]*\|[ \t]*:?-{2,}:?)*[ \t]*\|?[ \t]*$", re.MULTILINE
)
_TABLE_EDGE = re.compile(r"^[ \t]*\|[ \t]*|[ \t]*\|[ \t]*$", re.MULTILINE)
_CELL_BORDER = re.compile(r"[ \t]*\|[ \t]*")
_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)")
# Its brackets are none of a tag.
_ADDRESS = re.compile(r"<(?:mailto:)?(https?://[^\s<>]+|[^\s<>@/]+@[^\s<>@]+)>", re.IGNORECASE)
_CODE_FENCE = re.compile(r"^[ \t]*(?:```|~~~)\w*[ \t]*$", re.MULTILINE)
_DOUBLE_MARKS = re.compile(r"\*{2,3}|(?<!\w)_{2,3}|_{2,3}(?!\w)|~~|`+")
# Beside a word on one side only: neither "2 * 3" nor "2*3", neither "_" in a name nor alone.
_SINGLE_MARK = re.compile(r"(?<![\w*])[*_](?=[^\s*_])|(?<=[^\s*_])[*_](?![\w*])")
_LINE_BREAK = re.compile(r"<br\s?/?>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,80}>")
_PICTURES = re.compile(
    "[\U0001f000-\U0001faff\U000e0020-\U000e007f\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff"
    "\ufe0f\u200d\u20e3]+"
)
_SPACES = re.compile(r"(?<=\S)[ \t]{2,}(?=\S)")
_SPACE_BEFORE_MARK = re.compile(r"(?<=\w)[ \t]+(?=[.,!?;:](?:\s|$))")


def plain_words(text: str) -> str:
    """One piece of a reply. White space at its ends stays, so that pieces join as they were cut.

    Figures, money, dates and addresses stay: the text is shown and remembered as it is written.
    """
    for pattern in (_CODE_FENCE, _TABLE_RULE, _RULE, _LINE_START, _TABLE_EDGE):
        text = pattern.sub("", text)
    text = _CELL_BORDER.sub(", ", text) if "|" in text else text
    text = _LINK.sub(lambda link: link[1], text)
    text = _ADDRESS.sub(lambda address: address[1], text)
    text = _LINE_BREAK.sub(" ", text)
    for pattern in (_TAG, _DOUBLE_MARKS, _SINGLE_MARK):
        text = pattern.sub("", text)
    without = _PICTURES.sub(" ", text)
    if without != text:
        # The gap that a picture leaves is none of the writer's.
        head = text[: len(text) - len(text.lstrip())]
        tail = text[len(text.rstrip()) :]
        text = head + _SPACE_BEFORE_MARK.sub("", without.strip()) + (tail or without[len(without.rstrip()) :])
    return _SPACES.sub(" ", text)
