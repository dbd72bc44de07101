"""Cuts a reply into pieces to speak while it is still being written."""

from __future__ import annotations

import re

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

# A name, a number or an example always follows these.
NEVER_LAST = frozenset(
    """
    mr mrs ms dr prof rev gen sen rep gov capt lt col sgt st mt messrs vs e.g i.e cf fig vol pp approx
    nr ca hr fr herr z.b d.h u.a bzw ggf evtl tel str mme mlle sra srta dra p.ej ud uds av
    """.split()  # noqa: SIM905
)
# These may end a sentence: what follows decides.
MAYBE_LAST = frozenset(
    """
    etc inc ltd co corp jr sr a.m p.m u.s u.k e.u bros dept est ave blvd rd ph.d b.a m.a usw
    jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun
    """.split()  # noqa: SIM905
)
_ENDS = re.compile(rf"[{re.escape(TERMINATORS)}]+[{re.escape(CLOSERS)}]*|\n|[{CLAUSE_MARKS}]")


class SentenceSplitter:
    """Feed it text as it comes; the pieces joined are exactly the text, however it was cut up on the way.

    A sentence ends only when the first character after its end is known: "3." may become "3.5".
    """

    def __init__(self, language: str, *, clause_first: bool) -> None:
        self._numbers_take_points = language.lower().startswith("de")  # "am 3. Mai"
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
        end = max(self._buffer.rfind(" "), self._buffer.rfind("\n")) + 1
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
            if found[0] in CLAUSE_MARKS:
                if next_at == found.end():
                    continue  # "1,000" or "12:30"
                clause_end = next_at
                if self._is_first_clause(found.end()):
                    return clause_end
            elif self._is_sentence_end(found, next_at):
                return next_at
        if len(self._buffer) <= LONGEST_PIECE_CHARACTERS:
            return None
        space_end = self._buffer.rfind(" ", 0, LONGEST_PIECE_CHARACTERS) + 1
        return clause_end or space_end or LONGEST_PIECE_CHARACTERS

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
        following = self._buffer[next_at:].lstrip(OPENERS)[:1] or self._buffer[next_at]
        if marks == ".":
            return not following.islower() and not self._is_abbreviation(before, following)
        if marks[-1] == "…" or marks.endswith(".."):
            return not following.islower()
        has_closer = marks != found[0]
        return not (has_closer and following.islower())  # "Really?" he asked.

    def _is_abbreviation(self, before: str, following: str) -> bool:
        word = re.split(r"[\s(\[{\"'“«/]", before)[-1]
        lowered = word.lower()
        if lowered in NEVER_LAST or (lowered in MAYBE_LAST and following.isdigit()):
            return True
        if lowered == "no":
            return following.isdigit()  # "No. 5", but "No. That is wrong."
        if len(word) == 1 and word.isupper() and word != "I":
            return following.isupper()  # an initial: "J. Smith"
        if word.isdigit():
            is_list_number = not before[: len(before) - len(word)].strip()
            return is_list_number or (self._numbers_take_points and len(word) <= 2)
        return False
