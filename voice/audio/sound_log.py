"""What was heard in a call as it happened: the log from which a recording is made when the call is over.

A segment is a head and entries, one after the other, each with its time in milliseconds from the start of the
call. Entries are kept as they came: what of the agent's sound was heard is only known afterwards.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from voice.core.audio import AudioFormat, Encoding

_MAGIC = b"VXSOUND1"
_HEAD = struct.Struct("<8sBIBI")
_ENTRY = struct.Struct("<BdI")
_POSITION = struct.Struct("<d")
_ENCODINGS = (Encoding.PCM_S16LE, Encoding.MULAW)
_FORMAT_ENCODING_AT_MOST = len(_ENCODINGS) - 1


class SoundLogError(ValueError):
    """The bytes are no segment of a sound log."""


@dataclass(frozen=True, slots=True)
class CallerSound:
    """Came at `at_ms`: its last sample was spoken then, or before."""

    at_ms: float
    audio: bytes


@dataclass(frozen=True, slots=True)
class AgentSound:
    """Sent, and to be heard from `at_ms` on, or after what the client still has."""

    at_ms: float
    audio: bytes


@dataclass(frozen=True, slots=True)
class Stopped:
    """The client was told to drop what it had not played. `played_ms`: of all sound, by our count."""

    at_ms: float
    played_ms: float


@dataclass(frozen=True, slots=True)
class Played:
    """The client says how much of all sound it has played."""

    at_ms: float
    position_ms: float


@dataclass(frozen=True, slots=True)
class Over:
    """The call's end: nothing is heard after it."""

    at_ms: float


Entry = CallerSound | AgentSound | Stopped | Played | Over
_KINDS: tuple[type[Entry], ...] = (CallerSound, AgentSound, Stopped, Played, Over)


@dataclass(frozen=True, slots=True)
class Formats:
    """Of the caller's sound and of the agent's, neither of them MP3."""

    caller: AudioFormat
    agent: AudioFormat


def segment_bytes(formats: Formats, entries: Iterable[Entry]) -> bytes:
    parts = [_HEAD.pack(_MAGIC, *_packed(formats.caller), *_packed(formats.agent))]
    for entry in entries:
        match entry:
            case CallerSound(at_ms, body) | AgentSound(at_ms, body):
                pass
            case Stopped(at_ms, position_ms) | Played(at_ms, position_ms):
                body = _POSITION.pack(position_ms)
            case Over(at_ms):
                body = b""
        parts += (_ENTRY.pack(_KINDS.index(type(entry)), at_ms, len(body)), body)
    return b"".join(parts)


def read_segment(segment: bytes) -> tuple[Formats, list[Entry]]:
    """Without a last entry that was cut off with its process. Raises SoundLogError."""
    try:
        magic, caller, caller_hz, agent, agent_hz = _HEAD.unpack_from(segment)
    except struct.error:
        raise SoundLogError("shorter than a head") from None
    if magic != _MAGIC or max(caller, agent) > _FORMAT_ENCODING_AT_MOST or not caller_hz or not agent_hz:
        raise SoundLogError("not a sound log")
    formats = Formats(AudioFormat(_ENCODINGS[caller], caller_hz), AudioFormat(_ENCODINGS[agent], agent_hz))
    return formats, list(_entries(segment))


def _entries(segment: bytes) -> Iterator[Entry]:
    at = _HEAD.size
    while at + _ENTRY.size <= len(segment):
        number, at_ms, size = _ENTRY.unpack_from(segment, at)
        at += _ENTRY.size
        body = segment[at : at + size]
        if len(body) < size:
            return
        at += size
        if number >= len(_KINDS):
            raise SoundLogError("an entry of an unknown kind")
        kind = _KINDS[number]
        if kind is CallerSound or kind is AgentSound:
            yield kind(at_ms, body)
        elif kind is Over:
            yield Over(at_ms)
        elif size == _POSITION.size and (kind is Stopped or kind is Played):
            yield kind(at_ms, *_POSITION.unpack(body))
        else:
            raise SoundLogError("an entry of the wrong size")


def _packed(audio: AudioFormat) -> tuple[int, int]:
    return _ENCODINGS.index(audio.encoding), audio.rate_hz
