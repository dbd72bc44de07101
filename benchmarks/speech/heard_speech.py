"""Says speech into the built-in transcriber as a call would, and gives back what was heard."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.speech.flite_speech import silence
from voice.core.audio import PCM_16000, AudioFormat
from voice.core.ports import Transcriber, Transcript, VoiceActivity
from voice.core.spec import AgentSpec
from voice.engine.caller_turn import CallerTurn
from voice.engine.voice_detector import SpeechEnded, SpeechStarted, VoiceDetector

FRAME_MS = 20.0
BEFORE_MS, AFTER_MS = 500.0, 1_200.0
FINAL_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Heard:
    """`late_ms`: from the request for the final transcript to its coming, in real time."""

    transcript: Transcript
    late_ms: float
    is_noticed: bool


def framed(speech: bytes) -> bytes:
    return silence(BEFORE_MS) + speech + silence(AFTER_MS)


async def heard_in_one_call(
    transcriber: Transcriber,
    activity: VoiceActivity,
    agent: AgentSpec,
    utterances: Sequence[bytes],
    pace: float,
    audio: AudioFormat = PCM_16000,
) -> list[Heard]:
    """Each utterance (with its silences, see `framed`) is one turn; `pace` times as fast as life."""
    stream = await transcriber.open(agent, audio)
    frame_bytes = audio.size_bytes(FRAME_MS)
    finals: asyncio.Queue[Transcript] = asyncio.Queue()

    async def read() -> None:
        async for transcript in stream:
            if transcript.is_final:
                finals.put_nowait(transcript)

    reading = asyncio.create_task(read(), name="benchmark reader")
    loop = asyncio.get_running_loop()
    try:
        found = []
        for sound in utterances:
            detector = VoiceDetector(activity.open(audio), audio, agent.turn_taking.interruption_sensitivity)
            began_s, at_ms, ended_ms = loop.time(), 0.0, None
            turn = CallerTurn()
            late_ms, is_noticed = 0.0, False
            for start in range(0, len(sound), frame_bytes):
                frame = sound[start : start + frame_bytes]
                at_ms += FRAME_MS
                stream.send(frame)
                for change in detector.feed(frame, at_ms):
                    if isinstance(change, SpeechStarted):
                        stream.begin_speech()
                        is_noticed, ended_ms = True, None
                    elif isinstance(change, SpeechEnded):
                        ended_ms = change.offset_ms
                if ended_ms is not None and at_ms >= ended_ms + transcriber.finalize_after_ms:
                    ended_ms, asked_s = None, loop.time()
                    stream.finalize()
                    final = await asyncio.wait_for(finals.get(), FINAL_TIMEOUT_S)
                    turn.hear(final.text, is_final=True, alternatives=final.alternatives, now_ms=at_ms)
                    late_ms = (loop.time() - asked_s) * 1000
                    began_s += loop.time() - asked_s
                await asyncio.sleep(max(0.0, began_s + at_ms / 1000 / pace - loop.time()))
            if detector.is_open or ended_ms is not None:
                stream.finalize()
                final = await asyncio.wait_for(finals.get(), FINAL_TIMEOUT_S)
                turn.hear(final.text, is_final=True, alternatives=final.alternatives, now_ms=at_ms)
            transcript = Transcript(turn.text, is_final=True, alternatives=turn.alternatives)
            found.append(Heard(transcript, late_ms, is_noticed))
        return found
    finally:
        await stream.aclose()
        await reading
