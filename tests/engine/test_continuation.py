"""However another model goes on with an unfinished answer, it is heard once and whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice.engine.continuation import Continuation

ANSWER = "We are open from nine in the morning until five in the afternoon, and on Sundays not at all."
WORDS = ANSWER.split()


def joined(written: str, goes_on: str, sizes: list[int]) -> str:
    continuation, text, at = Continuation(written), written, 0
    for size in [*sizes, len(goes_on)]:
        text += continuation.push(goes_on[at : at + size])
        at += size
    return text + continuation.flush()


@given(
    said=st.integers(1, len(WORDS) - 1),
    again=st.integers(0, 3) | st.just(99),
    ends_in_space=st.booleans(),
    begins_in_space=st.booleans(),
    sizes=st.lists(st.integers(1, 9), max_size=60),
)
def test_what_is_said_again_is_left_out(
    said: int, again: int, ends_in_space: bool, begins_in_space: bool, sizes: list[int]
) -> None:
    written = " ".join(WORDS[:said]) + " " * ends_in_space
    goes_on = " " * begins_in_space + " ".join(WORDS[max(0, said - again) :])
    assert " ".join(joined(written, goes_on, sizes).split()) == ANSWER


@pytest.mark.parametrize(
    ("written", "goes_on", "whole"),
    [
        ("", "From nine.", "From nine."),
        ("We are open", "", "We are open"),
        ("We are open", ", every day", "We are open, every day"),
        ("We are open", "from nine", "We are open from nine"),
        ("It is the the", "the", "It is the the"),
        ("Yes", "yes, we are", "Yes, we are"),
        ("Nine", "ninety", "Nine ninety"),
        ("We are open after", "We are open afternoons", "We are open afternoons"),
    ],
)
def test_joints(written: str, goes_on: str, whole: str) -> None:
    assert joined(written, goes_on, [3]) == whole
