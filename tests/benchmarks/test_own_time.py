"""How a benchmark takes an answer's time apart: by the clocks of caller and vendors alone."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.call.own_time import Answer, VoiceOrder, finalized_s, voice_orders
from tests.simulators.server import Request

PIECE = "We are open from nine to five."
LAST_SOUND_S = 100.0


def at(ms: float) -> float:
    """So long after the caller's last sound."""
    return LAST_SOUND_S + ms / 1000


def answer(
    *, model_ms: float, transcripts: list[tuple[float, str]], finalize_ms: float | None = 50.0
) -> Answer:
    """Of a model that needs 200 ms to its first token and 20 for the piece, and a voice that needs 100."""
    model = Request("/chat", {}, {}, came_at_s=at(model_ms))
    tokens = [" We", " are", " open", " from", " nine", " to", " five.", " Shall", " I?"]
    model.left = [(at(model_ms + 200 + 3 * number), token) for number, token in enumerate(tokens)]
    voice_ms = model_ms + 225
    return Answer(
        last_sound_s=LAST_SOUND_S,
        told_s=at(350),
        audio_s=at(max(voice_ms + 100, 350) + 2),
        transcripts=[(at(ms), words) for ms, words in transcripts],
        finalize_s=at(finalize_ms),
        model=model,
        voice=VoiceOrder(
            at(voice_ms), PIECE, [(at(voice_ms + 100), "We are"), (at(voice_ms + 160), " open")]
        ),
    )


def test_without_a_draft_the_silence_is_on_purpose_and_the_rest_is_ours_or_theirs() -> None:
    found = answer(model_ms=354, transcripts=[(20, "guess:We"), (200, "final:We")])
    assert not found.is_draft
    assert found.voice_to_voice_ms == pytest.approx(681)
    # 4 from the turn's end to the model, 7 from the piece's last token to the voice, 2 to the caller.
    assert found.own_ms(whole_file=False).whole_ms == pytest.approx(4 + 7 + 2)
    assert found.deliberate_ms(whole_file=False) == pytest.approx(350)


def test_a_late_transcript_is_the_vendors_and_not_ours() -> None:
    found = answer(model_ms=505, transcripts=[(20, "guess:We"), (500, "final:We")])
    assert found.own_ms(whole_file=False).whole_ms == pytest.approx(5 + 7 + 2)


def test_a_draft_upon_a_final_transcript_counts_from_there_and_is_held_on_purpose() -> None:
    found = answer(model_ms=206, transcripts=[(20, "guess:We"), (200, "final:We")])
    assert found.is_draft
    assert found.own_ms(whole_file=False).whole_ms == pytest.approx(6 + 7 + 2)
    assert found.deliberate_ms(whole_file=False) == pytest.approx(50)  # until the final was asked for
    early = answer(model_ms=10, transcripts=[(5, "final:We")], finalize_ms=2.0)
    assert early.own_ms(whole_file=False).whole_ms == pytest.approx(5 + 7 + 2)
    assert early.deliberate_ms(whole_file=False) == pytest.approx(2 + 350 - 335)


def test_a_draft_upon_an_older_guess_waited_for_a_pause() -> None:
    found = answer(model_ms=120, transcripts=[(20, "guess:We")])
    assert found.own_ms(whole_file=False).whole_ms == pytest.approx(7 + 2)
    assert found.deliberate_ms(whole_file=False) == pytest.approx(120)
    waited_for = answer(model_ms=120, transcripts=[(110, "guess:We")])
    assert waited_for.own_ms(whole_file=False).whole_ms == pytest.approx(10 + 7 + 2)


def test_a_file_has_to_be_whole_before_it_can_be_sent() -> None:
    found = answer(model_ms=354, transcripts=[(200, "final:We")])
    assert found.own_ms(whole_file=True).whole_ms == pytest.approx(4 + 7)
    assert found.own_ms(whole_file=False).whole_ms == pytest.approx(4 + 7 + 2)


def order(context: str, text: str = "", **more: Any) -> dict[str, Any]:
    return {"context_id": context, "text": text, **more}


def test_each_piece_of_a_voice_has_its_own_sound() -> None:
    connection = Request("/speak", {}, {})
    connection.messages = [
        order("a", " "),
        order("a", "One. "),
        order("a", flush=True),
        order("b", "Two. ", flush=True),
    ]
    connection.messages_at_s = [1.0, 2.0, 2.1, 3.0]
    connection.left = [(0.5, "a:zzz"), (2.5, "a:On"), (2.6, "a:e. "), (3.5, "b:Two. "), (9.0, "a:more")]
    first, second = voice_orders([connection])
    assert (first.came_at_s, first.text, first.left) == (2.0, "One. ", [(2.5, "On"), (2.6, "e. ")])
    assert (second.came_at_s, second.left) == (3.0, [(3.5, "Two. ")])


def test_the_final_transcript_that_was_asked_for_after_the_last_sound() -> None:
    connection = Request("/listen", {}, {})
    connection.messages = [{"type": "Finalize"}, {"type": "KeepAlive"}, {"type": "Finalize"}]
    connection.messages_at_s = [1.0, 2.0, 3.0]
    assert finalized_s(connection, 1.5) == 3.0
    assert finalized_s(connection, 3.5) is None
