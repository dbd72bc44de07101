"""What can go wrong in a live conversation, as types and stable codes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class RefusalCode(StrEnum):
    """Why a socket is refused or cut; each has one close code on every socket."""

    UNAUTHORISED = "unauthorised"
    MODEL_NOT_ALLOWED = "model_not_allowed"
    PROVIDER_UNAVAILABLE = "provider_unavailable"
    AGENT_NOT_FOUND = "agent_not_found"
    TAKEN_OVER = "taken_over"
    TOKEN_USED = "token_used"  # noqa: S105  # a code
    MESSAGE_TOO_LARGE = "message_too_large"
    RATE_LIMITED = "rate_limited"
    AUDIO_TOO_FAST = "audio_too_fast"
    TOO_MANY_CALLS = "too_many_calls"
    MINUTES_USED_UP = "minutes_used_up"
    MALFORMED = "malformed"
    SLOW_CLIENT = "slow_client"
    INTERNAL_ERROR = "internal_error"
    SERVER_SHUTDOWN = "server_shutdown"
    CAPACITY = "capacity"


CLOSE_NORMAL = 1000
CLOSE_CODES: dict[RefusalCode, int] = {
    RefusalCode.UNAUTHORISED: 4001,
    RefusalCode.MODEL_NOT_ALLOWED: 4003,
    RefusalCode.PROVIDER_UNAVAILABLE: 4004,
    RefusalCode.AGENT_NOT_FOUND: 4005,
    RefusalCode.SLOW_CLIENT: 4008,
    RefusalCode.TAKEN_OVER: 4009,
    RefusalCode.TOKEN_USED: 4009,
    RefusalCode.MESSAGE_TOO_LARGE: 4013,
    RefusalCode.RATE_LIMITED: 4029,
    RefusalCode.AUDIO_TOO_FAST: 4029,
    RefusalCode.TOO_MANY_CALLS: 4029,
    RefusalCode.MINUTES_USED_UP: 4029,
    RefusalCode.MALFORMED: 4400,
    RefusalCode.INTERNAL_ERROR: 4500,
    RefusalCode.SERVER_SHUTDOWN: 4503,
    RefusalCode.CAPACITY: 4503,
}


class Refusal(Exception):
    """A refusal with its cause and cure in one sentence, as the client is told it."""

    def __init__(self, code: RefusalCode, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message

    @property
    def close_code(self) -> int:
        return CLOSE_CODES[self.code]


class Blame(StrEnum):
    """Whose doing a provider's failure is, and so who can cure it."""

    VENDOR = "vendor"
    CUSTOMER = "customer"
    PLATFORM = "platform"


class ProviderError(Exception):
    """A port failed. `retryable`: the same request may succeed when tried again; `message`: for people.

    `message` holds no key. The classes below say what it was; this one is for what none of them names.
    """

    blame: ClassVar[Blame] = Blame.VENDOR
    cure: ClassVar[str] = "Try again in a moment."

    def __init__(self, provider: str, message: str, *, retryable: bool) -> None:
        super().__init__(f"{provider}: {message}")
        self.provider = provider
        self.message = message
        self.retryable = retryable


class CapacityError(ProviderError):
    """The provider works, but has no place left for one more conversation."""

    def __init__(self, provider: str, message: str) -> None:
        super().__init__(provider, message, retryable=True)


class UnreachableError(ProviderError):
    """Not there, gone in the middle, overloaded, or its answer took too long."""

    def __init__(self, provider: str, message: str) -> None:
        super().__init__(provider, message, retryable=True)


class NonsenseError(ProviderError):
    """It answered with something that is not what was asked for: no JSON, no audio, no end."""

    def __init__(self, provider: str, message: str) -> None:
        super().__init__(provider, message, retryable=True)


class RateLimitError(ProviderError):
    """The vendor's limit on requests, tokens or streams. `retry_after_s`: as it asks, else None."""

    def __init__(self, provider: str, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(provider, message, retryable=True)
        self.retry_after_s = retry_after_s


class CredentialsError(ProviderError):
    """No key, a wrong one, or one that may not do this."""

    blame = Blame.CUSTOMER
    cure = "Check the API key of this vendor."

    def __init__(self, provider: str, message: str) -> None:
        super().__init__(provider, message, retryable=False)


class QuotaError(ProviderError):
    """What was paid for at the vendor is used up."""

    blame = Blame.CUSTOMER
    cure = "Top up the account at the vendor, or use another one."

    def __init__(self, provider: str, message: str) -> None:
        super().__init__(provider, message, retryable=False)


class RequestError(ProviderError):
    """The vendor does not know the model or voice, or refuses a setting."""

    blame = Blame.CUSTOMER
    cure = "Choose another model, voice or setting."

    def __init__(self, provider: str, message: str) -> None:
        super().__init__(provider, message, retryable=False)


class ToolError(Exception):
    """A tool could not do what it was asked for. Its words are told to the model."""


class EndCode(StrEnum):
    """Why a call ended; stored with the call and shown to people."""

    CLIENT_HANGUP = "client_hangup"
    AGENT_HANGUP = "agent_hangup"
    # The caller was put through to somebody else.
    TRANSFERRED = "transferred"
    # A machine answered, and was told what is to be said to one.
    VOICEMAIL_LEFT = "voicemail_left"
    # A machine answered a call that was for people.
    MACHINE_ANSWERED = "machine_answered"
    # Nobody could be spoken with: calls of the agent's own that were never answered.
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    CARRIER_FAILED = "carrier_failed"
    SILENCE = "silence"
    MAX_DURATION = "max_duration"
    CONNECTION_LOST = "connection_lost"
    TAKEN_OVER = "taken_over"
    SERVER_SHUTDOWN = "server_shutdown"
    SERVER_LOST = "server_lost"
    KEY_REVOKED = "key_revoked"
    # Somebody of the organisation ended it, from the dashboard or through the API.
    ENDED_BY_OPERATOR = "ended_by_operator"
    LIMIT_REACHED = "limit_reached"
    # A phone call that was admitted, and was not let in when its sound came: by us, and no vendor failed.
    REFUSED = "refused"
    PROVIDER_FAILED = "provider_failed"
    # A vendor refused a key, an account or a setting: not for us to mend.
    PROVIDER_REFUSED = "provider_refused"
    INVALID_INPUT = "invalid_input"
    SLOW_CLIENT = "slow_client"
    INTERNAL_ERROR = "internal_error"


class EndedBy(StrEnum):
    CALLER = "caller"
    AGENT = "agent"
    PLATFORM = "platform"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class EndReason:
    code: EndCode
    by: EndedBy
    message: str = ""
    # The refusal told to the client just before the close; None closes with 1000.
    refusal: Refusal | None = None
    # What only those who may see the call's record are told.
    detail: str = ""
