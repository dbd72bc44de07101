"""Reads addresses of pages and mailboxes: their words, and no more of them than anybody can keep."""

from __future__ import annotations

import re

from voice.engine.reading.form import Part
from voice.engine.reading.languages.language import Language
from voice.engine.reading.rule import Match, Rule, digit_parts

_ENDINGS = (
    "com|org|net|info|biz|app|dev|shop|store|online|io|ai|eu|uk|us|de|at|ch|fr|es|it|nl|be|pt|pl|se|dk|no|fi|ie"
    "|ca|mx|au|nz|in|jp|cn|br|gov|edu|example"
)
_LABEL = r"[A-Za-z0-9](?:[\w-]*[A-Za-z0-9])?"
_MAILBOX = re.compile(rf"(?<![\w.@+-])([\w+-]+(?:\.[\w+-]+)*)@((?:{_LABEL}\.)+[A-Za-z]{{2,}})(?![\w@-])")
_PATH = r"(?:/[^\s<>()\[\]\"']*)?"
# A scheme or "www." shows an address; without them its ending does, in small letters: "Thanks.It is" is none.
_PAGE = re.compile(
    rf"(?<![\w.@/-])((?i:https?://(?:www\.)?|www\.))((?:{_LABEL}\.)*{_LABEL})(:\d+)?({_PATH})"
    rf"|(?<![\w.@/-])()((?:{_LABEL}\.)+(?:{_ENDINGS}))(?![\w@-]|\.\w)()({_PATH})"
)
_SAYABLE_PATH = re.compile(r"(?:/[A-Za-z][A-Za-z-]{0,20}){1,2}")
_SIGNS = re.compile(r"([._+/-])|(\d+)")


def address_rules(language: Language | None) -> tuple[Rule, ...]:
    """Where the language is not known, the voice reads what is short of an address."""

    def mailbox(found: Match) -> tuple[Part, ...]:
        if language is None:
            return (Part(found[0], found[0]),)
        return (
            *_labels(found[1], language),
            Part("@", f" {language.at} "),
            *_host(found[2], "", "", language),
        )

    def page(found: Match) -> tuple[Part, ...]:
        scheme, host, port, path = (found[1], found[2], found[3], found[4])
        if host is None:
            scheme, host, port, path = (found[5], found[6], found[7], found[8])
        # What ends the sentence belongs to it.
        tail = (path or host)[len((path or host).rstrip(".,;:!?")) :]
        path = path.removesuffix(tail) if path else ""
        short = path.rstrip("/")
        said_path = short if _SAYABLE_PATH.fullmatch(short) else ""
        dropped = (port or "") + path[len(said_path) :]
        ending = (Part(tail, tail),) if tail else ()
        if language is None:
            return (Part(f"{scheme}{host}{port or ''}{path}", host + said_path), *ending)
        if not said_path:
            return (*_host(host, scheme, dropped, language), *ending)
        *steps, last = _labels(said_path, language, is_first=False)
        return (
            *_host(host, scheme, "", language),
            *steps,
            Part(last.written + dropped, last.spoken),
            *ending,
        )

    return (Rule(_MAILBOX, mailbox, needs_digit=False), Rule(_PAGE, page, needs_digit=False))


def _host(host: str, before: str, behind: str, language: Language) -> tuple[Part, ...]:
    """Its last label with what follows unsaid, its first with what goes unsaid before it."""
    *names, ending = host.split(".")
    said = " ".join(ending.upper()) if len(ending) == 2 else ending
    last = Part(ending + behind, said)
    if not names:
        return (Part(before + last.written, last.spoken),)
    first, *rest = _labels(".".join(names), language)
    return (Part(before + first.written, first.spoken), *rest, Part(".", f" {language.dot} "), last)


def _labels(text: str, language: Language, *, is_first: bool = True) -> list[Part]:
    names = {
        ".": language.dot,
        "-": language.hyphen,
        "_": language.underscore,
        "+": language.plus,
        "/": language.slash,
    }
    parts: list[Part] = []
    at = 0
    for sign in _SIGNS.finditer(text):
        if sign.start() > at:
            parts.append(_spaced(text[at : sign.start()], parts))
        if sign[1]:
            parts.append(Part(sign[1], f"{'' if is_first and not parts else ' '}{names[sign[1]]} "))
        else:
            parts += digit_parts(sign[2], language, first=not parts or parts[-1].spoken.endswith(" "))
        at = sign.end()
    if at < len(text):
        parts.append(_spaced(text[at:], parts))
    return parts


def _spaced(word: str, before: list[Part]) -> Part:
    """Behind a digit that is said as a word."""
    return Part(word, f" {word}" if before and not before[-1].spoken.endswith(" ") else word)
