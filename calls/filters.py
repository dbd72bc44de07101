"""What lists of calls can be narrowed by: the page's form and the REST API's parameters."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
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
    since = django_filters.DateFilter(
        "started_at", "date__gte", label="From", widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    until = django_filters.DateFilter(
        "started_at", "date__lte", label="To", widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )

    class Meta:
        model = Call
        fields: list[str] = []

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["agent"].field.queryset = agents_called(organisation)

    def filter_words(self, calls: QuerySet[Call], name: str, value: str) -> QuerySet[Call]:
        return calls_saying(calls, value)

    def filter_outcome(self, calls: QuerySet[Call], name: str, value: str) -> QuerySet[Call]:
        if value == "live":
            return calls.filter(state=CallState.LIVE)
        if value in ("processing", "failed"):
            calls = calls.filter(state=CallState.PROCESSING)
            return calls.filter(process_due_at__isnull=value == "failed")
        return calls.filter(state=CallState.ENDED, end_code=value)


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
