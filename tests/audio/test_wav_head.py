"""The head of a WAV file that is still being written."""

from __future__ import annotations

import struct

import pytest

from voice.audio.wav import WavError, wav_bytes
from voice.audio.wav_head import LONGEST_HEAD_BYTES, WavHead, wav_head

UNKNOWN_SIZE = b"\xff\xff\xff\xff"


def chunk(name: bytes, body: bytes, size: bytes | None = None) -> bytes:
    return name + (size or struct.pack("<I", len(body))) + body + b"\0" * (len(body) % 2)


def fmt(*, kind: int = 1, channels: int = 1, rate_hz: int = 24_000, bits: int = 16) -> bytes:
    frame = channels * bits // 8
    return chunk(b"fmt ", struct.pack("<HHIIHH", kind, channels, rate_hz, rate_hz * frame, frame, bits))


def file(*chunks: bytes) -> bytes:
    return b"RIFF" + UNKNOWN_SIZE + b"WAVE" + b"".join(chunks)


def test_a_whole_file_is_read_as_the_standard_library_writes_it() -> None:
    assert wav_head(wav_bytes(b"\1\0" * 100, 16_000)) == WavHead(16_000, 1, 44)


@pytest.mark.parametrize("extra", [b"", chunk(b"LIST", b"odd"), chunk(b"JUNK", bytes(40))])
def test_it_is_known_as_soon_as_the_sound_begins_and_not_before(extra: bytes) -> None:
    beginning = file(fmt(channels=2, rate_hz=44_100), extra, b"data" + UNKNOWN_SIZE)
    for size in range(len(beginning)):
        assert wav_head(beginning[:size]) is None, size
    assert wav_head(beginning + b"\1\0") == WavHead(44_100, 2, len(beginning))


@pytest.mark.parametrize(
    "beginning",
    [
        b"RIFF" + UNKNOWN_SIZE + b"AVI ",
        b"ID3\4" + bytes(20),
        file(fmt(bits=24), b"data" + UNKNOWN_SIZE),
        file(fmt(kind=3, bits=32), b"data" + UNKNOWN_SIZE),
        file(fmt(channels=6), b"data" + UNKNOWN_SIZE),
        file(fmt(rate_hz=0), b"data" + UNKNOWN_SIZE),
        file(b"data" + UNKNOWN_SIZE),
        file(chunk(b"JUNK", bytes(LONGEST_HEAD_BYTES + 1))),
    ],
    ids=["video", "mp3", "24 bits", "floats", "six channels", "no rate", "no format", "endless"],
)
def test_what_cannot_be_played_is_refused(beginning: bytes) -> None:
    with pytest.raises(WavError):
        wav_head(beginning)
