"""How much of what is said the built-in speech hears, and how often it finds the right knowledge entry."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby

from rapidfuzz.distance import Levenshtein

from benchmarks.speech.asked_questions import (
    DEMO_AGENTS,
    Half,
    Outcome,
    Question,
    agent_about,
    demo_agent,
    outcome,
    practice,
    questions_of,
)
from benchmarks.speech.flite_speech import spoken, telephoned, with_noise
from benchmarks.speech.heard_speech import Heard, framed, heard_in_one_call
from benchmarks.speech.human_speech import NotFetched, clips
from voice.core.audio import MULAW_8000, PCM_16000, AudioFormat
from voice.core.spec import AgentSpec
from voice.providers.embedded.answerer import EmbeddedAnswerer
from voice.providers.embedded.transcriber import EmbeddedTranscriber
from voice.providers.embedded.vad import SileroVoiceActivity
from voice.providers.embedded.voice_client import shared_client
from voice.providers.embedded.wording import words_of

VOICES = ("rms", "slt", "awb", "kal16")
NOISE_DB = 20.0
# A decoder keeps what it has learned of a voice for the call: callers ask a handful of questions.
QUESTIONS_A_CALL = 5
CALLS_AT_ONCE = 2
PACE = 4.0


@dataclass(slots=True)
class Tally:
    """`words` were said, `errors` of them were heard wrongly, left out or added."""

    words: int = 0
    errors: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    late_ms: list[float] = field(default_factory=list)
    unnoticed: int = 0

    def count(self, text: str, heard: Heard, what: Outcome) -> None:
        said = plain_words(text)
        self.words += len(said)
        self.errors += Levenshtein.distance(said, plain_words(heard.transcript.text))
        self.outcomes[what] += 1
        self.late_ms.append(heard.late_ms)
        self.unnoticed += not heard.is_noticed

    def add(self, other: Tally) -> None:
        self.words += other.words
        self.errors += other.errors
        self.outcomes += other.outcomes
        self.late_ms += other.late_ms
        self.unnoticed += other.unnoticed

    @property
    def word_error_rate(self) -> float:
        return self.errors / self.words if self.words else 0.0

    def share(self, *outcomes: Outcome) -> float:
        return sum(self.outcomes[each] for each in outcomes) / max(1, self.outcomes.total())


def plain_words(text: str) -> list[str]:
    return words_of(text.replace("-", " "))


@dataclass(frozen=True, slots=True)
class Said:
    """One recording of a question."""

    question: Question
    voice: str
    pcm: bytes


def spoken_questions(questions: Sequence[Question], voices: Sequence[str]) -> list[Said]:
    """flite runs as a program of its own, so threads are enough to use all cores."""
    jobs = [(question, voice) for voice in voices for question in questions]
    with ThreadPoolExecutor(2) as threads:
        sounds = threads.map(lambda job: spoken(job[0].text, job[1]), jobs)
        return [Said(question, voice, pcm) for (question, voice), pcm in zip(jobs, sounds, strict=True)]


class Listener:
    """Says recordings to the product's own parts, a few calls at once."""

    def __init__(self) -> None:
        self.transcriber = EmbeddedTranscriber(CALLS_AT_ONCE)
        self.activity = SileroVoiceActivity()
        self.answerer = EmbeddedAnswerer()
        self._free = asyncio.Semaphore(CALLS_AT_ONCE)

    async def hear(
        self,
        said: Sequence[Said],
        sound_of: Callable[[int, Said], bytes],
        audio: AudioFormat = PCM_16000,
        pace: float = PACE,
    ) -> list[Heard]:
        """`sound_of` says what reaches the microphone of the recording of that number."""
        calls: list[list[tuple[int, Said]]] = []
        for _, group in groupby(enumerate(said), key=lambda each: (each[1].question.agent.id, each[1].voice)):
            run = list(group)
            calls += [run[at : at + QUESTIONS_A_CALL] for at in range(0, len(run), QUESTIONS_A_CALL)]

        async def one(call: list[tuple[int, Said]]) -> list[Heard]:
            async with self._free:
                sounds = [sound_of(number, each) for number, each in call]
                agent: AgentSpec = call[0][1].question.agent
                return await heard_in_one_call(self.transcriber, self.activity, agent, sounds, pace, audio)

        return [heard for found in await asyncio.gather(*map(one, calls)) for heard in found]

    async def aclose(self) -> None:
        await self.transcriber.aclose()
        await self.answerer.aclose()
        await shared_client.aclose()


Row = tuple[str, Callable[[Said], bool]]
Counts = list[tuple[Said, Tally]]


def counted(
    answerer: EmbeddedAnswerer, said: Sequence[Said], heard: Sequence[Heard], *, is_verbose: bool = False
) -> Counts:
    found = []
    for each, got in zip(said, heard, strict=True):
        tally = Tally()
        what = outcome(answerer, each.question, got.transcript)
        tally.count(each.question.text, got, what)
        found.append((each, tally))
        if is_verbose:
            print(f"  {what:13} {each.question.agent.id:12} {each.voice:6} {each.question.text}")
            print(f"  {'':13} {got.transcript.text}  |  {' | '.join(got.transcript.alternatives[:3])}")
    return found


