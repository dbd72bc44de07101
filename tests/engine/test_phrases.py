"""What words do to the floor, in each language: listening, stopping, greeting, or nothing."""

from __future__ import annotations

import pytest

from voice.core.spec import AgentSpec, TurnTakingSpec
from voice.engine.interruption import Interruption
from voice.engine.language import language_of
from voice.engine.phrases import Phrases

ACKNOWLEDGED = {
    "en-US": [
        "Mhm, yeah.",
        "I see",
        "Okay.",
        "uh huh",
        "Yeah, yeah, got it!",
        "That's right",
        "all right okay",
    ],
    "de-DE": ["Mhm.", "Ach so, genau.", "ja ja", "Alles klar", "verstehe"],
    "fr-FR": ["D'accord.", "oui oui", "Ah bon, d'accord", "C’est ça"],
    "es-ES": ["Vale, claro.", "sí sí", "de acuerdo", "Ya veo."],
    "pl-PL": ["mhm", "okay"],
}
STOPPED = {
    "en-US": ["Stop.", "stop it", "Wait!", "okay, wait", "No, wait, please.", "hold on a second", "Enough."],
    "de-DE": ["Stopp!", "Moment mal.", "nein warten Sie", "Halt", "Das reicht"],
    "fr-FR": ["Attendez !", "Non, arrêtez", "un instant s'il vous plaît", "assez"],
    "es-ES": ["¡Espere!", "no, espera", "Para.", "un momento por favor"],
    "pl-PL": ["stop"],
}
MEANT = {
    "en-US": [
        "no",
        "yes I want it",
        "what about Sundays",
        "M E Y E R",
        "enough of them are left",
        "tomorrow",
    ],
    "de-DE": ["nein", "und am Sonntag", "die Nummer zwei"],
    "fr-FR": ["non", "et dimanche"],
    "es-ES": ["para mañana", "no", "y el domingo"],
    "pl-PL": ["yeah", "a w niedzielę"],
}


def phrases(language: str, **taking: object) -> Phrases:
    agent = AgentSpec(id="a", version=1, name="Ada", language=language, turn_taking=TurnTakingSpec(**taking))  # type: ignore[arg-type]
    return Phrases.of(agent)


def cases(said: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(language, text) for language, texts in said.items() for text in texts]


@pytest.mark.parametrize(("language", "text"), cases(ACKNOWLEDGED))
def test_signs_of_listening_leave_the_floor_to_the_agent(language: str, text: str) -> None:
    known = phrases(language)
    assert known.is_acknowledgement(text) and known.asks_for_nothing(text) and not known.is_stop(text)
    for sensitivity in (0.1, 0.7, 1.0):
        assert not Interruption(sensitivity, known).is_meant(text)


@pytest.mark.parametrize(("language", "text"), cases(STOPPED))
def test_stop_phrases_interrupt_at_any_sensitivity_and_at_once(language: str, text: str) -> None:
    known = phrases(language)
    assert known.is_stop(text) and not known.asks_for_nothing(text)
    for sensitivity in (0.05, 0.3, 1.0):
        interruption = Interruption(sensitivity, known, trusts_guesses=True, fewest_words=10)
        assert interruption.is_meant(text) and interruption.yields_after_ms(text) == 0


@pytest.mark.parametrize(("language", "text"), cases(MEANT))
def test_other_words_interrupt_an_ordinary_agent_and_are_no_stop(language: str, text: str) -> None:
    known = phrases(language)
    assert not known.is_stop(text) and not known.asks_for_nothing(text)
    assert Interruption(0.7, known).is_meant(text)


def test_words_of_another_language_are_words() -> None:
    """The German article is an English verb, and what acknowledges in one language asks in another."""
    assert phrases("de-DE").asks_for_nothing("die") and not phrases("en-US").asks_for_nothing("die")
    assert not phrases("en-US").is_acknowledgement("si") and phrases("es-ES").is_acknowledgement("si")


@pytest.mark.parametrize("text", ["", "  ", "...", "the", "uh", "um, and", "h m m", "m"])
def test_no_words_and_what_a_cough_is_taken_for_interrupt_nothing(text: str) -> None:
    assert not Interruption(1.0, phrases("en-US")).is_meant(text)


def test_a_hello_over_the_greeting_is_no_question_and_later_it_is() -> None:
    known = phrases("en-US")
    assert known.asks_for_nothing("Hello?", over_greeting=True) and not known.asks_for_nothing("Hello?")
    assert not known.asks_for_nothing("Hello, are you open?", over_greeting=True)


def test_an_agents_own_phrases_stand_beside_those_of_its_language() -> None:
    known = phrases("en-US", stop_phrases=("pineapple",), acknowledgements=("roger that", "stop"))
    assert known.is_stop("Pineapple!") and known.is_stop("stop")
    assert known.is_acknowledgement("Roger that, okay.") and known.is_acknowledgement("mhm")
    assert not known.is_acknowledgement("stop"), "to be stopped goes before all else"


def test_the_less_sensitive_the_more_words_and_the_longer_the_voice() -> None:
    known = phrases("en-US")
    texts = ("tomorrow", "and tomorrow", "is that so then")
    meant = [[Interruption(each, known).is_meant(text) for text in texts] for each in (0.7, 0.3, 0.1)]
    assert meant == [[True, True, True], [False, True, True], [False, False, True]]
    waits = [Interruption(s, known, True).yields_after_ms("what about it") for s in (1.0, 0.9, 0.5, 0.1)]
    assert waits == sorted(waits, key=lambda wait: wait or 0.0) and waits[0] == 0.0
    assert not Interruption(0.0, known).is_possible


def test_a_guess_that_may_become_a_sign_of_listening_is_waited_for() -> None:
    interruption = Interruption(0.7, phrases("en-US"), trusts_guesses=True)
    waits = [interruption.yields_after_ms(text) is None for text in ("Got", "Got it", "Got lost")]
    assert waits == [True, True, False]


@pytest.mark.parametrize("code", ["en", "de", "fr", "es"])
def test_no_phrase_of_a_language_both_stops_and_acknowledges(code: str) -> None:
    known = phrases(code)
    for phrase in language_of(code).acknowledges._phrases:
        assert not known.is_stop(" ".join(phrase)), phrase
    assert len(language_of(code).stops._phrases) >= 10 and len(language_of(code).acknowledges._phrases) >= 20
