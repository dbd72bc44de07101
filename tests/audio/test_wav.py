"""WAV files that people bring: every width, several channels, and what is none."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np
import pytest

from tests.audio.tone import tone
from voice.audio.pcm import samples_of
from voice.audio.wav import WavError, read_wav, wav_bytes


def wav_of(frames: bytes, *, width: int, channels: int = 1, rate_hz: int = 16_000) -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setsampwidth(width)
        file.setnchannels(channels)
        file.setframerate(rate_hz)
        file.writeframes(frames)
    return target.getvalue()


def test_what_was_written_is_read(tmp_path: Path) -> None:
    sound = tone(440, 22_050, 0.1)
    path = tmp_path / "sound.wav"
    path.write_bytes(wav_bytes(sound, 22_050))
    assert read_wav(path) == read_wav(wav_bytes(sound, 22_050)) == (sound, 22_050)


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_every_width_becomes_16_bits(width: int) -> None:
    wanted = np.array([0, 256, -256, 32512, -32768, 12544])
    if width == 1:
        frames = ((wanted >> 8) + 128).astype(np.uint8).tobytes()
    else:
        high = (wanted.astype(np.int64) << (8 * width - 16)).astype("<i8").tobytes()
        frames = b"".join(high[at : at + width] for at in range(0, len(high), 8))
    pcm, _ = read_wav(wav_of(frames, width=width))
    assert samples_of(pcm).tolist() == wanted.tolist()


def test_channels_are_averaged() -> None:
    frames = np.array([[100, 300], [-100, -500]], "<i2").tobytes()
    assert samples_of(read_wav(wav_of(frames, width=2, channels=2))[0]).tolist() == [200, -300]


@pytest.mark.parametrize(
    "damaged",
    [b"", b"RIFF", b"no sound at all" * 10, b"ID3" + bytes(100), wav_of(b"", width=2)[:20]],
    ids=["empty", "four bytes", "text", "another format", "cut"],
)
def test_what_is_no_wav_is_refused_with_words(damaged: bytes) -> None:
    with pytest.raises(WavError, match="WAV"):
        read_wav(damaged)


def test_a_file_that_was_cut_off_is_read_as_far_as_it_goes() -> None:
    whole = wav_of(tone(440, 16_000, 0.1), width=2, channels=2)
    pcm, rate_hz = read_wav(whole[:-101])
    assert rate_hz == 16_000 and 0 < len(pcm) < 1600 and len(pcm) % 2 == 0


def test_half_a_sample_is_no_sound() -> None:
    with pytest.raises(ValueError):
        samples_of(b"\0\0\0")
