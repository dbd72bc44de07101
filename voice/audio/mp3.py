"""One complete MP3 for one sentence, which decodes to just the sound that went in.

An encoder adds 576 samples before the sound and fills up the last frame after it. LAME's Info frame, which
the encoder's binding leaves out, tells decoders how much to cut at either end; it is built here as LAME's
tag is published (gabriel.mp3-tech.org/mp3infotag.html). Decoders that do not read it play 46 ms of silence
first; Chromium's, ffmpeg's and dr_mp3 do read it.

About 1 ms of CPU a second of sound: encode what is longer than a few seconds outside the event loop.
"""

from __future__ import annotations

import struct
from typing import IO

import lameenc

RATE_HZ = 24_000
BIT_RATE_KBPS = 64
SAMPLES_A_FRAME = 576  # MPEG-2 layer III
ENCODER_DELAY_SAMPLES = 576
FRAME_BYTES = SAMPLES_A_FRAME // 8 * BIT_RATE_KBPS * 1000 // RATE_HZ
# Header and the side information of a mono MPEG-2 frame come before the tag.
TAG_OFFSET = 4 + 9
PADDING_BIT = 0x02


def _info_frame(first_header: bytes, frames: int, size_bytes: int, sound_samples: int) -> bytes:
    """A silent frame whose body says how long the sound is and where it begins."""
    header = bytes((first_header[0], first_header[1], first_header[2] & ~PADDING_BIT, first_header[3]))
    padding = frames * SAMPLES_A_FRAME - ENCODER_DELAY_SAMPLES - sound_samples
    table_of_contents = bytes(min(255, step * 256 // 100) for step in range(100))
    tag = b"Info" + struct.pack(">III", 0b1111, frames, size_bytes + FRAME_BYTES) + table_of_contents
    tag += struct.pack(">I", 50)
    tag += b"LAME3.100" + bytes((0x01, 0)) + bytes(8) + bytes((0, BIT_RATE_KBPS))
    tag += (ENCODER_DELAY_SAMPLES << 12 | min(padding, 0xFFF)).to_bytes(3, "big")
    return (header + bytes(TAG_OFFSET - 4) + tag).ljust(FRAME_BYTES, b"\0")


def _encoder() -> lameenc.Encoder:
    encoder = lameenc.Encoder()
    encoder.set_bit_rate(BIT_RATE_KBPS)
    encoder.set_in_sample_rate(RATE_HZ)
    encoder.set_out_sample_rate(RATE_HZ)
    encoder.set_channels(1)
    encoder.set_quality(7)
    encoder.silence()
    return encoder


def encode_mp3(pcm: bytes) -> bytes:
    """16-bit mono PCM at 24 kHz as an MP3 file of 64 kbit/s. Raises ValueError for an odd number of bytes."""
    if len(pcm) % 2:
        raise ValueError("16-bit PCM has an even number of bytes")
    encoder = _encoder()
    body = bytes(encoder.encode(pcm) + encoder.flush())
    return _info_frame(body[:4], len(body) // FRAME_BYTES, len(body), len(pcm) // 2) + body


class Mp3Writer:
    """The same file of a sound that comes in pieces, however long it is; the file must know how to seek."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._encoder = _encoder()
        self._header = b""
        self._size_bytes = 0
        self._samples = 0
        file.write(bytes(FRAME_BYTES))  # the place of the frame that tells how long the sound is

    def write(self, pcm: bytes) -> None:
        """Whole samples."""
        self._samples += len(pcm) // 2
        self._append(bytes(self._encoder.encode(pcm)))

    def close(self) -> None:
        """Completes the file and leaves it open. One of no sound is no MP3."""
        if not self._samples:
            return
        self._append(bytes(self._encoder.flush()))
        frames = self._size_bytes // FRAME_BYTES
        self._file.seek(0)
        self._file.write(_info_frame(self._header, frames, self._size_bytes, self._samples))

    def _append(self, body: bytes) -> None:
        self._header = self._header or body[:4]
        self._size_bytes += len(body)
        self._file.write(body)
