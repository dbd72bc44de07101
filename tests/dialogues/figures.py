"""How human a conversation was, in numbers: over all dialogues, by the caller's own clock and ear."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from tests.dialogues.performance import Done, Performance
from tests.engine.judged_utterances import HELD_OUT, judgements
from voice.core.events import TurnRecord
from voice.core.spec import Role
from voice.engine.end_of_turn import WordRules
from voice.engine.words import words_of

KEPT = Path(__file__).parents[2] / "benchmarks" / "dialogues.json"
# A stop this long after a sound is for that sound.
STOP_WITHIN_MS = 2_500.0
RESUME_WITHIN_MS = 15_000.0
# An agent that starts with the caller's first syllable could not know.
SIMULTANEOUS_MS = 200.0
FULL_SENSITIVITY = 1.0
USUAL_SENSITIVITY = 0.5


@dataclass(frozen=True)
class Figure:
    """`margin`: how much worse it may be than the kept one before that is a fault."""

    name: str
    value: float
    unit: str = ""
    margin: float = 0.0
    more_is_better: bool = False

    def is_worse_than(self, before: float) -> bool:
        worse_by = before - self.value if self.more_is_better else self.value - before
        return worse_by > self.margin


def share(values: Sequence[float], at: float) -> float:
    return round(float(np.percentile(values, at * 100))) if values else 0.0


# --- one performance --------------------------------------------------------------------------
def cuts(performance: Performance) -> list[tuple[Done, float]]:
    """The agent began, or went on, while the caller was in the middle of something."""
    starts_ms = [run.starts_ms for run in performance.listener.runs]
    return [
        (done, at)
        for done in performance.acts
        if done.act.means_something
        for at in starts_ms
        if done.starts_ms + SIMULTANEOUS_MS < at < done.ends_ms
        and not performance.listener.is_playing(at - 1)
    ]


def _cause(performance: Performance, stop_ms: float) -> Done | None:
    """The latest sound that the agent may have stopped for."""
    begun = [
        done
        for done in performance.acts
        if (done.act.says or done.act.makes) and done.starts_ms <= stop_ms <= done.ends_ms + STOP_WITHIN_MS
    ]
    return max(begun, key=lambda done: done.starts_ms, default=None)


def sounds_over_the_agent(performance: Performance) -> list[Done]:
    """Coughs, hums, noises and "mhm"s while the agent was speaking."""
    return [
        done
        for done in performance.acts
        if (done.act.makes or done.act.listening)
        and any(
            run.starts_ms < done.ends_ms and done.starts_ms < run.ends_ms for run in performance.listener.runs
        )
    ]


def yields_in_vain(performance: Performance) -> Iterator[tuple[float, float | None]]:
    """When the agent fell silent for nothing, and how long after the sound it went on; None: while it
    still sounded.
    """
    listener = performance.listener
    for stop_ms, turn in listener.stops_ms:
        cause = _cause(performance, stop_ms)
        if cause is None or cause.act.means_something:
            continue
        resumed = [run.starts_ms for run in listener.runs if run.turn == turn and run.starts_ms > stop_ms]
        if resumed:
            late_ms = resumed[0] - cause.ends_ms
            yield stop_ms, late_ms if late_ms >= 0 else None


def replies_lost(performance: Performance) -> int:
    """Utterances that ended for a sound that meant nothing."""
    lost = 0
    last_stop_ms = {turn: at for at, turn in performance.listener.stops_ms}
    for record in performance.turns:
        if record.interrupted and record.index in last_stop_ms:
            cause = _cause(performance, last_stop_ms[record.index])
            lost += cause is not None and not cause.act.means_something
    return lost


def silences_ms(performance: Performance) -> Iterator[float]:
    """From the last sound of anybody to a reply's first, where the caller spoke and the agent answers."""
    records = performance.turns
    runs = performance.listener.runs
    for before, record in zip(records, records[1:], strict=False):
        if record.role is not Role.AGENT or before.role is not Role.USER:
            continue
        begun = [run.starts_ms for run in runs if run.turn == record.index]
        acts = [done for done in performance.acts if begun and done.starts_ms < begun[0]]
        spoken = [done for done in acts if done.act.says]
        if not spoken or acts[-1].act.types:
            continue
        last_ms = max(
            [done.ends_ms for done in spoken] + [run.ends_ms for run in runs if run.ends_ms <= begun[0]]
        )
        if last_ms <= begun[0]:
            yield begun[0] - last_ms


def yielded_after_ms(performance: Performance) -> Iterator[float]:
    """From the caller's first sound to the agent's silence, where the caller interrupts."""
    stops_ms = performance.listener.stops_ms
    for done in performance.acts:
        if not done.act.means_something or not performance.listener.is_playing(done.starts_ms):
            continue
        stopped = [at for at, _ in stops_ms if done.starts_ms < at < done.ends_ms + STOP_WITHIN_MS]
        if stopped:
            yield stopped[0] - done.starts_ms


