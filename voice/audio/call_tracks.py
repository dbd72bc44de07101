"""Both sides of a call on one timeline, made from its sound log piece by piece: an hour needs no more room
than a minute."""

from __future__ import annotations

import math

from voice.audio.agent_track import LARGEST_LAG_MS, AgentTrack
from voice.audio.caller_track import CallerTrack
from voice.audio.mulaw import pcm_of_mulaw
from voice.audio.resample import Resampler
from voice.audio.sound_log import AgentSound, CallerSound, Entry, Formats, Over, Played, Stopped
from voice.core.audio import AudioFormat, Encoding

# What is told of a sound comes this long after it at most.
SETTLED_AFTER_MS = LARGEST_LAG_MS + 3_000.0
STEP_MS = 1_000.0
# No call is longer, and a time beyond it is none.
LONGEST_MS = 3 * 3600 * 1000.0


class CallTracks:
    """`add` what happened, in order; `settled` and at last `rest` give caller and agent, of equal length.

    16-bit mono PCM at `rate_hz`, the higher of the two sides' rates.
    """

    def __init__(self, formats: Formats) -> None:
        self._formats = formats
        self.rate_hz = max(formats.caller.rate_hz, formats.agent.rate_hz)
        self._caller = CallerTrack(formats.caller.rate_hz)
        self._agent = AgentTrack(formats.agent.rate_hz)
        self._caller_to_rate = Resampler(formats.caller.rate_hz, self.rate_hz)
        self._agent_to_rate = Resampler(formats.agent.rate_hz, self.rate_hz)
        self._left = (bytearray(), bytearray())
        self._now_ms = 0.0
        self._settled_ms = 0.0
        self._over_ms: float | None = None

    def add(self, entry: Entry) -> None:
        """Raises ValueError for a time that no call has."""
        if not 0 <= entry.at_ms <= LONGEST_MS:
            raise ValueError("a time outside of any call")
        self._now_ms = max(self._now_ms, entry.at_ms)
        match entry:
            case CallerSound(at_ms, audio):
                self._caller.came(at_ms, _pcm(audio, self._formats.caller))
            case AgentSound(at_ms, audio):
                self._agent.sent(at_ms, _pcm(audio, self._formats.agent))
            case Stopped(at_ms, played_ms):
                self._agent.stopped(at_ms, played_ms)
            case Played(at_ms, position_ms):
                self._agent.played(at_ms, position_ms)
            case Over(at_ms):
                self._agent.stopped(at_ms)
                self._over_ms = at_ms

    def settled(self) -> tuple[bytes, bytes]:
        """What nothing that is still to come can change."""
        until_ms = math.floor((self._now_ms - SETTLED_AFTER_MS) / STEP_MS) * STEP_MS
        if until_ms <= self._settled_ms:
            return b"", b""
        return self._take(until_ms)

    def rest(self) -> tuple[bytes, bytes]:
        """Up to the end of the call; where its process was lost, to the end of what is known of it."""
        self._caller.place_all()
        end_ms = self._over_ms
        if end_ms is None:
            end_ms = max(self._now_ms, self._caller.end_ms, self._agent.end_ms)
        caller, agent = self._take(max(end_ms, self._settled_ms))
        longer = max(len(self._left[0]), len(self._left[1]))
        tails = [bytes(each).ljust(longer, b"\0") for each in self._left]
        for each in self._left:
            each.clear()
        return caller + tails[0], agent + tails[1]

    def _take(self, until_ms: float) -> tuple[bytes, bytes]:
        self._settled_ms = until_ms
        self._left[0].extend(self._caller_to_rate(self._caller.take(until_ms)))
        self._left[1].extend(self._agent_to_rate(self._agent.take(until_ms)))
        size = min(len(self._left[0]), len(self._left[1]))
        taken = bytes(self._left[0][:size]), bytes(self._left[1][:size])
        for left in self._left:
            del left[:size]
        return taken


def _pcm(audio: bytes, of: AudioFormat) -> bytes:
    return pcm_of_mulaw(audio) if of.encoding is Encoding.MULAW else audio
