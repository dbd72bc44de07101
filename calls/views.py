"""*Conversations*: the list of calls, and one call with its transcript."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.access import OrgRequest, org_view
from accounts.models import Role
from accounts.roles import at_least
from calls import selectors, services
from calls.command_views import commands_context
from calls.filters import CallFilter
from calls.latency import Percentiles, latency_summary
from calls.models import Call, CallState, Turn
from calls.outcomes import is_given_up, outcome_of
from calls.recordings.shown import ShownState, shown_state
from calls.ringing import is_ringing
from calls.story import story
from calls.switches import switches_of
from calls.usage_section import usage_section
from voice.core.errors import EndCode

PAGE_SIZE = 25
RETRY_ROLE = Role.ADMIN
# Where the cause differs from call to call; the other endings say it all.
DETAILED_ENDS = {
    EndCode.REFUSED,
    EndCode.PROVIDER_FAILED,
    EndCode.PROVIDER_REFUSED,
    EndCode.INVALID_INPUT,
    EndCode.INTERNAL_ERROR,
}
LATENCY_LABELS = {
    "voice_to_voice_ms": "Voice to voice",
    "endpointing_ms": "End of turn",
    "transcript_ms": "Transcript",
    "first_token_ms": "Model, first word",
    "first_audio_ms": "Voice, first sound",
    "own_ms": "Voicex itself",
}
COUNTER_LABELS = [
    ("interruptions", "Interruptions"),
    ("false_interruptions", "Coughs and “mhm” ignored"),
    ("drafts_kept", "Replies prepared early and used"),
    ("drafts_dropped", "Replies prepared early in vain"),
    ("drafted_in_vain_characters", "Characters written in vain"),
    ("spoken_in_vain_characters", "Characters spoken in vain"),
    ("provider_switches", "Providers that took over"),
    ("audio_in_dropped_ms", "Caller audio dropped, ms"),
    ("audio_in_lost_ms", "Caller audio lost on the way, ms"),
    ("audio_in_repeated", "Pieces of caller audio twice or too late"),
    ("events_dropped", "Events dropped"),
]


@require_GET
@org_view(Role.VIEWER)
def call_list(request: OrgRequest) -> HttpResponse:
    """The page, or for htmx (filters, pages, polling) the table alone."""
    listed = selectors.calls_listed(request.organisation)
    filtered = CallFilter(request.GET, listed, organisation=request.organisation)
    calls = filtered.qs if filtered.is_valid() else listed
    page: Page[Call] = Paginator(calls, PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [
        {
            "call": call,
            "outcome": outcome_of(call),
            "turns": len(call.timed_turns),  # type: ignore[attr-defined]
            "latency": _latency(call.timed_turns),  # type: ignore[attr-defined]
        }
        for call in page
    ]
    is_filtered = any(value for name, value in request.GET.items() if name in filtered.filters)
    context = {
        "filter": filtered,
        "page": page,
        "rows": rows,
        "is_filtered": is_filtered,
        "has_calls": is_filtered or bool(rows),
        "is_moving": any(call.state != CallState.ENDED and not is_given_up(call) for call in page),
        "query": _query_without_page(request),
    }
    is_fragment = request.htmx.target == "calls"
    return render(request, "calls/_table.html" if is_fragment else "calls/list.html", context)


@require_GET
@org_view(Role.VIEWER)
def call_detail(request: OrgRequest, call_id: str) -> HttpResponse:
    """The page, or for htmx (polling while the call moves) its changing part alone."""
    call = _call_or_404(request, call_id)
    turns = selectors.turns_said(call)
    latency = _latency(turns)
    context = {
        "call": call,
        "outcome": outcome_of(call),
        "end_detail": call.end_message if call.end_code in DETAILED_ENDS else "",
        "turn_count": len(turns),
        "story": story(turns, switches_of(call.switches)),
        "latency_rows": [(LATENCY_LABELS[name], figures) for name, figures in latency.items()],
        "is_measured": any(figures.p50 is not None for figures in latency.values()),
        "counter_rows": [
            (label, call.counters[name]) for name, label in COUNTER_LABELS if name in call.counters
        ],
        "usage": usage_section(call, selectors.usage_so_far(call)),
        "given_rows": [
            (title, given)
            for title, given in (("Variables", call.variables), ("Metadata", call.metadata))
            if given
        ],
        "is_given_up": is_given_up(call),
        "is_moving": _is_moving(call),
        "recording_state": shown_state(call),
        "is_ringing": is_ringing(call),
        "can_retry": at_least(request.role, RETRY_ROLE),
        "conversation": list(selectors.calls_of_conversation(call)),
    }
    is_fragment = request.htmx.target == "call"
    if is_fragment:
        return render(request, "calls/_call.html", context)
    return render(request, "calls/detail.html", context | commands_context(request, call))


@require_POST
@org_view(RETRY_ROLE)
def call_retry(request: OrgRequest, call_id: str) -> HttpResponse:
    call = _call_or_404(request, call_id)
    if services.call_retry(call=call):
        messages.success(request, "Trying again. The transcript appears here when it is ready.")
    return redirect("calls:detail", request.organisation.pk, call.pk)


def _call_or_404(request: OrgRequest, call_id: str) -> Call:
    call = selectors.call_find(request.organisation, call_id)
    if call is None:
        raise Http404("No such call.")
    return call


def _is_moving(call: Call) -> bool:
    if call.state != CallState.ENDED:
        return not is_given_up(call)
    return shown_state(call) is ShownState.PENDING


def _latency(turns: list[Turn]) -> dict[str, Percentiles]:
    return latency_summary(turn.latency for turn in turns)


def _query_without_page(request: OrgRequest) -> str:
    query = request.GET.copy()
    query.pop("page", None)
    return query.urlencode()
