"""The messages between a decoder process and us: a small header, then JSON or samples."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

RATE_HZ = 16_000
BYTES_A_MS = RATE_HZ * 2 // 1000
HEADER = struct.Struct("<IB")  # body size in bytes, kind
MAX_BODY_BYTES = 1 << 20
# To the host, over its control socket, beside the socket of a new decoder or before the id of an old one.
FORK = b"F"
FORK_FOR_TELEPHONE = b"T"
KILL = struct.Struct("<cI")
KILL_ORDER = b"K"
HOST_READY = b"R"


class DecoderKind(IntEnum):
    # to the decoder
    LOOK_UP = 1  # list of words
    VOCABULARY = 2  # {"terms": [[[word, …], weight], …], "phones": {word: "P H …"}}
    AUDIO = 3  # 16-bit PCM, 16 kHz; the first after a FINALIZE begins an utterance
    FINALIZE = 4
    # from the decoder
    READY = 10  # its process id
    UNKNOWN = 11  # {"unspoken": words without a pronunciation, "unexpected": words without a probability}
    INTERIM = 12  # text of the utterance so far
    FINAL = 13  # [text, [other reading, …]]: exactly one for each FINALIZE


@dataclass(frozen=True, slots=True)
class DecoderFrame:
    kind: DecoderKind
    body: bytes = b""

    def pack(self) -> bytes:
        return HEADER.pack(len(self.body), self.kind) + self.body

    def json(self) -> Any:
        return json.loads(self.body)


def json_frame(kind: DecoderKind, content: Any) -> DecoderFrame:
    return DecoderFrame(kind, json.dumps(content, separators=(",", ":")).encode())


class FrameReader:
    """Makes frames of what a stream socket delivers, however it was cut."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: bytes) -> Iterator[DecoderFrame]:
        """Raises ValueError when what comes is no frame."""
        self._data += data
        while len(self._data) >= HEADER.size:
            size, kind = HEADER.unpack_from(self._data)
            if size > MAX_BODY_BYTES:
                raise ValueError(f"a frame of {size} bytes")
            end = HEADER.size + size
            if len(self._data) < end:
                return
            body = bytes(self._data[HEADER.size : end])
            del self._data[:end]
            yield DecoderFrame(DecoderKind(kind), body)