def misheard(performance: Performance) -> Iterator[TurnRecord]:
    """Turns of the agent whose record differs from what the caller's ear got."""
    for record in performance.turns:
        if record.role is not Role.AGENT:
            continue
        heard = performance.listener.heard(record.index)
        if heard is not None and words_of(record.heard_text) not in heard:
            yield record


def longest_silence_ms(performance: Performance) -> float:
    """The longest stretch in which neither side made a sound, from the caller's first words on."""
    acts = [done for done in performance.acts if done.act.says or done.act.types]
    if not acts or performance.end is None:
        return 0.0
    ends_ms = max(performance.ended_ms - 4_000.0, acts[0].ends_ms)
    sounds = sorted(
        [(run.starts_ms, run.ends_ms) for run in performance.listener.runs]
        + [(done.starts_ms, done.ends_ms) for done in performance.acts]
        + [(ends_ms, ends_ms)]
    )
    longest, until_ms = 0.0, acts[0].ends_ms
    for starts_ms, stops_ms in sounds:
        longest = max(longest, min(starts_ms, ends_ms) - until_ms)
        until_ms = max(until_ms, stops_ms)
    return longest


# --- all of them ------------------------------------------------------------------------------
def figures(performances: Iterable[Performance], unexpected: int) -> list[Figure]:
    whole = [each for each in performances if not each.dialogue.is_faulty]
    every = list(performances)
    utterances = sum(done.act.means_something for each in whole for done in each.acts)
    meaningless = sum(len(sounds_over_the_agent(each)) for each in whole)
    silences = [ms for each in whole for ms in silences_ms(each)]
    resumed = [late for each in whole for _, late in yields_in_vain(each)]
    late = [ms for ms in resumed if ms is not None]
    at_once = list(chain.from_iterable(yielded_after_ms(each) for each in whole if _is_eager(each)))
    later = list(chain.from_iterable(yielded_after_ms(each) for each in whole if _is_usual(each)))
    judged, held_out = judgements(WordRules()), judgements(WordRules(), HELD_OUT)
    return [
        Figure("dialogues", len(every), more_is_better=True),
        Figure("dialogues that went otherwise than written", unexpected),
        Figure("utterances of callers", utterances, more_is_better=True),
        Figure("cut off", sum(len({id(done) for done, _ in cuts(each)}) for each in whole)),
        Figure("sounds over the agent that mean nothing", meaningless, more_is_better=True),
        Figure("the agent fell silent for them", len(resumed)),
        Figure("replies lost to them", sum(replies_lost(each) for each in whole)),
        Figure("on again after their end: p50", share(late, 0.5), "ms", 10),
        Figure("on again after their end: longest", round(max(late, default=0.0)), "ms", 10),
        Figure("silence before a reply: p50", share(silences, 0.5), "ms", 10),
        Figure("silence before a reply: p95", share(silences, 0.95), "ms", 20),
        Figure("onset to silence at sensitivity 1: p50", share(at_once, 0.5), "ms", 10),
        Figure("onset to silence at sensitivity 1: p95", share(at_once, 0.95), "ms", 10),
        Figure("onset to silence at 0.5 to below 1: p50", share(later, 0.5), "ms", 20),
        Figure("onset to silence at 0.5 to below 1: p95", share(later, 0.95), "ms", 20),
        Figure("turns whose record is not what was heard", sum(1 for each in every for _ in misheard(each))),
        Figure("end of turn judged wrongly by the words", sum(not each.is_right for each in judged)),
        Figure("the same, held out", sum(not each.is_right for each in held_out)),
        Figure("longest silence with a fault", round(max(_with_faults(every), default=0.0)), "ms", 50),
    ]


def _is_eager(performance: Performance) -> bool:
    return performance.dialogue.agent.sensitivity >= FULL_SENSITIVITY


def _is_usual(performance: Performance) -> bool:
    return USUAL_SENSITIVITY <= performance.dialogue.agent.sensitivity < FULL_SENSITIVITY


def _with_faults(performances: Iterable[Performance]) -> Iterator[float]:
    return (longest_silence_ms(each) for each in performances if each.dialogue.is_faulty)


def kept() -> dict[str, float]:
    found: dict[str, float] = json.loads(KEPT.read_text()) if KEPT.is_file() else {}
    return found


def keep(found: Sequence[Figure]) -> None:
    KEPT.write_text(json.dumps({each.name: each.value for each in found}, indent=2) + "\n")


def worse(found: Sequence[Figure]) -> list[str]:
    """Figures that are worse than the kept ones by more than their margin."""
    before = kept()
    return [
        f"{each.name}: {each.value:g} {each.unit}, was {before[each.name]:g}"
        for each in found
        if each.name in before and each.is_worse_than(before[each.name])
    ]
