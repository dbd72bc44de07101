"""From the segments of a call's sound log to two files: a stereo WAV and a mono MP3, in bounded memory."""

from __future__ import annotations

import wave
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voice.audio.call_tracks import CallTracks
from voice.audio.mp3 import RATE_HZ as MP3_RATE_HZ
from voice.audio.mp3 import Mp3Writer
from voice.audio.pcm import samples_of
from voice.audio.resample import Resampler
from voice.audio.sound_log import SoundLogError, read_segment


@dataclass(frozen=True, slots=True)
class Made:
    wav: Path
    mp3: Path
    duration_ms: int
    unreadable_segments: int


def make_files(segments: Iterable[bytes], folder: Path) -> Made | None:
    """Caller left and agent right in the WAV, their sum in the MP3. None where there is no sound in it.

    A segment that cannot be read is silence. Raises OSError.
    """
    wav, mp3 = folder / "recording.wav", folder / "recording.mp3"
    tracks: CallTracks | None = None
    writer: _Files | None = None
    unreadable = 0
    try:
        for segment in segments:
            try:
                formats, entries = read_segment(segment)
                if tracks is None or writer is None:
                    tracks = CallTracks(formats)
                    writer = _Files(wav, mp3, tracks.rate_hz)
                for entry in entries:
                    tracks.add(entry)
            except (SoundLogError, ValueError):
                unreadable += 1
                continue
            writer.write(*tracks.settled())
        if tracks is None or writer is None:
            return None
        writer.write(*tracks.rest())
    finally:
        if writer is not None:
            writer.close()
    return Made(wav, mp3, writer.duration_ms, unreadable) if writer.duration_ms else None


class _Files:
    def __init__(self, wav: Path, mp3: Path, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._frames = 0
        self._wav = wave.open(str(wav), "wb")  # noqa: SIM115  # closed by `close`
        self._wav.setnchannels(2)
        self._wav.setsampwidth(2)
        self._wav.setframerate(rate_hz)
        self._mp3_file = mp3.open("wb")
        self._mp3 = Mp3Writer(self._mp3_file)
        self._to_mp3 = Resampler(rate_hz, MP3_RATE_HZ)

    @property
    def duration_ms(self) -> int:
        return round(self._frames * 1000 / self._rate_hz)

    def write(self, caller: bytes, agent: bytes) -> None:
        """Of equal length."""
        if not caller:
            return
        left, right = samples_of(caller), samples_of(agent)
        self._frames += len(left)
        self._wav.writeframesraw(np.column_stack((left, right)).tobytes())
        both = np.clip(left.astype(np.int32) + right, -32_768, 32_767).astype("<i2")
        self._mp3.write(self._to_mp3(both.tobytes()))

    def close(self) -> None:
        self._wav.close()
        self._mp3.close()
        self._mp3_file.close()
