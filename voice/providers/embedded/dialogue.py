"""What to say next: follows the thread of a conversation and speaks the passage that is meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from voice.core.spec import AgentSpec, Message, Role
from voice.providers.embedded.dialogue_act import (
    Act,
    act_by_sound,
    act_of,
    asks_for_human,
    introduced_name,
)
from voice.providers.embedded.knowledge_index import KnowledgeIndex, Match, Pronounce
from voice.providers.embedded.phrases import (
    ANYTHING_ELSE,
    CLARIFY_PREFIXES,
    Phrases,
    speakable_question,
)
from voice.providers.embedded.wording import STOP_WORDS, words_of

# Found on the tuning half of the corpus in tests/providers/embedded.
SURE, UNSURE = 0.45, 0.33
# The second-best passage must be this much less certain, or the caller is asked.
MARGIN = 0.05
LONGEST_ANSWER_SENTENCES, LONGEST_ANSWER_WORDS = 3, 50
SPOKEN_SENTENCES = 2
FOLLOW_UP = re.compile(r"^(?:and|also|or|but|what about|how about|and what about|and how about)\b")
# Below this part of a misheard sentence's words in the other readings, the words are noise.
STEADY = 0.5
CONTACT = "contact telephone phone number email reach you"


@dataclass(frozen=True, slots=True)
class Reply:
    text: str
    understood: bool = True
    # The caller has plainly said goodbye.
    is_goodbye: bool = False


class Dialogue:
    """One reply to one conversation so far; holds nothing between replies."""

    def __init__(self, agent: AgentSpec, index: KnowledgeIndex, pronounce: Pronounce) -> None:
        self._agent = agent
        self._index = index
        self._pronounce = pronounce
        self._phrases = Phrases(agent, index.passages)

    def reply(self, messages: Sequence[Message]) -> Reply:
        """`messages` end with the caller's; without one the agent greets. What tools brought is not read."""
        if messages and messages[-1].role is Role.TOOL:
            asked = max((at for at, each in enumerate(messages) if each.role is Role.USER), default=-1)
            messages = messages[: asked + 1]
        if not messages or messages[-1].role is not Role.USER:
            return Reply(self._phrases.greeting(is_first=not messages))
        said, before = messages[-1], list(messages[:-1])
        readings = [text for text in (said.text, *said.alternatives) if words_of(text)]
        if not readings:
            return self._not_understood(before)
        pending = self._pending(before)
        act = self._act(readings)
        if pending is not None and act in (Act.YES, Act.NO):
            return Reply(self._answer(pending) if act is Act.YES else self._phrases.clarified_wrongly())
        if act is not None:
            is_goodbye = act_of(said.text) is Act.GOODBYE
            return replace(self._react(act, messages), is_goodbye=is_goodbye)
        if asks_for_human(said.text) and self._best(readings) is None:
            return Reply(self._human())
        return self._look_up(readings, messages)

    # --- acts --------------------------------------------------------------------------------
    def _act(self, readings: Sequence[str]) -> Act | None:
        for reading in readings[:2]:
            if (act := act_of(reading)) is not None:
                return act
        # By its sound only what is not nearly certain to be a question.
        return None if self._best(readings) else act_by_sound(readings[0], self._pronounce)

    def _react(self, act: Act, messages: Sequence[Message]) -> Reply:
        phrases, name = self._phrases, introduced_name(_said_by(messages, Role.USER))
        spoken = _said_by(messages[:-1], Role.AGENT)
        last = spoken[-1] if spoken else ""
        was_asked_for_more = ANYTHING_ELSE in last
        if act is Act.REPEAT:
            return Reply(last or phrases.greeting(is_first=True))
        if act is Act.MORE:
            return Reply(self._more(messages))
        if act is Act.HUMAN:
            return Reply(self._human())
        if act is Act.YES:
            return Reply(phrases.go_ahead())
        if act is Act.NO:
            return Reply(phrases.goodbye(name) if was_asked_for_more else phrases.all_right())
        answers: dict[Act, Callable[[], str]] = {
            Act.GREETING: lambda: phrases.greeting(is_first=not spoken),
            Act.HEAR_ME: phrases.hear_you,
            Act.HOW_ARE_YOU: phrases.how_are_you,
            Act.THANKS: phrases.welcome,
            Act.GOODBYE: lambda: phrases.goodbye(name),
            Act.WAIT: phrases.take_your_time,
            Act.WHO: phrases.who,
            Act.MACHINE: phrases.machine,
            Act.TOPICS: lambda: phrases.topics(self._answered(messages)),
            Act.HELP: phrases.go_ahead,
            Act.NAME_ASKED: lambda: phrases.name_known(name),
            Act.PRAISE: phrases.anything_else,
            Act.COMPLAINT: lambda: phrases.complaint(self._answered(messages)),
        }
        return Reply(answers[act]())

    def _more(self, messages: Sequence[Message]) -> str:
        """What the last passage still holds; else what else could be asked."""
        answered = self._answered(messages)
        if answered:
            heard = " ".join(_said_by(messages, Role.AGENT))
            rest = [text for text in self._index.passages[answered[-1]].sentences if text not in heard]
            if rest:
                return " ".join(rest[:SPOKEN_SENTENCES])
        return self._phrases.topics(answered)

    def _human(self) -> str:
        best = self._best([CONTACT])
        return self._phrases.human(self._answer(best) if best else "")

    # --- knowledge ---------------------------------------------------------------------------
    def _look_up(self, readings: Sequence[str], messages: Sequence[Message]) -> Reply:
        answered = self._answered(messages)
        own = self._index.search(readings, self._pronounce)
        is_follow_up = FOLLOW_UP.match(" ".join(words_of(readings[0]))) is not None
        if answered and (is_follow_up or _content_size(readings[0]) <= 1):
            nearby = self._index.sentences_about(answered[-1], readings[0])
            if nearby and (is_follow_up or not _is_sure(own)):
                return Reply(" ".join(nearby[:SPOKEN_SENTENCES]))
        found = own
        if not _is_sure(own) and (is_follow_up or _content_size(readings[0]) <= 2):
            asked_before = _said_by(messages[:-1], Role.USER)
            together = self._index.search(
                readings,
                self._pronounce,
                before=asked_before[-1] if asked_before and (own or is_follow_up) else "",
                nearby=answered[-1] if answered and own else None,
            )
            # What was asked before may only help what is asked now, not replace it.
            now = {match.number for match in own}
            found = [match for match in together if match.number in now] or own
        hello = self._hello(messages)
        if _is_sure(found):
            return Reply(hello + self._answer(found[0]))
        if found and found[0].certainty >= UNSURE and found[0].passage.question:
            return Reply(hello + self._phrases.clarify(found[0].passage, len(messages)))
        if hello:
            return Reply(hello + self._phrases.how_can_i_help())
        if self._is_noise(readings):
            return self._not_understood(messages[:-1])
        # Words of which nothing is known and that make no sentence were hardly understood.
        is_sentence = any(word in STOP_WORDS for word in words_of(readings[0]))
        return Reply(self._phrases.do_not_know(answered, len(messages)), understood=bool(own) or is_sentence)

    def _best(self, readings: Sequence[str]) -> Match | None:
        found = self._index.search(readings, self._pronounce)
        return found[0] if _is_sure(found) else None

    def _answer(self, match: Match) -> str:
        passage = match.passage
        is_short = len(passage.sentences) <= LONGEST_ANSWER_SENTENCES
        if is_short and len(passage.answer.split()) <= LONGEST_ANSWER_WORDS:
            return passage.answer
        return " ".join(self._index.best_sentences(match, SPOKEN_SENTENCES))

    def _hello(self, messages: Sequence[Message]) -> str:
        """A word to somebody who has just given a name."""
        name = introduced_name([messages[-1].text])
        return self._phrases.nice_to_meet(name) if name else ""

    # --- the thread --------------------------------------------------------------------------
    def _pending(self, before: Sequence[Message]) -> Match | None:
        """The passage that the agent's last words asked about ("Do you mean: …?")."""
        if not before or before[-1].role is not Role.AGENT:
            return None
        last = before[-1].text
        if not last.endswith("?") or not any(prefix in last for prefix in CLARIFY_PREFIXES):
            return None
        for number, passage in enumerate(self._index.passages):
            if passage.question and last.endswith(speakable_question(passage.question)):
                return Match(passage, number, 1.0, frozenset())
        return None

    def _answered(self, messages: Sequence[Message]) -> list[int]:
        """The numbers of the passages spoken so far, in the order they were."""
        found: list[int] = []
        for text in _said_by(messages, Role.AGENT):
            number = self._index.spoken_in(text)
            if number is not None:
                found.append(number)
        return found

    def _not_understood(self, before: Sequence[Message]) -> Reply:
        spoken = _said_by(before, Role.AGENT)
        return Reply(self._phrases.not_understood(spoken[-1] if spoken else ""), understood=False)

    @staticmethod
    def _is_noise(readings: Sequence[str]) -> bool:
        """Whether what was heard is rather a guess at sounds than words somebody said."""
        content = [word for word in words_of(readings[0]) if word not in STOP_WORDS]
        if not content:
            return True
        others = [set(words_of(reading)) for reading in readings[1:]]
        if len(others) < 2:
            return False
        kept = sum(word in other for word in content for other in others)
        return kept / (len(content) * len(others)) < STEADY


def _said_by(messages: Sequence[Message], role: Role) -> list[str]:
    return [message.text for message in messages if message.role is role and message.text.strip()]


def _is_sure(found: Sequence[Match]) -> bool:
    if not found or found[0].certainty < SURE:
        return False
    return len(found) == 1 or found[0].certainty - found[1].certainty >= MARGIN or _is_same_answer(found)


def _is_same_answer(found: Sequence[Match]) -> bool:
    """Neighbouring sentences of one text overlap: either of them answers."""
    return not found[0].passage.question and not found[1].passage.question


def _content_size(text: str) -> int:
    return sum(word not in STOP_WORDS for word in words_of(text))
