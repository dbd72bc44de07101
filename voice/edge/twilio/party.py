"""Who is at one end of a phone call, as its carrier names them: a number, or an address of SIP.

A caller over SIP writes what they like there, and it reaches a model with the agent's instructions: what
cannot be a number or an address is nobody's, as of one who withholds it.
"""

from __future__ import annotations

import re
from typing import Final

NUMBER: Final = re.compile(r"\+?[0-9]{1,20}")
# Of a user's name what is written without escapes (RFC 3261, "unreserved"), and the plus of a number.
# `client:` is how Twilio names who calls from a program.
ADDRESS: Final = re.compile(r"(?:sips?:)?[A-Za-z0-9\-_.!~*'()+]{1,40}@[A-Za-z0-9.-]{1,60}(?::[0-9]{1,5})?")
CLIENT: Final = re.compile(r"client:[A-Za-z0-9\-_.+]{1,40}")
LONGEST_PARTY: Final = 80
# Who withholds their number comes as one that no telephone has: ANONYMOUS, BLOCKED, RESTRICTED, UNAVAILABLE
# and UNKNOWN as a telephone's keys spell them, RESTRICTED also as Twilio spells it.
WITHHELD: Final = frozenset(
    {"266696687", "2562533", "7378742833", "7378742883", "86282452253", "8656696"},
)


def party(told: str) -> str:
    """Empty for whoever is not named. Parameters of an address, which say how to reach it, are left out."""
    named = re.split("[;?]", told.strip(), maxsplit=1)[0]
    if named.removeprefix("+") in WITHHELD:
        return ""
    is_known = any(form.fullmatch(named) for form in (NUMBER, ADDRESS, CLIENT))
    return named if is_known and len(named) <= LONGEST_PARTY else ""
