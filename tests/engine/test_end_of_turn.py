"""From the words alone: whether a caller has finished, may have, or cannot have."""

from __future__ import annotations

import pytest

from tests.engine.judged_utterances import HELD_OUT, judgements
from voice.core.ports import Completeness
from voice.core.spec import AgentSpec, TurnTakingSpec
from voice.engine.end_of_turn import WordRules
from voice.engine.endpointing import Endpointing

UNFINISHED = {
    "en-US": [
        "I would like to book a table for",
        "I would like to book a table and",
        "my number is",
        "My order number is.",
        "My name is",
        "um",
        "Let me think.",
        "One moment",
        "I need apples, pears,",
        "It's four two seven",
        "zero one seven one",
        "B R O",
        "My number is 0171 555.",
        "Well",
        "Could you",
        "I was wondering...",
    ],
    "de-DE": ["Meine Nummer ist", "Ich hätte gern einen Tisch und", "Moment", "null eins sieben"],
    "fr-FR": ["Mon numéro est", "Je voudrais une table pour", "Attendez"],
    "es-ES": ["Mi número es", "Quisiera una mesa para", "Un momento"],
}
FINISHED = {
    "en-US": [
        "When are you open?",
        "Which one is it for?",
        "I would like to book a table for two.",
        "Yes.",
        "no thanks",
        "That's all",
        "Goodbye",
        "stop",
        "I'll be there at ten.",
        "Could I have the menu, please.",
        "How long do I have to wait?",
        "I'm doing well.",
        "I did not know that.",
    ],
    "de-DE": ["Wann haben Sie geöffnet?", "Nein, danke.", "Auf Wiederhören"],
    "fr-FR": ["Quand êtes-vous ouverts ?", "Oui, merci"],
    "es-ES": ["¿Cuándo abren?", "No, gracias"],
    "pl-PL": ["Kiedy jest otwarte?"],
}
OPEN = {
    "en-US": [
        "when are you open",
        "where are you from",
        "what time is it",
        "how much is it",
        "yes i am",
        "that's all i need",
        "I don't know what the problem is",
        "I want to come at ten am",
        "zero one seven one five five five two three four six",
        "a table for two",
        "Sunday",
        "",
        "Tomorrow.",
    ],
    "de-DE": ["ja das bin ich", "wann machen sie zu", "ich komme mit"],
    "es-ES": ["sí soy yo", "sí quiero"],
    "pl-PL": ["mój numer to"],
}


def cases(expected: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(language, text) for language, texts in expected.items() for text in texts]


@pytest.mark.parametrize(("language", "text"), cases(UNFINISHED))
def test_a_caller_in_the_middle_of_something_is_waited_for(language: str, text: str) -> None:
    assert WordRules().judge(text, language) is Completeness.UNFINISHED


@pytest.mark.parametrize(("language", "text"), cases(FINISHED))
def test_what_is_plainly_whole_is_answered_at_once(language: str, text: str) -> None:
    assert WordRules().judge(text, language) is Completeness.FINISHED


@pytest.mark.parametrize(("language", "text"), cases(OPEN))
def test_where_the_words_say_nothing_the_agents_own_silence_counts(language: str, text: str) -> None:
    assert WordRules().judge(text, language) is Completeness.OPEN


def test_a_finished_sentence_takes_no_longer_and_an_unfinished_one_no_less_than_the_agents_silence() -> None:
    taking = TurnTakingSpec(silence_ms=300, finished_silence_ms=500, unfinished_silence_ms=200)
    endpointing = Endpointing.of(AgentSpec(id="a", version=1, name="Ada", turn_taking=taking), 200)
    assert endpointing.ends_at_ms(1000, "When are you open?") == 1300
    assert endpointing.ends_at_ms(1000, "My number is") == 1300


def test_each_kind_of_pause_has_a_length_of_its_own() -> None:
    endpointing = Endpointing.of(AgentSpec(id="a", version=1, name="Ada"), 200)
    lengths = [endpointing.ends_at_ms(0, text) for text in ("Are you open?", "are you open", "my name is")]
    assert lengths == [350, 600, 1500]


def test_another_judge_may_be_put_in_its_place_and_is_asked_once_a_text() -> None:
    asked = []

    class Patient:
        def judge(self, text: str, language: str) -> Completeness:
            asked.append((text, language))
            return Completeness.UNFINISHED

    endpointing = Endpointing.of(AgentSpec(id="a", version=1, name="Ada", language="de-DE"), 200, Patient())
    assert [endpointing.ends_at_ms(0, "Ja.") for _ in range(3)] == [1500] * 3
    assert asked == [("Ja.", "de-DE")]


def test_the_rules_judge_labelled_utterances_as_people_do() -> None:
    judged = list(judgements(WordRules()))
    assert len(judged) >= 250 and {each.language for each in judged} == {"en", "de", "fr", "es"}
    wrong = [each for each in judged if not each.is_right]
    assert len(wrong) <= 2, wrong


def test_where_nobody_has_looked_the_rules_rather_wait_the_usual_time_than_err() -> None:
    judged = list(judgements(WordRules(), HELD_OUT))
    share = sum(each.is_right for each in judged) / len(judged)
    assert share >= 0.84
    assert not [each for each in judged if each.cuts_off or each.keeps_waiting]
