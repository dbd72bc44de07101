"""How alike two words sound, so that a word heard wrongly still finds the one that was said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist

# One letter a phone, and a coarser letter for phones that are easily taken for each other.
_GROUPS = {
    "a": "AA AE AH AO AW AY UH ER",
    "e": "EH EY IH IY Y",
    "o": "OW OY UW",
    "b": "B P",
    "d": "D T DH TH",
    "g": "G K",
    "v": "V F",
    "z": "Z S ZH SH JH CH",
    "m": "M N NG",
    "l": "L R",
    "w": "W",
    "h": "HH",
}
_COARSE = {phone: letter for letter, group in _GROUPS.items() for phone in group.split()}
_FINE = {phone: chr(0x100 + number) for number, phone in enumerate(_COARSE)}
# From the letters alone, for where flite is missing: spelling to phones, longest first.
_SPELLING = """
tion=SH_AH_N igh=AY tch=CH dge=JH ch=CH sh=SH th=TH ph=F gh= ck=K qu=K_W wh=W kn=N wr=R ng=NG ee=IY
ea=IY oo=UW ou=AW ow=OW oa=OW ai=EY ay=EY oi=OY oy=OY au=AO aw=AO er=ER ir=ER ur=ER ce=S ci=S_IH
cy=S_IY a=AE b=B c=K d=D e=EH f=F g=G h=HH i=IH j=JH k=K l=L m=M n=N o=AA p=P q=K r=R s=S t=T u=AH
v=V w=W x=K_S y=IY z=Z
"""
_SPELLED = {
    letters: phones.split("_") if phones else []
    for letters, phones in (pair.split("=") for pair in _SPELLING.split())
}
_SPELLED_PATTERN = re.compile("|".join(_SPELLED))
# How alike is alike enough, by the phones of the word looked for: short ones sound alike by chance.
SHORTEST_PHONES = 3
_ENOUGH = {3: 0.99, 4: 0.86, 5: 0.78}
_ENOUGH_LONG = 0.70
FINE_SHARE = 0.4
# What a likeness that is just enough, and a perfect one, are worth beside the word itself.
LEAST_LIKE, MOST_LIKE = 0.5, 0.95


def letters_as_phones(word: str) -> list[str]:
    """A guess from the spelling: doubled letters count once, a final e is silent."""
    plain = re.sub(r"(.)\1", r"\1", re.sub(r"[^a-z]", "", word.lower()))
    if len(plain) > 3 and plain.endswith("e"):
        plain = plain[:-1]
    return [phone for found in _SPELLED_PATTERN.findall(plain) for phone in _SPELLED[found]]


class SoundTable:
    """Words with their sounds, to be compared with what was heard."""

    def __init__(self, sounds: Iterable[tuple[str, Sequence[str]]]) -> None:
        """`sounds`: (word, its phones); words too short to be told apart are left out."""
        kept = [(word, phones) for word, phones in sounds if len(phones) >= SHORTEST_PHONES]
        self.words = [word for word, _ in kept]
        self._fine = [fine(phones) for _, phones in kept]
        self._coarse = [coarse(phones) for _, phones in kept]
        self._enough = np.array([_ENOUGH.get(len(phones), _ENOUGH_LONG) for _, phones in kept], np.float32)

    def alike(self, heard: Sequence[Sequence[str]]) -> list[list[tuple[str, float]]]:
        """For each phone sequence the words that sound like it, with a likeness up to MOST_LIKE."""
        if not self.words or not heard:
            return [[] for _ in heard]
        likeness = FINE_SHARE * _likeness([fine(phones) for phones in heard], self._fine)
        likeness += (1 - FINE_SHARE) * _likeness([coarse(phones) for phones in heard], self._coarse)
        found: list[list[tuple[str, float]]] = [[] for _ in heard]
        for row, column in zip(*np.nonzero(likeness >= self._enough), strict=True):
            enough = float(self._enough[column])
            above = (float(likeness[row, column]) - enough) / max(1 - enough, 0.01)
            found[row].append((self.words[column], LEAST_LIKE + (MOST_LIKE - LEAST_LIKE) * min(above, 1.0)))
        return found


def _likeness(heard: list[str], known: list[str]) -> np.ndarray:
    """A row for each heard, a column for each known."""
    return cdist(heard, known, scorer=Levenshtein.normalized_similarity, dtype=np.float32)


def fine(phones: Sequence[str]) -> str:
    return "".join(_FINE.get(phone, "") for phone in phones)


def coarse(phones: Sequence[str]) -> str:
    return "".join(_COARSE.get(phone, "") for phone in phones)
