"""Public ids: 24 lowercase hex digits, time first. Everything else that claims to be an id is unknown."""

import re
import secrets
import time

ID_PATTERN = re.compile(r"[0-9a-f]{24}")
ID_LENGTH = 24


def new_id() -> str:
    """Four bytes of seconds since 1970, then eight random ones."""
    return int(time.time()).to_bytes(4, "big").hex() + secrets.token_hex(8)


def is_id(value: object) -> bool:
    return isinstance(value, str) and ID_PATTERN.fullmatch(value) is not None
