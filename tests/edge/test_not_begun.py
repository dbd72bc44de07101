"""What the record of a phone call says that never came to its first word."""

from __future__ import annotations

import asyncio

import pytest

from voice.core.errors import (
    CapacityError,
    CredentialsError,
    EndCode,
    EndedBy,
    Refusal,
    RefusalCode,
    UnreachableError,
)
from voice.edge.not_begun import reason_not_begun
from voice.edge.socket import SocketGone

OURS = ["unauthorised", "model_not_allowed", "provider_unavailable", "rate_limited", "minutes_used_up"]


@pytest.mark.parametrize("code", OURS)
def test_what_we_refuse_is_told_from_what_a_vendor_could_not_do(code: str) -> None:
    reason = reason_not_begun(Refusal(RefusalCode(code), "Not like this."))
    assert (reason.code, reason.by, reason.message) == (EndCode.REFUSED, EndedBy.PLATFORM, "Not like this.")


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (CapacityError("embedded", "all decoders are in use"), EndCode.REFUSED),
        (UnreachableError("deepgram", "it is away"), EndCode.PROVIDER_FAILED),
        (CredentialsError("deepgram", "it does not know the key"), EndCode.PROVIDER_REFUSED),
        (Refusal(RefusalCode.SERVER_SHUTDOWN, "Back in a moment."), EndCode.SERVER_SHUTDOWN),
        (Refusal(RefusalCode.INTERNAL_ERROR, "Ours."), EndCode.INTERNAL_ERROR),
        (SocketGone(1006), EndCode.CONNECTION_LOST),
        (asyncio.CancelledError(), EndCode.SERVER_SHUTDOWN),
        (RuntimeError("ours"), EndCode.INTERNAL_ERROR),
    ],
)
def test_everything_else_is_recorded_as_what_it_was(failure: BaseException, code: EndCode) -> None:
    assert reason_not_begun(failure).code is code


def test_a_vendors_failure_says_whose_and_what_cures_it() -> None:
    message = reason_not_begun(CredentialsError("deepgram", "it does not know the key")).message
    assert "deepgram: it does not know the key" in message and "Check the API key" in message
