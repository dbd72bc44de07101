"""Says which provider's failure ended a call, and whether whoever owns the agent can mend it."""

from __future__ import annotations

from dataclasses import replace

from voice.core.errors import Blame, EndCode, EndReason, ProviderError


def with_cause(reason: EndReason, failure: ProviderError | None) -> EndReason:
    """`failure`: the last one of the call. Only a reason that says that a provider failed is changed."""
    if reason.code is not EndCode.PROVIDER_FAILED or failure is None:
        return reason
    code = EndCode.PROVIDER_REFUSED if failure.blame is Blame.CUSTOMER else reason.code
    return replace(reason, code=code, detail=f"{failure}. {failure.cure}")
