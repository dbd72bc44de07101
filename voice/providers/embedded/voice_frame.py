"""The messages between the voice's worker process and us: a small header, then JSON or samples."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

HEADER = struct.Struct("<IBI")  # body size in bytes, kind, request
# A write of at most this many bytes goes into a pipe whole or not at all (PIPE_BUF on Linux).
MAX_REQUEST_BYTES = 4096
MAX_BODY_BYTES = 1 << 20


class FrameKind(IntEnum):
    # to the worker
    SPEAK = 1
    PHONES = 2
    CANCEL = 3
    # from the worker
    READY = 10
    WORDS = 11
    AUDIO = 12
    SOUNDS = 13
    END = 14
    FAILED = 15


@dataclass(frozen=True, slots=True)
class Frame:
    kind: FrameKind
    request: int
    body: bytes = b""

    def pack(self) -> bytes:
        return HEADER.pack(len(self.body), self.kind, self.request) + self.body

    def json(self) -> Any:
        return json.loads(self.body)


def json_frame(kind: FrameKind, request: int, content: Any) -> Frame:
    return Frame(kind, request, json.dumps(content, separators=(",", ":")).encode())


def read_frame(read: Callable[[int], bytes]) -> Frame | None:
    """One frame from a blocking `read(size)`; None at the end of the stream.

    Raises ValueError when what comes is no frame.
    """
    header = read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    size, kind, request = HEADER.unpack(header)
    if size > MAX_BODY_BYTES:
        raise ValueError(f"a frame of {size} bytes")
    body = read(size) if size else b""
    if len(body) < size:
        return None
    return Frame(FrameKind(kind), request, body)
