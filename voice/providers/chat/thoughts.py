"""What a model thinks before it answers, taken out where its server leaves it in the answer."""

from __future__ import annotations

OPENS, CLOSES = "<think>", "</think>"


class Thoughts:
    """Of one answer, piece by piece. Only before all words it is a thought: later it may be meant."""

    def __init__(self) -> None:
        self._held = ""
        self._is_thinking = False
        self._is_answering = False

    def without(self, text: str) -> str:
        """What of the next piece is to be said."""
        if self._is_answering:
            return text
        self._held += text
        if not self._is_thinking:
            begun = self._held.lstrip()
            if len(begun) < len(OPENS) and OPENS.startswith(begun):
                return ""
            if not begun.startswith(OPENS):
                return self.rest()
            self._is_thinking = True
        _, closing, answer = self._held.partition(CLOSES)
        if not closing:
            self._held = self._held[-len(CLOSES) :]
            return ""
        self._held, self._is_thinking = answer, False
        return self.without("")

    def rest(self) -> str:
        """At the end of the answer: what was held back, and no thought."""
        held, self._held = self._held, ""
        if self._is_thinking:
            return ""
        self._is_answering = bool(held)
        return held
