"""A breaker keeps calls from waiting for a provider that has just failed others, and lets one try again."""

from __future__ import annotations

import asyncio
import gc

import pytest

from voice.core.errors import (
    CapacityError,
    CredentialsError,
    NonsenseError,
    ProviderError,
    RateLimitError,
    UnreachableError,
)
from voice.engine.breaker import (
    FAILURES_LIMIT,
    FIRST_REST_MS,
    LONGEST_REST_MS,
    Breaker,
    Breakers,
)

GONE = UnreachableError("fake", "gone")


def opened() -> Breaker:
    breaker = Breaker()
    for _ in range(FAILURES_LIMIT):
        breaker.failed(GONE)
    return breaker


async def test_one_failure_is_an_accident_and_several_in_a_row_are_not() -> None:
    breaker = Breaker()
    for _ in range(FAILURES_LIMIT - 1):
        breaker.failed(GONE)
    assert breaker.admits()
    breaker.succeeded()
    breaker.failed(GONE)
    assert breaker.admits() and not opened().admits()


async def test_failures_far_apart_do_not_add_up() -> None:
    breaker = Breaker()
    for _ in range(FAILURES_LIMIT * 3):
        breaker.failed(GONE)
        await asyncio.sleep(61)
    assert breaker.admits()


@pytest.mark.parametrize("error", [CredentialsError("fake", "no"), RateLimitError("fake", "slow down")])
async def test_what_the_next_request_would_meet_too_opens_at_once(error: ProviderError) -> None:
    breaker = Breaker()
    breaker.failed(error)
    assert not breaker.admits()


async def test_a_full_provider_is_not_broken() -> None:
    breaker = Breaker()
    for _ in range(9):
        breaker.failed(CapacityError("fake", "full"))
    assert breaker.admits()


async def test_a_vendor_is_left_alone_for_as_long_as_it_asks() -> None:
    breaker = Breaker()
    breaker.failed(RateLimitError("fake", "slow down", retry_after_s=40))
    await asyncio.sleep(35)
    assert not breaker.admits()
    await asyncio.sleep(10)
    assert breaker.admits()


async def test_after_its_rest_one_tries_for_all() -> None:
    breaker = opened()
    await asyncio.sleep(FIRST_REST_MS * 1.2 / 1000)
    assert breaker.admits()
    assert not breaker.admits(), "the others wait for what comes of it"
    breaker.succeeded()
    assert breaker.admits() and breaker.admits()


async def test_one_who_tries_and_vanishes_does_not_close_it_for_ever() -> None:
    breaker = opened()
    await asyncio.sleep(FIRST_REST_MS * 1.2 / 1000)
    assert breaker.admits()
    await asyncio.sleep(FIRST_REST_MS * 1.2 / 1000)
    assert breaker.admits()


async def test_rests_grow_to_a_bound() -> None:
    breaker = opened()
    for _ in range(12):
        waited_s = 0
        while not breaker.admits():
            await asyncio.sleep(1)
            waited_s += 1
        breaker.failed(GONE)
    assert LONGEST_REST_MS * 0.85 <= waited_s * 1000 <= LONGEST_REST_MS * 1.15


class Provider:
    """Stands for one vendor and key."""


async def test_every_key_and_every_model_has_its_own() -> None:
    one, other, breakers = Provider(), Provider(), Breakers()
    breakers.of(one, "large").failed(CredentialsError("fake", "no"))
    assert not breakers.of(one, "large").admits()
    assert breakers.of(one, "small").admits() and breakers.of(other, "large").admits()


async def test_failures_are_counted_by_provider_and_kind() -> None:
    one, other, breakers = Provider(), Provider(), Breakers()
    breakers.of(one, "fast").failed(NonsenseError("groq", "no JSON"))
    breakers.of(one, "large").failed(NonsenseError("groq", "no JSON"))
    breakers.of(other, "v1").failed(CredentialsError("elevenlabs", "wrong key"))
    breakers.of(other, "v1").failed(CapacityError("elevenlabs", "full"))
    assert breakers.failures == {
        ("groq", "NonsenseError"): 2,
        ("elevenlabs", "CredentialsError"): 1,
        ("elevenlabs", "CapacityError"): 1,
    }


async def test_open_breakers_are_counted_by_provider() -> None:
    vendor, breakers = Provider(), Breakers()
    breakers.of(vendor, "fast").failed(GONE)
    assert breakers.open_by_provider() == {"fake": 0}
    breakers.of(vendor, "fast").failed(RateLimitError("fake", "slow down"))
    breakers.of(vendor, "large").failed(RateLimitError("fake", "slow down"))
    assert breakers.open_by_provider() == {"fake": 2}
    breakers.of(vendor, "fast").succeeded()
    assert breakers.open_by_provider() == {"fake": 1}
    del vendor  # its last call is over
    gc.collect()
    assert breakers.open_by_provider() == {"fake": 0}
