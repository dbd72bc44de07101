"""How long it takes to find, among thousands of knowledge entries, those that a language model is told."""

from __future__ import annotations

import random
import string
import time

from voice.core.spec import KnowledgeEntry
from voice.providers.chat.knowledge import KnowledgeShelf

SIZES = (1_000, 10_000)
QUESTIONS = 300
WORDS = 8_000
QUESTION_WORDS, ANSWER_WORDS, SAID_WORDS = 8, 40, 25


def main() -> None:
    lot = random.Random(1)
    words = ["".join(lot.choices(string.ascii_lowercase, k=lot.randint(3, 9))) for _ in range(WORDS)]
    # As in any language: the second word is half as frequent as the first, the third a third.
    frequencies = [1 / (rank + 1) for rank in range(WORDS)]

    def text(length: int) -> str:
        return " ".join(lot.choices(words, weights=frequencies, k=length))

    for size in SIZES:
        entries = [KnowledgeEntry(text(QUESTION_WORDS), text(ANSWER_WORDS)) for _ in range(size)]
        began = time.perf_counter()
        shelf = KnowledgeShelf(entries, "en-US")
        built_s = time.perf_counter() - began
        times_ms = []
        for _ in range(QUESTIONS):
            said = text(SAID_WORDS)
            began = time.perf_counter()
            shelf.choose(said)
            times_ms.append((time.perf_counter() - began) * 1000)
        times_ms.sort()
        p50_ms, p95_ms = times_ms[QUESTIONS // 2], times_ms[QUESTIONS * 95 // 100]
        print(
            f"{size:>6} entries: indexed in {built_s:.2f} s, looked up in {p50_ms:.1f} ms p50, "
            f"{p95_ms:.1f} ms p95, {times_ms[-1]:.1f} ms at most"
        )


if __name__ == "__main__":
    main()
