"""Cuts a reply into pieces to speak while it is still being written."""

from __future__ import annotations

import re

from voice.engine.reading.languages.known import language_of

TERMINATORS = ".!?…。！？"
# Written without a space after them.
FULL_WIDTH = "。！？"
CLOSERS = "\"')]}»”’*_"
OPENERS = "\"'([{«“‘¿¡*_-–—•"
CLAUSE_MARKS = ",;:–—"
# A first clause shorter than this would leave a gap before the rest is there.
FIRST_CLAUSE_CHARACTERS = 20
# Nobody should wait for the end of a longer sentence.
LONGEST_PIECE_CHARACTERS = 240

# Only what has no space in it, an address, may be longer.
LONGEST_WORD_CHARACTERS = 2_000

# A name, a number or an example always follows these.
NEVER_LAST = frozenset(
    """
    mr mrs ms dr prof rev gen sen rep gov capt lt col sgt st mt messrs vs e.g i.e cf fig vol pp approx
    nr ca tel
    """.split()
)
# In one language; elsewhere they are words that end a sentence ("never mind").
NEVER_LAST_IN = {
    "de": frozenset(
        """
        hr fr herr z.b d.h u.a i.d.r z.t bzw ggf evtl str mio mrd max mind inkl exkl zzgl vgl abs co
        """.split()
    ),
    "fr": frozenset("mm mme mlle p.ex ex env tél av bd c.-à-d".split()),
    "es": frozenset("sr sra srta sres dra dña p.ej ej ud uds vd av avda núm pág aprox tfno ee".split()),
}
# These may end a sentence: what follows decides.
MAYBE_LAST = frozenset(
    """
    etc inc ltd co corp jr sr ext a.m p.m u.s u.k e.u bros dept est ave blvd rd ph.d b.a m.a usw std min sek
    jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun
    """.split()
)
# "Hauptstr. 5", "Lindenstr. 12".
STREET_ENDING = "str"
# "Kundennr. 5"
NUMBER_ENDING = "nr"
DASHES = "-–"
# "vom 1.-5. Mai"
_DAYS = re.compile(r"\d{1,2}\.?[-–]\d{1,2}")
_FIGURE = re.compile(r"[\d$€£¥%°+(]")
LONGEST_UNIT_CHARACTERS = 2
# A link that is not closed yet, or may still get its address.
_OPEN_LINK = re.compile(r"\[[^\]\n]*$|\]\([^)\s]*$")
_ENDS = re.compile(rf"[{re.escape(TERMINATORS)}]+[{re.escape(CLOSERS)}]*|\n|[{CLAUSE_MARKS}]")


