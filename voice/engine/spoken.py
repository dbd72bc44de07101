"""An utterance as it is spoken: its pieces, their sound and words, and what of it lies before an instant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from voice.core.audio import AudioFormat
from voice.core.events import WordTime
from voice.engine.bell import Bell
from voice.engine.reading.form import SpokenForm

# A word whose last milliseconds are missing was heard.
WORD_END_TOLERANCE_MS = 30.0


@dataclass(slots=True, eq=False)
class Part:
    """What is written in one go: up to a tool, after it, or a filler. Each part that sounds is a turn.

    `is_sound`: tones or music, which are nobody's words, and no turn.
    """

    is_filler: bool = False
    is_sound: bool = False
    # The model's words as it wrote them.
    written: str = ""
    # Nothing will be added to it.
    is_written: bool = False
    turn_index: int | None = None
    started_ms: float | None = None

    @property
    def is_waited_for(self) -> bool:
        """Whether these are the words that the caller waits for."""
        return not self.is_filler and not self.is_sound


@dataclass(slots=True)
class Piece:
    """A sentence or clause. Its sound grows until `is_complete`; words count from the piece's start."""

    form: SpokenForm
    part: Part
    # In the text of the part.
    start_character: int
    audio: bytearray = field(default_factory=bytearray)
    words: list[WordTime] = field(default_factory=list)
    is_complete: bool = False
    # The voice failed on it, or before it: what has no sound was not heard.
    is_lost: bool = False
    # Known when the piece before is complete.
    starts_ms: float = 0.0
    duration_ms: float = 0.0

    @property
    def text(self) -> str:
        """As it is written; its words have their places in this."""
        return self.form.written

    @property
    def is_whole(self) -> bool:
        return self.is_complete and not self.is_lost


class SpokenText:
    """The utterance's own time runs from its first sound; 16-bit PCM in `audio` format."""

    def __init__(self, audio: AudioFormat) -> None:
        self.audio = audio
        self.pieces: list[Piece] = []
        # No more pieces will come.
        self.is_complete = False
        self.changed = Bell()

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)

    @property
    def parts(self) -> list[Part]:
        return list(dict.fromkeys(piece.part for piece in self.pieces))

    def text_of(self, part: Part) -> str:
        return self._text(part).strip()

    def _text(self, part: Part) -> str:
        return "".join(piece.text for piece in self.pieces if piece.part is part)

    @property
    def duration_ms(self) -> float:
        """Of what has been spoken so far."""
        return self.pieces[-1].starts_ms + self.pieces[-1].duration_ms if self.pieces else 0.0

    def add_piece(self, form: SpokenForm, part: Part | None = None) -> Piece:
        """Without a part it belongs to that of the piece before."""
        if part is None:
            part = self.pieces[-1].part if self.pieces else Part()
        piece = Piece(form, part, start_character=len(self._text(part)), starts_ms=self.duration_ms)
        self.pieces.append(piece)
        self.changed.ring()
        return piece

    def add_sound(self, piece: Piece, audio: bytes, words: Sequence[WordTime]) -> None:
        piece.audio += audio
        piece.duration_ms += self.audio.duration_ms(len(audio))
        piece.words.extend(words)
        self.changed.ring()

    def complete_piece(self, piece: Piece) -> None:
        piece.is_complete = True
        self.changed.ring()

    def complete(self) -> None:
        self.is_complete = True
        self.changed.ring()

    def forget_sound_before(self, position_ms: float) -> None:
        """Free the sound of pieces that have been heard whole."""
        for piece in self.pieces:
            if piece.audio and piece.is_complete and piece.starts_ms + piece.duration_ms < position_ms:
                piece.audio = bytearray()

    def heard_text(self, position_ms: float, part: Part | None = None) -> str:
        """The text, of one part or of all, whose words had sounded to their end."""
        heard: list[tuple[Part, str]] = []
        for piece in self.pieces:
            into_ms = position_ms - piece.starts_ms
            if piece.is_whole and into_ms + WORD_END_TOLERANCE_MS >= piece.duration_ms:
                if piece.duration_ms or heard:
                    heard.append((piece.part, piece.text))
                continue
            if into_ms > 0:
                heard.append((piece.part, _heard_of(piece, min(into_ms, piece.duration_ms))))
            break
        return "".join(text for of, text in heard if part is None or of is part).strip()

    def text_until(self, piece: Piece) -> str:
        """The text of the part up to and with this piece."""
        return self._text(piece.part)[: piece.start_character + len(piece.text)].strip()

    def word_start_ms(self, position_ms: float) -> float:
        """Where to begin again so that the word that was cut is heard whole: never later than here."""
        for piece in self.pieces:
            into_ms = position_ms - piece.starts_ms
            if into_ms > piece.duration_ms:
                continue
            starts = [w.start_ms for w in piece.words if w.start_ms <= into_ms < w.end_ms]
            return piece.starts_ms + starts[0] if starts else position_ms
        return position_ms

    def words(self, part: Part) -> tuple[WordTime, ...]:
        """All words known of a part, counted from its start and in its text."""
        pieces = [piece for piece in self.pieces if piece.part is part]
        starts_ms = pieces[0].starts_ms if pieces else 0.0
        return tuple(
            replace(
                word,
                start_ms=round(word.start_ms + piece.starts_ms - starts_ms, 1),
                end_ms=round(word.end_ms + piece.starts_ms - starts_ms, 1),
                start_char=word.start_char + piece.start_character,
                end_char=word.end_char + piece.start_character,
            )
            for piece in pieces
            for word in piece.words
        )


def _heard_of(piece: Piece, into_ms: float) -> str:
    if piece.words:
        ends = [w.end_char for w in piece.words if w.end_ms <= into_ms + WORD_END_TOLERANCE_MS]
        return _with_marks(piece.text, max(ends)) if ends else ""
    # No word times: the share of what is said, biased low by taking whole words only. While the piece is
    # still being spoken its length is unknown; an estimate by the usual rate of speech stands in.
    characters = len(piece.form.spoken)
    whole_ms = piece.duration_ms if piece.is_whole else max(piece.duration_ms, characters * 65.0)
    until = piece.form.written_until(int(characters * into_ms / whole_ms)) if whole_ms else 0
    ends = [m.end() for m in re.finditer(r"\S+", piece.text) if m.end() <= until]
    return piece.text[: ends[-1]] if ends else ""


def _with_marks(text: str, end: int) -> str:
    """The text to `end` with the punctuation that clings to its last word, not to the one behind."""
    clinging = re.match(r"[^\w\s]*(?=\s|$)|[。！？、]+", text[end:])
    return text[: end + (clinging.end() if clinging else 0)]
