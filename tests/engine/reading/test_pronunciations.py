"""An agent's own dictionary comes before everything else, for whole words."""

from __future__ import annotations

from voice.core.spec import Pronunciation
from voice.engine.reading.reader import Reader

DICTIONARY = (
    Pronunciation("nginx", "engine x"),
    Pronunciation("US", "U S", case_sensitive=True),
    Pronunciation("C++", "C plus plus"),
    Pronunciation("Model 3", "model three point oh"),
    Pronunciation("Model", "moddle"),
)


def spoken(text: str) -> str:
    return Reader("en-US", DICTIONARY).read(text).spoken


def test_whole_words_are_spoken_as_the_dictionary_says() -> None:
    assert spoken("Nginx and NGINX.") == "engine x and engine x."
    assert spoken("nginxes stay") == "nginxes stay"


def test_capitals_count_where_the_entry_says_so() -> None:
    assert spoken("The US told us.") == "The U S told us."


def test_the_longest_entry_wins_and_comes_before_figures() -> None:
    assert spoken("A Model 3 and a model 4.") == "A model three point oh and a moddle four."


def test_an_entry_with_signs_is_found() -> None:
    assert spoken("We write C++, and more.") == "We write C plus plus, and more."
