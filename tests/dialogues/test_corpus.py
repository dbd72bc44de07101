"""The corpus of dialogues goes as it is written, and no figure of it gets worse than the kept one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.dialogues.dialogue import Dialogue, Turn, corpus, read_dialogue
from tests.dialogues.ensemble import perform, perform_all
from tests.dialogues.expectations import disappointments
from tests.dialogues.figures import figures, kept, misheard, worse

DIALOGUES = {dialogue.name: dialogue for dialogue in corpus()}


def test_no_figure_gets_worse_than_the_kept_one() -> None:
    performances = perform_all(DIALOGUES.values())
    otherwise = {each.dialogue.name: found for each in performances if (found := disappointments(each))}
    found = figures(performances, len(otherwise))
    assert not worse(found), "\n".join(
        [*worse(found), *(f"{name}: {why}" for name, why in otherwise.items())]
    )
    assert {each.name for each in found} == set(kept()), "script/bench dialogues --keep writes them anew"


@pytest.fixture
def plain() -> Dialogue:
    return DIALOGUES["plain_question"]


def test_a_dialogue_that_goes_otherwise_is_told(plain: Dialogue) -> None:
    turns = (*plain.turns[:-1], Turn("agent", "We are closed.", interrupted=False))
    assert disappointments(perform(replace(plain, turns=turns)))
    assert disappointments(perform(replace(plain, stops=1)))
    assert disappointments(perform(replace(plain, ends="silence")))
    assert not disappointments(perform(plain))


def test_a_record_that_is_not_what_was_heard_is_told(plain: Dialogue) -> None:
    performance = perform(plain)
    assert not list(misheard(performance))
    index, record = next((i, r) for i, r in performance.records.items() if r.heard_text)
    performance.records[index] = replace(record, heard_text=record.heard_text.rsplit(" ", 1)[0])
    assert list(misheard(performance))


def test_a_dialogue_is_the_same_every_time(plain: Dialogue) -> None:
    first, second = perform(plain), perform(plain)
    assert [(run.starts_ms, run.ends_ms) for run in first.listener.runs] == [
        (run.starts_ms, run.ends_ms) for run in second.listener.runs
    ]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ('about = "x"\n[[caller]]\nwhen = "soon"\nsays = "Hi"\n[expect]\nturns = []', "no instant"),
        ('about = "x"\ncaller = []\n[expect]\nturns = ["someone: hi"]', "no turn"),
        ('about = "x"\ncaller = []\n[agent]\nspeed = 2\n[expect]\nturns = []', "speed"),
        ('about = "x"\ncaller = []\n[expect]\nturns = []\nstop = 1', "stop"),
        ('caller = []\n[expect]\nturns = []', "about"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_file_is_told_with_its_name(tmp_path: Path, fault: str, told: str) -> None:
    path = tmp_path / "odd.toml"
    path.write_text(fault)
    with pytest.raises(ValueError, match=rf"odd\.toml: .*{told}"):
        read_dialogue(path)
