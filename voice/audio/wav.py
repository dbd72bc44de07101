"""WAV files as 16-bit mono PCM, and back."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np


class WavError(ValueError):
    """The file is no WAV that can be read; the message says why."""


def read_wav(source: Path | bytes) -> tuple[bytes, int]:
    """16-bit mono PCM and its rate in Hz; channels are averaged. Raises WavError, OSError."""
    try:
        with wave.open(io.BytesIO(source) if isinstance(source, bytes) else str(source), "rb") as file:
            width, channels, rate_hz = file.getsampwidth(), file.getnchannels(), file.getframerate()
            data = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise WavError(f"not a PCM WAV file{f' ({error})' if str(error) else ''}") from error
    data = data[: len(data) - len(data) % (width * channels)]  # a file may be cut off
    if width == 1:
        wide = (np.frombuffer(data, np.uint8).astype(np.int32) - 128) << 8
    elif width == 2:
        wide = np.frombuffer(data, "<i2").astype(np.int32)
    elif width == 3:
        parts = np.frombuffer(data, np.uint8).reshape(-1, 3).astype(np.int32)
        wide = ((parts[:, 1] | (parts[:, 2] << 8)) ^ 0x8000) - 0x8000
    elif width == 4:
        wide = np.frombuffer(data, "<i4") >> 16
    else:
        raise WavError(f"samples of {width} bytes are not supported")
    if channels > 1:
        wide = wide.reshape(-1, channels).mean(axis=1).astype(np.int32)
    return wide.astype("<i2").tobytes(), rate_hz


def wav_bytes(pcm: bytes, rate_hz: int, channels: int = 1) -> bytes:
    """A WAV file of 16-bit PCM."""
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(pcm)
    return target.getvalue()
