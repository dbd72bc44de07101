"""What lists of calls can be narrowed by: the page's form and the REST API's parameters."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import django_filters
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.utils import timezone
from django_filters.fields import IsoDateTimeField

from accounts.ids import is_id
from accounts.models import Organisation
from agents.models import Agent
from calls.models import Call, CallState
from calls.outcomes import ENDINGS
from calls.selectors import agents_called, calls_saying
from voice.core.spec import Channel

CHANNEL_LABELS: dict[str, str] = {
    Channel.BROWSER: "Browser",
    Channel.PHONE: "Phone",
    Channel.SDK: "SDK",
    Channel.VOICE_API: "Voice API",
}
OUTCOMES = [
    ("Not finished", [("live", "Live"), ("processing", "Processing"), ("failed", "Not processed")]),
    ("Ended", [(code, outcome.label) for code, outcome in ENDINGS.items()]),
]


# No call lies outside of it, and every time zone has these days whole.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)


def day_filter(label: str) -> django_filters.DateFilter:
    return django_filters.DateFilter(
        method="filter_days",
        label=label,
        validators=[MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)],
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
    )


class CallFilter(django_filters.FilterSet):
    """The form of the page; reads `organisation` for the agents it offers."""

    q = django_filters.CharFilter(
        method="filter_words",
        label="Search",
        max_length=100,
        strip=True,
        widget=forms.TextInput({"type": "search"}),
    )
    agent = django_filters.ModelChoiceFilter(queryset=Agent.objects.none(), empty_label="All")
    outcome = django_filters.ChoiceFilter(
        choices=OUTCOMES, method="filter_outcome", label="Outcome", empty_label="All"
    )
    channel = django_filters.ChoiceFilter(choices=list(CHANNEL_LABELS.items()), empty_label="All")
    since = day_filter("From")
    until = day_filter("To")

    class Meta:
        model = Call
        fields: list[str] = []

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["agent"].field.queryset = agents_called(organisation)

    def filter_words(self, calls: QuerySet[Call], name: str, value: str) -> QuerySet[Call]:
        return calls_saying(calls, value)

    def filter_days(self, calls: QuerySet[Call], name: str, value: date) -> QuerySet[Call]:
        """Days of the reader's time zone, which Django's own comparison would ask the database to know."""
        if name == "since":
            return calls.filter(started_at__gte=_midnight(value))
        return calls.filter(started_at__lt=_midnight(value + timedelta(days=1)))

    def filter_outcome(self, calls: QuerySet[Call], name: str, value: str) -> QuerySet[Call]:
        if value == "live":
            return calls.filter(state=CallState.LIVE)
        if value in ("processing", "failed"):
            calls = calls.filter(state=CallState.PROCESSING)
            return calls.filter(process_due_at__isnull=value == "failed")
        return calls.filter(state=CallState.ENDED, end_code=value)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, timezone.get_current_timezone())


class Instant(IsoDateTimeField):
    """At the ends of the calendar a time with an offset may lie outside it."""

    def to_python(self, value: Any) -> Any:
        try:
            instant = super().to_python(value)
            return instant and instant.astimezone(UTC)
        except OverflowError as error:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from error


class InstantFilter(django_filters.IsoDateTimeFilter):
    field_class = Instant


class CallApiFilter(django_filters.FilterSet):
    """The parameters of GET /api/dashboard/calls."""

    agent_id = django_filters.CharFilter(method="filter_agent", help_text="Calls of this agent.")
    state = django_filters.ChoiceFilter(choices=CallState.choices, help_text="live, processing or ended.")
    started_after = InstantFilter("started_at", "gte", help_text="ISO 8601; calls that began then or later.")
    started_before = InstantFilter("started_at", "lt", help_text="ISO 8601; calls that began earlier.")

    class Meta:
        model = Call
        fields: list[str] = []

    def filter_agent(self, calls: QuerySet[Call], name: str, value: str) -> QuerySet[Call]:
        return calls.filter(agent_id=value) if is_id(value) else calls.none()
