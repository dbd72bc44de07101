"""Words the transcriber does not know get phones that its acoustic model has."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from voice.core.errors import ProviderError
from voice.providers.embedded.pronunciation import PHONES, Pronunciations
from voice.providers.embedded.voice_client import VoiceClient
from voice.providers.embedded.word_sound import SoundTable, letters_as_phones

pytestmark = pytest.mark.speech


@pytest.fixture(scope="module")
def client() -> Iterator[VoiceClient]:
    own = VoiceClient()
    yield own
    asyncio.run(own.aclose())


@pytest.fixture
def pronunciations(client: VoiceClient) -> Pronunciations:
    return Pronunciations(client)


def test_known_and_invented_words_get_phones_of_the_cmu_set(pronunciations: Pronunciations):
    found = pronunciations.pronounce(["toothache", "Voicex", "Denplan", "o'neil"])
    assert found["toothache"] == ["T", "UW", "TH", "EY", "K"]
    assert found["Voicex"] == ["V", "OY", "S", "EH", "K", "S"]
    assert all(set(phones) <= PHONES and phones for phones in found.values())
    assert set(found) == {"toothache", "Voicex", "Denplan", "o'neil"}


def test_what_is_no_single_word_is_left_out(pronunciations: Pronunciations):
    assert pronunciations.pronounce(["3pm", "co-op", "Zoë", "", "two words", "x" * 41]) == {}


@pytest.mark.parametrize(("word", "last"), [("Bob's", "Z"), ("Pat's", "S"), ("Rose's", "Z")])
def test_a_genitive_ends_in_its_own_sound(pronunciations: Pronunciations, word: str, last: str):
    assert pronunciations.pronounce([word])[word][-1] == last


def test_many_words_fit_through_and_are_asked_for_once(
    pronunciations: Pronunciations, client: VoiceClient, monkeypatch: pytest.MonkeyPatch
):
    words = [a + b + c + d for a in "bdfgk" for b in "aeiou" for c in "lmnrt" for d in ("er", "ing")]
    first = pronunciations.pronounce(words)
    assert set(first) == set(words)
    monkeypatch.setattr(client, "ask_blocking", lambda *_: pytest.fail("asked again"))
    assert pronunciations.pronounce(words) == first


def test_several_threads_may_ask_at_once(pronunciations: Pronunciations):
    words = ["appointment", "whitening", "insurance", "technician"]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: pronunciations.pronounce(words), range(32)))
    assert all(answer == answers[0] for answer in answers)


def test_a_lost_worker_is_asked_again_and_a_missing_flite_is_an_error():
    class Failing(VoiceClient):
        def __init__(self, *, retryable: bool) -> None:
            super().__init__()
            self.retryable, self.asked = retryable, 0

        def ask_blocking(self, kind: object, content: object) -> object:
            self.asked += 1
            raise ProviderError("embedded", "lost", retryable=self.retryable)

    for retryable, times in ((True, 2), (False, 1)):
        failing = Failing(retryable=retryable)
        with pytest.raises(ProviderError):
            Pronunciations(failing).pronounce(["hello"])
        assert failing.asked == times


def test_words_that_sound_alike_are_found_and_others_are_not(pronunciations: Pronunciations):
    words = ["hours", "toothache", "insurance", "whitening", "appointment", "contract"]
    table = SoundTable(pronunciations.pronounce(words).items())
    heard = pronunciations.pronounce(["ours", "tooth", "egg", "in", "sure", "ants", "pizza", "weather"])
    spans = [["ours"], ["tooth", "egg"], ["in", "sure", "ants"], ["pizza"], ["weather"]]
    alike = table.alike([[phone for word in span for phone in heard[word]] for span in spans])
    found = [[word for word, _ in likely] for likely in alike]
    assert found == [["hours"], ["toothache"], ["insurance"], [], []]


def test_spelling_alone_is_a_usable_guess():
    assert letters_as_phones("phone") == ["F", "AA", "N"]
    assert letters_as_phones("check") == ["CH", "EH", "K"]
    assert set(letters_as_phones("extraordinary")) <= PHONES
