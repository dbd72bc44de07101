"""A text as the voice can say it: ASCII words, each knowing the piece of the original it stands for."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

# A segment is made in one go, and nothing of it sounds before all of it is planned: a long text is cut, for
# an earlier first sound and for the other callers.
GOOD_SEGMENT_CHARS = 100
MOST_SEGMENT_CHARS = 200

CURRENCIES = {"€": "euros", "£": "pounds", "₹": "rupees", "¥": "yen"}
ABBREVIATIONS = {
    "e.g.": "for example",
    "i.e.": "that is",
    "etc.": "et cetera",
    "approx.": "approximately",
    "vs.": "versus",
    "no.": "number",
    "tel.": "telephone",
    "w/": "with",
    "w/o": "without",
}
SIGNS = {
    "&": " and ",
    "+": " plus ",
    "=": " equals ",
    "@": " at ",
    "#": " number ",
    "°": " degrees ",
    "–": "-",
    "—": ", ",
    "…": ".",
    "‘": "'",
    "’": "'",
    "“": '"',
    "”": '"',
    "ß": "ss",
    "æ": "ae",
    "ø": "o",
    "ł": "l",
    "œ": "oe",
    "½": " and a half",
    "¼": " and a quarter",
}
# Marks of writing that nobody speaks (Markdown, brackets of code).
SILENT = set("*_`|~^<>{}[]\\")
ADDRESS = re.compile(
    r"(?i)^(?:https?://)?([\w.+-]+@)?((?:[a-z0-9-]+\.)+[a-z]{2,})(/[^\s,;!?]*?)?([.,;:!?)\"']*)$"
)
MONEY = re.compile(r"^([€£₹¥])(\d[\d,]*(?:\.\d+)?)(\D*)$|^(\d[\d,]*(?:\.\d+)?)([€£₹¥])(\D*)$")
INITIALS = re.compile(r"^(?:[A-Za-z]\.)+[A-Za-z]?\.?$")


@dataclass(frozen=True, slots=True)
class SpokenPiece:
    """Some ASCII without spaces and where its token stands in the original (`end_char` exclusive)."""

    text: str
    start_char: int
    end_char: int


@dataclass(frozen=True, slots=True)
class SpokenSegment:
    """Pieces to be said in one go."""

    pieces: tuple[SpokenPiece, ...]

    @property
    def text(self) -> str:
        """The pieces with a space after each, also after the last one."""
        return "".join(piece.text + " " for piece in self.pieces)

    def piece_ends(self) -> list[int]:
        ends, position = [], 0
        for piece in self.pieces:
            position += len(piece.text) + 1
            ends.append(position)
        return ends

    def piece_at(self, ends: list[int], token_position: int) -> SpokenPiece:
        """The piece in which the voice's reader stood at `token_position` (after the token and its space)."""
        return self.pieces[min(bisect_left(ends, token_position), len(self.pieces) - 1)]


def spoken_segments(text: str) -> list[SpokenSegment]:
    """Cut a text of any language and length into what the voice says; empty when nothing can be spoken."""
    pieces = [
        # Nobody can follow a longer word anyway.
        SpokenPiece(word[:MOST_SEGMENT_CHARS], match.start(), match.end())
        for match in re.finditer(r"\S+", text)
        for word in _spoken(match.group())
    ]
    return list(_cut(pieces))


def _spoken(token: str) -> list[str]:
    lowered = token.lower()
    if lowered.rstrip(",;:") in ABBREVIATIONS:
        return ABBREVIATIONS[lowered.rstrip(",;:")].split()
    if money := MONEY.match(token):
        before, amount, after, amount_2, sign_2, after_2 = money.groups()
        sign = CURRENCIES[before or sign_2]
        return [amount or amount_2, sign + _plain(after or after_2 or "")]
    if (address := ADDRESS.match(token)) and not INITIALS.match(token):
        return _spell_address(*address.groups())
    return [word for word in _plain(token).split() if any(letter.isalnum() for letter in word)]


def _spell_address(mailbox: str | None, host: str, path: str | None, tail: str) -> list[str]:
    spelled = ""
    if mailbox:
        spelled += mailbox.replace("@", "").replace(".", " dot ").replace("_", " underscore ") + " at "
    spelled += re.sub(r"^www\.", "w w w dot ", host).replace(".", " dot ")
    if path and len(path) > 1:
        spelled += path.rstrip("/").replace("/", " slash ").replace(".", " dot ")
    words = _plain(spelled).replace("-", " ").split()
    words[-1] += _plain(tail)
    return words


def _plain(text: str) -> str:
    # A slash between letters or in "24/7" is a small pause; in a date it stays.
    text = re.sub(
        r"(?<=[A-Za-z])/(?=[A-Za-z])|^(?=\d\d?/\d$)(\d+)/", lambda m: (m.group(1) or "") + " ", text
    )
    found = []
    for letter in text:
        if letter in SILENT:
            continue
        if letter in SIGNS:
            found.append(SIGNS[letter])
            continue
        folded = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
        found.append(folded if folded.isprintable() else "")
    return "".join(found)


def _cut(pieces: list[SpokenPiece]) -> Iterator[SpokenSegment]:
    """A long text is cut after a sentence or clause if it can be, after any word if it must be."""
    start = size = 0
    best = {".": 0, ",": 0, "": 0}
    for end, piece in enumerate(pieces, start=1):
        if size + len(piece.text) > MOST_SEGMENT_CHARS or (
            size + len(piece.text) > GOOD_SEGMENT_CHARS and (best["."] or best[","])
        ):
            cut = best["."] or best[","] or best[""] or end
            yield SpokenSegment(tuple(pieces[start:cut]))
            start, size = cut, sum(len(left.text) + 1 for left in pieces[cut : end - 1])
            best = {".": 0, ",": 0, "": 0}
        size += len(piece.text) + 1
        best["." if piece.text[-1] in ".!?" else "," if piece.text[-1] in ",;:" else ""] = end
    if start < len(pieces):
        yield SpokenSegment(tuple(pieces[start:]))
