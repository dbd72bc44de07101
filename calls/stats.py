"""An organisation's figures at a glance, for GET /api/dashboard/stats."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Avg, Count, Q, Sum
from django.utils import timezone

from accounts.models import Organisation
from calls.latency import percentiles
from calls.models import Call, CallState, Turn

MINUTE_MS = 60_000
LATENCY_DAYS = 30
LATENCY_TURNS = 10_000


def organisation_statistics(organisation: Organisation) -> dict[str, Any]:
    """Days and months are UTC's. Latency is that of the newest 10,000 turns of the last 30 days."""
    now = timezone.now()
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    calls = Call.objects.for_org(organisation)
    sums = calls.aggregate(
        total=Count("pk"),
        live=Count("pk", filter=Q(state=CallState.LIVE)),
        today=Count("pk", filter=Q(started_at__gte=today)),
        total_ms=Sum("duration_ms"),
        month_ms=Sum("duration_ms", filter=Q(started_at__gte=today.replace(day=1))),
        average_ms=Avg("duration_ms"),
    )
    return {
        "calls": {name: sums[name] for name in ("total", "live", "today")},
        "minutes": {
            "total": _minutes(sums["total_ms"]),
            "this_month": _minutes(sums["month_ms"]),
            "included_per_month": organisation.plan.minutes_per_month,
        },
        "average_duration_s": None if sums["average_ms"] is None else round(sums["average_ms"] / 1000, 1),
        "latency": {"voice_to_voice_ms": percentiles(_voice_to_voice_ms(organisation))},
        "by_agent": [
            {
                "agent": {"id": row["agent_id"], "name": row["agent__name"]},
                "calls": row["calls"],
                "minutes": _minutes(row["ms"]),
            }
            for row in calls.values("agent_id", "agent__name")
            .annotate(calls=Count("pk"), ms=Sum("duration_ms"))
            .order_by("-calls", "agent_id")
        ],
        "by_end_code": [
            {"code": row["end_code"], "calls": row["calls"]}
            for row in calls.filter(state=CallState.ENDED)
            .values("end_code")
            .annotate(calls=Count("pk"))
            .order_by("-calls", "end_code")
        ],
    }


def _voice_to_voice_ms(organisation: Organisation) -> list[float]:
    since = timezone.now() - timedelta(days=LATENCY_DAYS)
    found = (
        Turn.objects.for_org(organisation)
        .filter(call__started_at__gte=since, latency__isnull=False)
        .order_by("-call__started_at", "-index")
        .values_list("latency__voice_to_voice_ms", flat=True)[:LATENCY_TURNS]
    )
    return [ms for ms in found if ms is not None]  # a turn that answered nobody has no such figure


def _minutes(duration_ms: int | None) -> float:
    return round((duration_ms or 0) / MINUTE_MS, 2)
