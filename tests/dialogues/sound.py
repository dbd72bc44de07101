"""What a caller's microphone picks up: speech by flite, coughs, hums and noises, each the same every time."""

from __future__ import annotations

import ctypes
import hashlib
import json
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from voice.providers.embedded.flite import Flite, FliteWord, Manner

RATE_HZ = 16_000
RENDERINGS = Path(__file__).parents[2] / ".cache" / "dialogues"
# What a voice fades into below this is silence to everybody.
AUDIBLE = 0.01
FULL_SCALE = 32768.0
# RMS of a voice at a microphone, of 32768.
SPEECH_RMS = 2_500.0
# flite's breath is drawn by lot, with the C library's dice: the same text is to sound the same everywhere.
SEED = 1

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Sound:
    """`words`: where in it each token of the text lies, in ms; none in what is no speech."""

    samples: Samples
    words: tuple[tuple[float, float], ...] = ()

    @property
    def duration_ms(self) -> float:
        return len(self.samples) * 1000 / RATE_HZ


def sayable(text: str) -> str:
    """flite reads ASCII only: "geöffnet" as it is spelled without its dots."""
    spelled = text.translate(str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "’": "'"}))
    return unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()


@cache
def spoken(text: str, voice: str) -> Sound:
    """From the first to the last audible sample, so that both ends are true. Rendered once a machine."""
    what = [text, voice, AUDIBLE, SPEECH_RMS, SEED]
    key = hashlib.sha256(json.dumps(what).encode()).hexdigest()[:24]
    path = RENDERINGS / f"{key}.npz"
    if not path.is_file():
        RENDERINGS.mkdir(parents=True, exist_ok=True)
        pcm, words = _rendered(sayable(text), voice)
        unfinished = path.with_suffix(f".{id(pcm)}.npz")
        np.savez(unfinished, pcm=pcm, words=np.array(words, np.float64).reshape(-1, 2))
        unfinished.replace(path)
    with np.load(path) as kept:
        return Sound(kept["pcm"].astype(np.float32), tuple((float(a), float(b)) for a, b in kept["words"]))


@cache
def _flite() -> Flite:
    return Flite()


def _rendered(text: str, voice: str) -> tuple[npt.NDArray[np.int16], list[tuple[float, float]]]:
    chunks: list[bytes] = []
    found: list[FliteWord] = []

    def receive(audio: bytes, words: list[FliteWord]) -> bool:
        chunks.append(audio)
        found[:] = words
        return True

    ctypes.CDLL(None).srand(SEED)
    _flite().speak(voice, text, Manner(), receive)
    samples = np.frombuffer(b"".join(chunks), "<i2").astype(np.float64)
    loud = np.flatnonzero(np.abs(samples) > AUDIBLE * FULL_SCALE)
    first, last = loud[0], loud[-1] + 1
    samples = samples[first:last]
    samples *= SPEECH_RMS / np.sqrt(np.mean(samples**2))
    tokens: dict[int, tuple[float, float]] = {}
    for word in found:
        start_ms = tokens.get(word.token_position, (word.start_ms, 0.0))[0]
        tokens[word.token_position] = (start_ms, word.end_ms)
    offset_ms, length_ms = first * 1000 / RATE_HZ, (last - first) * 1000 / RATE_HZ
    placed = [
        (max(0.0, start - offset_ms), min(length_ms, end - offset_ms)) for start, end in tokens.values()
    ]
    return np.clip(np.rint(samples), -32768, 32767).astype(np.int16), placed


# --- what is no speech ------------------------------------------------------------------------
def _noise(count: int, seed: int) -> npt.NDArray[np.float64]:
    return np.random.default_rng(seed).standard_normal(count)


def _shaped(count: int, seed: int, low_hz: float, high_hz: float) -> npt.NDArray[np.float64]:
    """Noise of one band, RMS 1."""
    spectrum = np.fft.rfft(_noise(count, seed))
    at_hz = np.fft.rfftfreq(count, 1 / RATE_HZ)
    spectrum[(at_hz < low_hz) | (at_hz > high_hz)] = 0
    shaped = np.fft.irfft(spectrum / np.sqrt(np.maximum(at_hz, 20.0)), count)
    scaled: npt.NDArray[np.float64] = shaped / np.sqrt(np.mean(shaped**2))
    return scaled


def _voiced(seconds: float, pitch_hz: float, formants_hz: tuple[float, ...]) -> npt.NDArray[np.float64]:
    """A throat's buzz through a few resonances, RMS 1: harmonics, each as strong as it is near one."""
    at_s = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    bent_s = at_s + 0.004 * np.sin(2 * np.pi * 2.3 * at_s)
    sound = np.zeros_like(at_s)
    for harmonic in range(1, int(4_000 / pitch_hz)):
        hz = harmonic * pitch_hz
        strength = sum(1 / (1 + ((hz - formant) / 120.0) ** 2) for formant in formants_hz) / harmonic**0.5
        sound += strength * np.sin(2 * np.pi * hz * bent_s)
    scaled: npt.NDArray[np.float64] = sound / np.sqrt(np.mean(sound**2))
    return scaled


