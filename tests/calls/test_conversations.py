"""Resumption: a day long, and only within the same organisation and agent."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest
import redis

from accounts.ids import new_id
from calls import conversations
from calls.conversations import history_load, history_save
from voice.core.spec import Message, Role

SAID = (
    Message(Role.AGENT, "Hello, how can I", interrupted=True),
    Message(Role.USER, "When are you open?", alternatives=("When are you over?",)),
)


@pytest.fixture
def key() -> dict[str, str]:
    return {"organisation_id": new_id(), "agent_id": new_id(), "session_id": new_id()}


def test_what_was_said_comes_back_as_it_was(key: dict[str, str]) -> None:
    history_save(**key, messages=SAID)
    assert history_load(**key) == SAID


def test_a_summary_comes_back_however_much_was_said_after_it(key: dict[str, str]) -> None:
    summary = Message(Role.AGENT, "They asked a lot.", is_summary=True)
    said = [Message(Role.USER, f"Question {number}") for number in range(2 * conversations.MESSAGES_KEPT)]
    history_save(**key, messages=[summary, *said])
    assert history_load(**key) == (summary, *said[-conversations.MESSAGES_KEPT :])


def test_a_conversation_kept_before_there_were_summaries_comes_back(key: dict[str, str]) -> None:
    kept = [("user", "When are you open?", False, [])]
    conversations.cache.set(conversations._key(**key), kept)
    assert history_load(**key) == (Message(Role.USER, "When are you open?"),)


def test_an_empty_conversation_is_known_too(key: dict[str, str]) -> None:
    history_save(**key, messages=())
    assert history_load(**key) == ()


@pytest.mark.parametrize("part", ["organisation_id", "agent_id", "session_id"])
def test_another_organisation_agent_or_session_finds_nothing(key: dict[str, str], part: str) -> None:
    history_save(**key, messages=SAID)
    assert history_load(**(key | {part: new_id()})) is None


@pytest.mark.parametrize("session_id", ["", "nonsense", "'; drop table", "x" * 5000, "664a\n"])
def test_a_malformed_session_is_unknown(key: dict[str, str], session_id: str) -> None:
    assert history_load(**(key | {"session_id": session_id})) is None


def test_it_expires(key: dict[str, str], settings: Any) -> None:
    settings.CONVERSATION_TTL_S = -1
    history_save(**key, messages=SAID)
    assert history_load(**key) is None


def test_a_very_long_conversation_keeps_its_newest_part(key: dict[str, str]) -> None:
    history_save(**key, messages=[Message(Role.USER, str(number)) for number in range(1000)])
    kept = history_load(**key)
    assert kept and len(kept) == 200 and kept[-1].text == "999"


def test_a_store_that_hangs_is_waited_for_once_and_then_left_alone_for_a_while(
    key: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def hang(*_: object, **__: object) -> None:
        asked.append("asked")
        raise redis.TimeoutError("Timeout reading from socket")

    now = 1000.0
    monkeypatch.setattr(conversations, "_hanging", conversations._Hanging())
    monkeypatch.setattr(time, "monotonic", lambda: now)
    with monkeypatch.context() as patch:
        patch.setattr(conversations, "cache", SimpleNamespace(get=hang, set=hang))
        assert history_load(**key) is None and not history_save(**key, messages=SAID)
        assert asked == ["asked"]
        assert not history_save(**key, messages=SAID, is_last=True)
        assert asked == ["asked"] * 2, "the last state is tried all the same"
    assert not history_save(**key, messages=SAID)
    now += conversations.PAUSE_S
    assert history_save(**key, messages=SAID)
    assert history_load(**key) == SAID
