"""Whether bytes that a vendor calls speech can be that: a caller must never hear a file's bytes as noise."""

from __future__ import annotations

import numpy as np

from voice.audio.pcm import samples_of

# How other formats begin. Speech may begin with the same bytes by chance: once in thousands of millions.
BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"RIFF", "a WAV file"),
    (b"ID3", "an MP3 file"),
    (b"OggS", "an Ogg file"),
    (b"fLaC", "a FLAC file"),
    (b"\x1aE\xdf\xa3", "a WebM file"),
    (b'{"', "JSON"),
    (b"<!DOCTYPE", "a web page"),
    (b"<html", "a web page"),
)
# MPEG audio, layer III: a frame's first eleven bits are set, and so is the layer's lower bit.
MP3_FRAMES = (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xfa")
LOOKED_AT_MS = 100.0
# Bytes without meaning are white noise near full scale; the loudest hiss of speech has a tenth of its power.
NOISE_LEVEL = 12_000.0
NOISE_CROSSINGS = 0.4


def unsound(audio: bytes, rate_hz: int) -> str:
    """What 16-bit PCM from a vendor is instead, in a few words; empty if it can be speech.

    `audio` is its beginning; less than 100 ms is judged by its first bytes only.
    """
    for beginning, name in BEGINNINGS:
        if audio.startswith(beginning):
            return name
    # Two such bytes are a sample of speech now and then: the frame after it tells.
    if audio.startswith(MP3_FRAMES) and _has_mp3_frames(audio):
        return "an MP3 file"
    samples = samples_of(audio[: int(rate_hz * LOOKED_AT_MS / 1000) * 2]).astype(np.float32)
    if len(samples) < rate_hz * LOOKED_AT_MS / 1000:
        return ""
    level = float(np.sqrt(np.mean(samples**2)))
    crossings = float(np.mean(np.signbit(samples[1:]) != np.signbit(samples[:-1])))
    return "noise" if level > NOISE_LEVEL and crossings > NOISE_CROSSINGS else ""


def _has_mp3_frames(audio: bytes) -> bool:
    """Whether the sign of a frame comes again with the same settings, within the longest frame there is."""
    return audio.find(audio[:3], 3, 3 + 1_500) > 0
