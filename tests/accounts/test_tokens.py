"""Talk tokens: one conversation, one minute."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core import signing

from accounts.tokens import TalkClaim, TokenInvalid, TokenUsed, talk_token_create, talk_token_redeem

CLAIM = TalkClaim(organisation_id="a" * 24, agent_id="b" * 24, user_id="c" * 24)


def make_token() -> str:
    return talk_token_create(organisation_id="a" * 24, agent_id="b" * 24, user_id="c" * 24)


def test_a_token_says_who_and_what_once() -> None:
    token = make_token()
    assert talk_token_redeem(token) == CLAIM
    with pytest.raises(TokenUsed):
        talk_token_redeem(token)


def test_of_many_at_once_one_wins() -> None:
    token = make_token()

    def redeem(_: int) -> bool:
        try:
            talk_token_redeem(token)
        except TokenUsed:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(redeem, range(40))) == 1


@pytest.mark.parametrize("token", ["", "x", "a:b:c", make_token()[:-1] + "~"])
def test_forged_tokens_are_invalid(token: str) -> None:
    with pytest.raises(TokenInvalid):
        talk_token_redeem(token)


def test_a_token_made_for_something_else_is_invalid() -> None:
    claim = {"o": "a" * 24, "a": "b" * 24, "u": "c" * 24, "j": "1"}
    with pytest.raises(TokenInvalid):
        talk_token_redeem(signing.dumps(claim, salt="voicex.other"))


def test_after_a_minute_it_is_invalid(monkeypatch: pytest.MonkeyPatch) -> None:
    token = make_token()
    now = signing.time.time()
    monkeypatch.setattr(signing.time, "time", lambda: now + 61)
    with pytest.raises(TokenInvalid):
        talk_token_redeem(token)
