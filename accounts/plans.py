"""The plans a new installation begins with; afterwards they are rows that an administrator edits."""

from __future__ import annotations

from typing import Any

DEFAULT_PLAN_CODE = "free"

FIRST_PLANS: dict[str, dict[str, Any]] = {
    "free": {
        "name": "Free",
        "calls_at_once": 5,
        "calls_per_minute": 30,
        "minutes_per_month": 1_000,
        "is_default": True,
    },
    "starter": {
        "name": "Starter",
        "calls_at_once": 20,
        "calls_per_minute": 60,
        "minutes_per_month": 5_000,
    },
    "pro": {
        "name": "Pro",
        "calls_at_once": 100,
        "calls_per_minute": 300,
        "minutes_per_month": 50_000,
    },
}