def _faded(sound: npt.NDArray[np.float64], in_s: float, out_s: float) -> npt.NDArray[np.float64]:
    envelope = np.ones(len(sound))
    rise, fall = int(in_s * RATE_HZ), int(out_s * RATE_HZ)
    envelope[:rise] *= np.linspace(0, 1, rise)
    envelope[-fall:] *= np.linspace(1, 0, fall)
    faded: npt.NDArray[np.float64] = sound * envelope
    return faded


def _said(text: str, seconds: float) -> npt.NDArray[np.float64]:
    """The beginning of what flite makes of it, RMS 1."""
    voice = spoken(text, "rms").samples.astype(np.float64)[: int(seconds * RATE_HZ)]
    scaled: npt.NDArray[np.float64] = voice / np.sqrt(np.mean(voice**2))
    return scaled


def cough(seconds: float, seed: int) -> npt.NDArray[np.float64]:
    """A throat's own sound under a burst of breath: to a voice detector it is a voice."""
    throat = _said("kuh huh kuh", seconds)
    breath = _faded(_shaped(len(throat), seed, 300, 5_000), 0.01, 0.6 * len(throat) / RATE_HZ)
    return _faded(throat + 0.4 * breath, 0.005, 0.05)


def throat(seconds: float, seed: int) -> npt.NDArray[np.float64]:
    """Clears it."""
    return _faded(_said("ahem", seconds), 0.005, 0.05)


def hum(seconds: float, seed: int) -> npt.NDArray[np.float64]:
    """A closed mouth's "mhm": two swells, the second higher."""
    first = _voiced(seconds * 0.45, 115 + seed % 20, (250, 1_000))
    second = _voiced(seconds * 0.55, 140 + seed % 20, (280, 1_100))
    return np.concatenate([_faded(first, 0.03, 0.05), _faded(second, 0.03, 0.08)])


def laugh(seconds: float, seed: int) -> npt.NDArray[np.float64]:
    beats = max(1, int(seconds / 0.2))
    beat_s = seconds / beats
    return np.concatenate(
        [
            _faded(
                _voiced(beat_s, 220 - 8 * beat, (750, 1_200, 2_600)) + 0.4 * _shaped(
                    int(beat_s * RATE_HZ), seed + beat, 500, 4_000), 0.02, 0.6 * beat_s
            )
            for beat in range(beats)
        ]
    )  # fmt: skip


def keyboard(seconds: float, seed: int) -> npt.NDArray[np.float64]:
    """Clicks of some milliseconds, six or so a second."""
    lot = np.random.default_rng(seed)
    sound = np.zeros(int(seconds * RATE_HZ))
    at_s = 0.0
    while at_s < seconds - 0.02:
        click = _faded(_shaped(int(0.012 * RATE_HZ), int(lot.integers(1 << 30)), 1_500, 7_000), 0.001, 0.01)
        start = int(at_s * RATE_HZ)
        sound[start : start + len(click)] += click * lot.uniform(0.6, 1.4)
        at_s += lot.uniform(0.09, 0.24)
    return sound


def street(seconds: float, seed: int) -> npt.NDArray[np.float64]:
    """Traffic: low, and swelling."""
    sound = _shaped(int(seconds * RATE_HZ), seed, 40, 1_500)
    swell = 1 + 0.5 * np.sin(2 * np.pi * 0.23 * np.arange(len(sound)) / RATE_HZ + seed)
    return sound * swell


def hiss(seconds: float, seed: int) -> npt.NDArray[np.float64]:
    return _shaped(int(seconds * RATE_HZ), seed, 100, 7_500)


def knock(seconds: float, seed: int) -> npt.NDArray[np.float64]:
    """A door, or a cup put down."""
    return _faded(_shaped(int(seconds * RATE_HZ), seed, 80, 900), 0.002, 0.8 * seconds)


def music(seconds: float, seed: int) -> npt.NDArray[np.float64]:
    """Three notes at a time, without a voice."""
    notes_hz = (220.0, 262.0, 330.0, 392.0)
    beats = max(1, int(seconds / 0.4))
    beat_s = seconds / beats
    at_s = np.arange(int(beat_s * RATE_HZ)) / RATE_HZ
    chords = [
        sum(np.sin(2 * np.pi * notes_hz[(beat + step + seed) % 4] * at_s) for step in (0, 1, 2))
        for beat in range(beats)
    ]
    whole = np.concatenate([_faded(np.asarray(chord), 0.01, 0.2 * beat_s) for chord in chords])
    scaled: npt.NDArray[np.float64] = whole / np.sqrt(np.mean(whole**2))
    return scaled


NOISES: dict[str, Callable[[float, int], Any]] = {
    noise.__name__: noise for noise in (cough, throat, hum, laugh, keyboard, street, hiss, knock, music)
}


@cache
def noise(kind: str, seconds: float, seed: int) -> Sound:
    """RMS as speech has; the caller of this turns it down."""
    sound = NOISES[kind](seconds, seed)
    return Sound((sound * SPEECH_RMS).astype(np.float32))


def at_level(sound: Sound, db: float) -> Sound:
    return sound if not db else Sound(sound.samples * np.float32(10 ** (db / 20)), sound.words)
