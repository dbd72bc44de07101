"""The built-in answerer's own sentences: short, spoken, and made for the agent that says them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from voice.core.spec import AgentSpec
from voice.providers.embedded.passage import Passage, sentences_of

ANYTHING_ELSE = "Is there anything else I can help you with?"
CLARIFY_PREFIXES = ("Do you mean:", "Is your question:")
LONGEST_EXAMPLE_WORDS = 9
LONGEST_ROLE_WORDS = 25
SORRY = (
    "Sorry, I didn't catch that. Could you say it again?",
    "I'm sorry, I still didn't understand you. Please try it in a few plain words.",
)


def speakable_question(question: str) -> str:
    """The first way in which a knowledge entry's question is put, with one question mark at its end."""
    return (sentences_of(question) or [""])[0].rstrip(" .!?") + "?"


class Phrases:
    """Sentences for one agent; the same situation gets the same words."""

    def __init__(self, agent: AgentSpec, passages: Sequence[Passage]) -> None:
        self._agent = agent
        self._passages = passages

    def greeting(self, *, is_first: bool) -> str:
        if is_first:
            return self._agent.greeting or f"Hello, this is {self._agent.name}. How can I help you?"
        return "Hello! How can I help you?"

    def hear_you(self) -> str:
        return "Yes, I can hear you. How can I help?"

    def how_are_you(self) -> str:
        return "I'm fine, thank you. How can I help you?"

    def welcome(self) -> str:
        return f"You're welcome. {ANYTHING_ELSE}"

    def anything_else(self) -> str:
        return ANYTHING_ELSE

    def goodbye(self, name: str | None) -> str:
        return f"Thank you for calling{', ' + name if name else ''}. Goodbye!"

    def take_your_time(self) -> str:
        return "Of course, take your time."

    def go_ahead(self) -> str:
        return "Of course. What would you like to know?"

    def how_can_i_help(self) -> str:
        return "How can I help you?"

    def all_right(self) -> str:
        return "All right. What can I do for you then?"

    def who(self) -> str:
        """From "You are …" of the prompt, if it says so."""
        for sentence in sentences_of(f"{self._agent.system_prompt}\n{self._agent.persona}"):
            match = re.match(r"you(?: are|'re) ([^.!?]+)", sentence, re.IGNORECASE)
            if match and len(sentence.split()) <= LONGEST_ROLE_WORDS:
                role = re.sub(r"\byour\b", "my", match.group(1).strip(), flags=re.IGNORECASE)
                return f"I'm {role}."
        return f"I'm {self._agent.name}."

    def machine(self) -> str:
        return f"I'm {self._agent.name}, an automated assistant. I answer from what I have been told."

    def human(self, contact: str) -> str:
        return f"I can't put you through myself, I'm afraid. {contact or self.ask_me()}"

    def name_known(self, name: str | None) -> str:
        return f"You said your name is {name}." if name else "You haven't told me your name yet."

    def nice_to_meet(self, name: str) -> str:
        return f"Nice to meet you, {name}. "

    def clarified_wrongly(self) -> str:
        return "All right, not that. Could you say it in other words?"

    def clarify(self, passage: Passage, turn: int) -> str:
        prefix = CLARIFY_PREFIXES[turn // 2 % len(CLARIFY_PREFIXES)]
        return f"{prefix} {speakable_question(passage.question)}"

    def topics(self, answered: Sequence[int]) -> str:
        return self.ask_me(answered) or "I can tell you what I know about us. Just ask."

    def complaint(self, answered: Sequence[int]) -> str:
        return f"I'm sorry about that. {self.ask_me(answered) or 'Could you say it in other words?'}"

    def do_not_know(self, answered: Sequence[int], turn: int) -> str:
        return f"I'm sorry, I don't know that. {self.ask_me(answered, turn)}".strip()

    def not_understood(self, last: str) -> str:
        """The second time in a row with other words, so that the caller tries it in another way."""
        if last == SORRY[0] or last.startswith(SORRY[1]):
            return f"{SORRY[1]} {self.ask_me(most=1)}".strip()
        return SORRY[0]

    def ask_me(self, answered: Sequence[int] = (), turn: int = 0, most: int = 2) -> str:
        """What a caller may ask, by example; what has been answered comes last."""
        left = [passage for number, passage in enumerate(self._passages) if number not in answered]
        questions = [
            speakable_question(passage.question) for passage in (left or self._passages) if passage.question
        ]
        examples = [text for text in questions if len(text.split()) <= LONGEST_EXAMPLE_WORDS] or questions
        if examples:
            first = turn // 2 * most % len(examples)
            chosen = list(dict.fromkeys((examples + examples)[first : first + most]))
            return "You can ask me, for example: " + " Or: ".join(chosen)
        labels = list(dict.fromkeys(passage.topic for passage in left if passage.topic))[:3]
        labels = labels or list(dict.fromkeys(p.topic for p in self._passages if p.topic))[:3]
        if not labels:
            return ""
        listed = labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} and {labels[-1]}"
        return f"I can tell you about {listed}."
