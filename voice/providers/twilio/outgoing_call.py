"""A call that Twilio is asked to make."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Detection(StrEnum):
    """Whether Twilio listens for machines beside the call, and until when; as it names that."""

    NONE = ""
    AT_ONCE = "Enable"
    AFTER_THE_BEEP = "DetectMessageEnd"


@dataclass(frozen=True, slots=True)
class OutgoingCall:
    """`answer_url` is asked when somebody answers, `status_url` is told how it stands, and `answerer_url`
    what has answered, where that is to be found out; all with POST."""

    from_number: str
    to_number: str
    answer_url: str
    status_url: str
    ring_s: int
    answerer_url: str = ""
    detection: Detection = Detection.NONE


@dataclass(frozen=True, slots=True)
class CallAtTwilio:
    sid: str
    status: str