class SentenceSplitter:
    """Feed it text as it comes; the pieces joined are exactly the text, however it was cut up on the way.

    A sentence ends only when the first character after its end is known: "3." may become "3.5".
    """

    def __init__(self, language: str, *, clause_first: bool) -> None:
        main = language.lower()[:2]
        self._never_last = NEVER_LAST | NEVER_LAST_IN.get(main, frozenset())
        self._numbers_take_points = main == "de"  # "am 3. Mai"
        self._letters_take_points = main in NEVER_LAST_IN  # "z. B.", "p. ej."
        known = language_of(language)
        months = (*known.months, *known.short_months) if known else ()
        # A day or a name may follow.
        self._joined = {*(month.lower() for month in months), *(known.abbreviations if known else ())}
        days = known.weekdays if known else ()
        is_small = main in ("fr", "es")
        self._weekdays = frozenset(day if is_small else day.capitalize() for day in days)
        self._clause_first = clause_first
        self._buffer = ""
        self._pieces = 0

    def push(self, text: str) -> list[str]:
        self._buffer += text
        pieces = []
        while (end := self._piece_end()) is not None:
            pieces.append(self._take(end))
        return pieces

    def flush_words(self) -> list[str]:
        """The writer hesitates: what stands there in whole words is spoken now."""
        end = self._last_gap(len(self._buffer))
        return [self._take(end)] if self._buffer[:end].strip() else []

    def flush(self) -> list[str]:
        """The text is complete."""
        return [self._take(len(self._buffer))] if self._buffer else []

    def _take(self, end: int) -> str:
        piece, self._buffer = self._buffer[:end], self._buffer[end:]
        self._pieces += 1
        return piece

    def _piece_end(self) -> int | None:
        """Where the next piece ends, white space after it included; None while that cannot be known."""
        clause_end = 0
        for found in _ENDS.finditer(self._buffer):
            if found.start() >= LONGEST_PIECE_CHARACTERS:
                break
            next_at = self._next_word(found.end())
            if next_at is None:
                break
            if _OPEN_LINK.search(self._buffer, 0, found.start()):
                continue
            if found[0] in CLAUSE_MARKS:
                if next_at == found.end():
                    continue  # "1,000" or "12:30"
                if self._joins_figures(found.start(), next_at):
                    continue  # "Nov 24, 2026" or "9 – 5"
                if self._word_before(found.start()) in self._weekdays:
                    continue  # "Fri, Dec 5"
                clause_end = next_at
                if self._is_first_clause(found.end()):
                    return clause_end
            elif self._is_sentence_end(found, next_at):
                return next_at
        if len(self._buffer) <= LONGEST_PIECE_CHARACTERS:
            return None
        if end := clause_end or self._last_gap(LONGEST_PIECE_CHARACTERS):
            return end
        if "/" not in self._buffer[:LONGEST_PIECE_CHARACTERS]:
            return LONGEST_PIECE_CHARACTERS  # a script without spaces, not an address
        space_end = self._buffer.find(" ", LONGEST_PIECE_CHARACTERS) + 1
        if space_end or len(self._buffer) <= LONGEST_WORD_CHARACTERS:
            return space_end or None
        return LONGEST_WORD_CHARACTERS

    def _last_gap(self, until: int) -> int:
        """Where the last word begins that is no part of a figure, an abbreviation or a link with the one
        before it; 0 if there is none."""
        gaps = (at for at in range(until - 1, 0, -1) if self._buffer[at].isspace())
        return next((at + 1 for at in gaps if self._parts_nothing(at)), 0)

    def _parts_nothing(self, gap: int) -> bool:
        before, after = self._buffer[:gap], self._buffer[gap + 1 :].split(maxsplit=1)
        *_, figure, last = ["", "", *before.split()]
        if not last or _FIGURE.search(last) or (after and _FIGURE.match(after[0])):
            return False
        if len(last) <= LONGEST_UNIT_CHARACTERS and _FIGURE.search(figure):
            return False  # "14 h 30", "5 km"
        if last in self._joined or last.lower() in self._joined or "." in last or last[-1] in "-–":
            return False
        return not _OPEN_LINK.search(before)

    def _joins_figures(self, mark_at: int, next_at: int) -> bool:
        return self._buffer[:mark_at].rstrip()[-1:].isdigit() and bool(_FIGURE.match(self._buffer[next_at]))

    def _word_before(self, at: int) -> str:
        *_, word = ("", *self._buffer[:at].split())
        return word.rstrip(".")

    def _next_word(self, at: int) -> int | None:
        """Where the first character that is no white space stands."""
        return next((i for i in range(at, len(self._buffer)) if not self._buffer[i].isspace()), None)

    def _is_first_clause(self, end: int) -> bool:
        return (
            self._clause_first
            and self._pieces == 0
            and len(self._buffer[:end].strip()) >= FIRST_CLAUSE_CHARACTERS
        )

    def _is_sentence_end(self, found: re.Match[str], next_at: int) -> bool:
        before = self._buffer[: found.start()]
        if found[0] == "\n":
            return bool(before.strip())
        if not any(character.isalnum() for character in before):
            return False
        marks = found[0].rstrip(CLOSERS)
        if next_at == found.end():  # nothing between: "example.com", "3.5", "?!x"
            return marks[-1] in FULL_WIDTH
        following = self._buffer[next_at:].lstrip(OPENERS)[:1].strip() or self._buffer[next_at]
        if marks == ".":
            return not following.islower() and not self._is_abbreviation(before, following)
        if marks[-1] == "…" or marks.endswith(".."):
            return not following.islower()
        has_closer = marks != found[0]
        return not (has_closer and following.islower())  # "Really?" he asked.

    def _is_abbreviation(self, before: str, following: str) -> bool:
        word = re.split(r"[\s(\[{\"'“«/]", before)[-1]
        lowered = word.lower()
        if lowered in self._never_last or (lowered in MAYBE_LAST and following.isdigit()):
            return True
        if lowered == "no":
            return following.isdigit()  # "No. 5", but "No. That is wrong."
        if len(word) == 1 and word.isupper() and word != "I":
            return following.isupper()  # an initial: "J. Smith"
        if self._letters_take_points and len(word) == 1 and word.isalpha():
            return True
        if lowered.endswith((STREET_ENDING, NUMBER_ENDING)) and following.isdigit():
            return True
        if word in self._weekdays and (following.isdigit() or following in DASHES):
            return True  # "Sa. 9–13 Uhr", "lun. - ven."
        if word.isdigit():
            is_list_number = not before[: len(before) - len(word)].strip()
            return is_list_number or (self._numbers_take_points and len(word) <= 2)
        return self._numbers_take_points and _DAYS.fullmatch(word) is not None
