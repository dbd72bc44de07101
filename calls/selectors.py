"""Reads: lists of calls, one call with its turns, search in what was said."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import connection
from django.db.models import Count, Exists, Min, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.ids import is_id
from accounts.models import Organisation
from agents.models import Agent
from agents.phone_numbers.selectors import leads_back
from calls.journal import read_journal
from calls.models import Call, CallState, Command, OnMachine, OutboundCall, Turn, Usage
from calls.transcript import end_of, switches_in, turns_of
from calls.usage import usage_of

FAX = "fax"
# As long as Twilio lets two people talk whom it has put through.
LONGEST_TRANSFER = timedelta(hours=4)
SEARCH_WORDS = 8


def calls_listed(organisation: Organisation) -> QuerySet[Call]:
    """Newest first, each with its agent and, as `timed_turns`, what lists need of its turns."""
    timed = Turn.objects.for_org(organisation).only("call_id", "role", "latency", "index")
    return (
        Call.objects.for_org(organisation)
        .select_related("agent", "agent_version", "recording", "outbound")
        .prefetch_related(Prefetch("turns", queryset=timed, to_attr="timed_turns"))
    )


def calls_with_usage(organisation: Organisation) -> QuerySet[Call]:
    """As `calls_listed`, each with what it used."""
    return calls_listed(organisation).prefetch_related("usage")


def call_find(organisation: Organisation, call_id: str) -> Call | None:
    """None for an unknown, malformed or foreign id."""
    if not is_id(call_id):
        return None
    return (
        Call.objects.for_org(organisation)
        .select_related("agent", "agent_version", "recording", "outbound")
        .filter(pk=call_id)
        .first()
    )


def turns_said(call: Call) -> list[Turn]:
    """The call's turns in order: its rows, or, until they are there, what its journal says (unsaved).

    In that case the journal's switches of providers are put into `call` too.
    """
    if call.state == CallState.ENDED:
        return list(Turn.objects.for_org(call.organisation).filter(call=call))
    journal = read_journal(call.pk)
    call.switches = switches_in(journal)
    return turns_of(journal, call, end_of(journal))


def usage_so_far(call: Call) -> list[Usage]:
    """What the call used: its rows, or, until they are there, what its journal says (unsaved)."""
    if call.state == CallState.ENDED:
        return list(Usage.objects.for_org(call.organisation).filter(call=call))
    return usage_of(read_journal(call.pk), call)


def call_with_turns(call: Call) -> Call:
    """The call with all its turns, as a prefetched `turns.all()` and as `timed_turns`, and what it used."""
    turns = turns_said(call)
    call._prefetched_objects_cache = {  # type: ignore[attr-defined]
        "turns": turns,
        "usage": usage_so_far(call),
    }
    call.timed_turns = turns  # type: ignore[attr-defined]
    return call


def calls_of_conversation(call: Call) -> QuerySet[Call]:
    """The calls that a client resumed into one conversation, oldest first, this one included."""
    return (
        Call.objects.for_org(call.organisation)
        .filter(session_id=call.session_id, agent_id=call.agent_id)
        .order_by("started_at", "id")
    )


def commands_listed(call: Call) -> QuerySet[Command]:
    """In the order they were given, each with its call."""
    return Command.objects.for_org(call.organisation).filter(call=call).select_related("call", "created_by")


def command_find(call: Call, command_id: str) -> Command | None:
    return commands_listed(call).filter(pk=command_id).first() if is_id(command_id) else None


def calls_called_upon(call_ids: Collection[str]) -> list[tuple[str, bool]]:
    """Those of the calls that a command waits for, or whose key was revoked (True): in one query."""
    waiting = Command.objects.filter(call=OuterRef("pk"), acknowledged_at=None, deadline__gt=timezone.now())
    is_revoked = Q(api_key__revoked_at__isnull=False, api_key__is_replaced=False)
    called_upon = Call.objects.filter(Q(pk__in=call_ids), is_revoked | Exists(waiting))
    key_fields = ("api_key__revoked_at", "api_key__is_replaced")
    return [
        (pk, revoked_at is not None and not is_replaced)
        for pk, revoked_at, is_replaced in called_upon.order_by().values_list("pk", *key_fields)
    ]


def agents_called(organisation: Organisation) -> QuerySet[Agent]:
    """The agents that have calls, deleted ones too."""
    has_calls = Call.objects.for_org(organisation).filter(agent=OuterRef("pk"))
    return Agent.objects.for_org(organisation).filter(Exists(has_calls)).order_by("name", "id")


def calls_saying(calls: QuerySet[Call], words: str) -> QuerySet[Call]:
    """Those in whose transcript each of the words begins some word, in any case and in any turn."""
    for word in re.findall(r"\w+", words)[:SEARCH_WORDS]:
        turns = Turn.objects.filter(call=OuterRef("pk"))
        if connection.vendor == "postgresql":
            # The expression of the index turn_text_search.
            vector = SearchVector("text", config="simple")
            query = SearchQuery(f"'{word}':*", search_type="raw", config="simple")
            calls = calls.filter(Exists(turns.annotate(said=vector).filter(said=query)))
        else:
            # SQLite's LIKE knows the case of ASCII only; Django's regular expressions are Python's.
            calls = calls.filter(Exists(turns.filter(text__iregex=rf"\b{re.escape(word)}")))
    return calls


@dataclass(frozen=True, slots=True)
class ProcessingQueue:
    """Ended calls whose rows are still to be made, since when the first of them waits, and those given up."""

    waiting: int
    oldest_s: float
    given_up: int


def processing_queue() -> ProcessingQueue:
    """Of every organisation: for whoever runs the installation."""
    is_due = Q(process_due_at__isnull=False)
    is_given_up = ~is_due & ~Q(process_error="")
    found = Call.objects.filter(state=CallState.PROCESSING).aggregate(
        waiting=Count("pk", filter=is_due),
        # A call whose server was lost has no end until its journal is read.
        oldest=Min(Coalesce("ended_at", "process_due_at"), filter=is_due),
        given_up=Count("pk", filter=is_given_up),
    )
    oldest: datetime | None = found["oldest"]
    age_s = (timezone.now() - oldest).total_seconds() if oldest else 0.0
    return ProcessingQueue(found["waiting"], max(0.0, age_s), found["given_up"])


def call_on_line(*, organisation_id: str, call_id: str, carrier_sid: str) -> Call | None:
    """The phone call that waits for its sound, or has it; with organisation and agent version."""
    calls = Call.objects.select_related("organisation", "agent_version")
    return calls.filter(
        pk=call_id, organisation_id=organisation_id, carrier_sid=carrier_sid, state=CallState.LIVE
    ).first()


def call_by_carrier(*, organisation: Organisation, carrier_sid: str) -> Call | None:
    """The newest of the agent's parts in a carrier's call."""
    if not carrier_sid:
        return None
    calls = Call.objects.for_org(organisation).select_related("organisation__plan", "agent_version")
    return calls.filter(carrier_sid=carrier_sid).order_by("-carrier_leg").first()


def transfer_came_of(call: Call) -> str:
    """What the carrier said of the last time that the caller was to be put through, before the agent came
    back as this call; in its own words."""
    legs = Call.objects.for_org(call.organisation).filter(carrier_sid=call.carrier_sid)
    before = legs.filter(carrier_leg__lte=call.carrier_leg, handover__isnull=False)
    handover = before.order_by("-carrier_leg").values_list("handover", flat=True).first() or {}
    return str(handover.get("came_of", ""))


def put_through_by(call: Call) -> Call | None:
    """The call in which an agent put this caller through to the number that this call came to, which is one
    of the organisation's own, and in which they may still be on the line. Callers without a number come
    under that of the call before."""
    if call.direction != "inbound" or not call.from_number:
        return None
    earlier = Call.objects.for_org(call.organisation).filter(
        Q(from_number=call.from_number) | Q(to_number=call.from_number),
        started_at__lt=call.started_at,
        started_at__gt=call.started_at - LONGEST_TRANSFER,
        handover__is_dialled=True,
        handover__came_of__isnull=True,
    )
    for each in earlier.exclude(carrier_sid=call.carrier_sid).order_by("-started_at"):
        to = str((each.handover or {}).get("to", ""))
        if leads_back(organisation=call.organisation, number=call.to_number, to=to):
            return each
    return None


def outbound_find(call: Call) -> OutboundCall | None:
    """What a call that an agent made was asked to be, and what its carrier tells of it."""
    return OutboundCall.objects.for_org(call.organisation).filter(call=call).first()


def is_machine(answered_by: str) -> bool:
    """As Twilio names what has answered: also a fax, but nothing that it is unsure of."""
    return answered_by.startswith(("machine", FAX))


def takes_message(outbound: OutboundCall) -> bool:
    """Whether what has answered is to be left the agent's message. A fax has no ear for it."""
    is_answering_machine = is_machine(outbound.answered_by) and outbound.answered_by != FAX
    return outbound.on_machine == OnMachine.LEAVE_MESSAGE and is_answering_machine