def table(title: str, counts: Counts, rows: Sequence[Row]) -> None:
    print(f"\n{title}")
    print(f"{'':30}{'words':>7}{'WER':>7}{'right':>8}{'offered':>9}{'unknown':>9}{'wrong':>7}{'asked':>7}")
    for label, belongs in rows:
        total = Tally()
        for said, tally in counts:
            if belongs(said):
                total.add(tally)
        if total.outcomes.total():
            wrong = total.share(Outcome.WRONG, Outcome.OFFERED_WRONG)
            print(
                f"  {label:28}{total.words:>7}{total.word_error_rate:>7.1%}{total.share(Outcome.RIGHT):>8.0%}"
                f"{total.share(Outcome.OFFERED):>9.0%}{total.share(Outcome.UNKNOWN):>9.0%}{wrong:>7.0%}"
                f"{total.outcomes.total():>7}"
            )


def rows_for(agents: Sequence[AgentSpec], voices: Sequence[str]) -> Iterator[Row]:
    def is_known(said: Said) -> bool:
        return said.question.half is not Half.OUTSIDE

    yield "all in the knowledge", is_known
    for half in Half:
        yield half.value, lambda said, half=half: said.question.half is half
    for voice in voices:
        yield f"voice {voice}", lambda said, voice=voice: is_known(said) and said.voice == voice
    for agent in agents:
        yield f"agent {agent.id}", lambda said, id=agent.id: is_known(said) and said.question.agent.id == id


async def measure_flite(
    listener: Listener, voices: Sequence[str], every: int, is_verbose: bool = False
) -> list[Counts]:
    """Prints the tables; returns the counts of the clean recordings, over a telephone, and in noise."""
    agents = [*(demo_agent(name) for name in DEMO_AGENTS), practice()]
    questions = [question for agent in agents for question in questions_of(agent)][::every]
    said = spoken_questions(questions, voices)
    rows = list(rows_for(agents, voices))
    measured = []
    conditions: list[tuple[str, AudioFormat, Callable[[int, Said], bytes]]] = [
        ("flite, clean", PCM_16000, lambda number, each: framed(each.pcm)),
        ("flite over a telephone", MULAW_8000, lambda number, each: telephoned(framed(each.pcm))),
        (
            f"flite, pink noise {NOISE_DB:.0f} dB below",
            PCM_16000,
            lambda number, each: with_noise(framed(each.pcm), below_db=NOISE_DB, seed=number),
        ),
    ]
    for title, audio, sound_of in conditions:
        began_s = time.monotonic()
        heard = await listener.hear(said, sound_of, audio)
        counts = counted(listener.answerer, said, heard, is_verbose=is_verbose)
        table(f"{title} ({len(said)} recordings, {time.monotonic() - began_s:.0f} s)", counts, rows)
        late_ms = sorted(each.late_ms for each in heard)
        unnoticed = sum(not each.is_noticed for each in heard)
        print(
            f"  final transcript after the request: {late_ms[len(late_ms) // 2]:.0f} ms p50, "
            f"{late_ms[int(len(late_ms) * 0.95)]:.0f} ms p95 (at {PACE:.0f} times real time); "
            f"voice activity missed {unnoticed}"
        )
        measured.append(counts)
    return measured


async def measure_people(listener: Listener, is_verbose: bool = False) -> Counts:
    """Raises NotFetched."""
    found = list(clips())
    agent = agent_about(found)
    said = [
        Said(Question(agent, clip.text, frozenset({number}), Half.OWN_WORDS), clip.kind, clip.pcm)
        for number, clip in enumerate(found)
    ]
    heard = await listener.hear(said, lambda number, each: framed(each.pcm))
    counts = counted(listener.answerer, said, heard, is_verbose=is_verbose)
    kinds = dict.fromkeys(clip.kind for clip in found)
    rows: list[Row] = [("all", lambda said: True)]
    rows += [(f"{kind}", lambda said, kind=kind: said.voice == kind) for kind in kinds]
    table(f"people, {len(found)} recordings of pocketsphinx's own tests", counts, rows)
    print("  They ask nothing of a demo agent: the entries are the ten sentences themselves.")
    return counts


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--voices", nargs="+", default=list(VOICES), choices=VOICES)
    parser.add_argument("--every", type=int, default=1, help="take only each n-th question")
    parser.add_argument("--people-only", action="store_true")
    parser.add_argument("--verbose", action="store_true", help="print what was said and heard")
    options = parser.parse_args()
    listener = Listener()
    try:
        try:
            await measure_people(listener, options.verbose)
        except NotFetched as error:
            print(f"people: not measured: {error}", file=sys.stderr)
        if not options.people_only:
            await measure_flite(listener, options.voices, options.every, options.verbose)
    finally:
        await listener.aclose()


if __name__ == "__main__":
    asyncio.run(main())
