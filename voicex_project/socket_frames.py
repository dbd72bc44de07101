"""Frames of the WebSocket protocol (RFC 6455, section 5.2) that are whole messages of text."""

from __future__ import annotations

from typing import Final

try:
    from websockets.speedups import apply_mask
except ImportError:  # websockets was built without its C extension
    from websockets.utils import apply_mask

# The last of a message, of text, and masked, as all that clients send.
TEXT: Final = 0x81
MASKED: Final = 0x80
MASK_BYTES: Final = 4
# What the seven bits of the length say when two or eight bytes follow that say it.
IN_TWO, IN_EIGHT = 126, 127


def size_of_frame(data: bytes, at: int) -> int:
    """Of the frame that begins there, in bytes with its head; 0 while too little of it has come to tell."""
    if len(data) < at + 2:
        return 0
    told, head = data[at + 1], at + 2
    length = told & 0x7F
    if length >= IN_TWO:
        width = 2 if length == IN_TWO else 8
        if len(data) < head + width:
            return 0
        length = int.from_bytes(data[head : head + width], "big")
        head += width
    return head - at + (MASK_BYTES if told & MASKED else 0) + length


def text_of_frame(data: bytes, at: int, size: int) -> str | None:
    """What a client's frame of `size` bytes says; None unless all of it is there and is a message of text."""
    end = at + size
    if data[at] != TEXT or end > len(data):
        return None
    told = data[at + 1]
    if MASKED <= told < MASKED | IN_TWO:
        mask = at + 2
    elif told == MASKED | IN_TWO:
        mask = at + 4
    else:
        return None  # longer ones are rare, and unmasked ones an error
    body = mask + MASK_BYTES
    try:
        return apply_mask(data[body:end], data[mask:body]).decode()
    except UnicodeDecodeError:
        return None  # its sender is told by whoever knows how


def frame_of_text(text: str) -> bytes:
    """As a server sends it: one frame, unmasked."""
    body = text.encode()
    length = len(body)
    if length < IN_TWO:
        return bytes((TEXT, length)) + body
    if length < 1 << 16:
        return bytes((TEXT, IN_TWO)) + length.to_bytes(2, "big") + body
    return bytes((TEXT, IN_EIGHT)) + length.to_bytes(8, "big") + body
