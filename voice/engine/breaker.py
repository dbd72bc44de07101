"""Keeps calls from waiting for a provider that has just failed others: a circuit breaker for each."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from voice.core.clock import now_ms
from voice.core.errors import CapacityError, CredentialsError, ProviderError, QuotaError, RateLimitError

# So many failures without a success between them, none older than this, are no accident.
FAILURES_LIMIT = 3
FAILURES_WINDOW_MS = 60_000.0
FIRST_REST_MS = 10_000.0
LONGEST_REST_MS = 120_000.0
# Failures that the next request will meet too.
REFUSALS = (CredentialsError, QuotaError)
CERTAIN = (*REFUSALS, RateLimitError)


@dataclass(slots=True)
class Breaker:
    """Closed: everybody may ask. Open: nobody, until its rest is over; then one tries for all."""

    # By provider and kind of error; shared by all breakers of a process.
    _tally: Counter[tuple[str, str]] = field(default_factory=Counter)
    # The one that failed last; empty as long as none has.
    provider: str = ""
    # What it said when it refused the key, or what is paid for with it; empty since it worked again.
    refused: str = ""
    failed_at_ms: float = 0.0
    _failures: int = 0
    _rests: int = 0
    _open_until_ms: float | None = None

    @property
    def is_open(self) -> bool:
        return self._open_until_ms is not None

    def admits(self) -> bool:
        """Whether to ask now. Whoever is admitted tells what came of it."""
        if self._open_until_ms is None:
            return True
        if now_ms() < self._open_until_ms:
            return False
        # The one who tries may vanish without a word: others may try after another rest.
        self._open_until_ms = now_ms() + FIRST_REST_MS
        return True

    def succeeded(self) -> None:
        self.refused = ""
        self._failures = self._rests = 0
        self._open_until_ms = None

    def failed(self, error: ProviderError) -> None:
        self.provider = error.provider
        self._tally[error.provider, type(error).__name__] += 1
        if isinstance(error, CapacityError):
            return  # full is not broken
        now = now_ms()
        if isinstance(error, REFUSALS):
            self.refused = error.message
        if now - self.failed_at_ms > FAILURES_WINDOW_MS:
            self._failures = 0
        self._failures += 1
        self.failed_at_ms = now
        if isinstance(error, CERTAIN) or self.is_open or self._failures >= FAILURES_LIMIT:
            self._rest(error)

    def _rest(self, error: ProviderError) -> None:
        rest_ms = min(LONGEST_REST_MS, FIRST_REST_MS * 2**self._rests)
        if isinstance(error, RateLimitError) and error.retry_after_s is not None:
            rest_ms = min(LONGEST_REST_MS, error.retry_after_s * 1000)
        self._rests = min(self._rests + 1, 10)
        self._open_until_ms = now_ms() + rest_ms * random.uniform(0.9, 1.1)


@dataclass(slots=True)
class Breakers:
    """One for each model, voice or transcriber of a provider, whose instance stands for vendor and key.

    Belongs to one event loop, whose clock it goes by.
    """

    _of: WeakKeyDictionary[object, dict[Hashable, Breaker]] = field(default_factory=WeakKeyDictionary)
    # How often which provider failed in which way, in calls of this process.
    failures: Counter[tuple[str, str]] = field(default_factory=Counter)

    def of(self, provider: object, choice: Hashable) -> Breaker:
        return self._of.setdefault(provider, {}).setdefault(choice, Breaker(self.failures))

    def refusal_of(self, provider: object) -> Breaker | None:
        """The breaker of its newest refusal, if the key has not worked for the same choice since."""
        refused = [breaker for breaker in self._of.get(provider, {}).values() if breaker.refused]
        return max(refused, key=lambda breaker: breaker.failed_at_ms, default=None)

    def open_by_provider(self) -> dict[str, int]:
        """How many are open, of each provider that has ever failed. May be called from any thread."""
        found = dict.fromkeys({provider for provider, _ in list(self.failures)}, 0)
        for reference in self._of.keyrefs():
            provider = reference()
            for breaker in list(self._of.get(provider, {}).values()) if provider is not None else ():
                if breaker.is_open:
                    found[breaker.provider] = found.get(breaker.provider, 0) + 1
        return found


# Those of this process.
BREAKERS = Breakers()
