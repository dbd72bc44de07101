"""From a journal to rows. Running twice changes nothing; what fails is tried again, then kept and shown."""

from __future__ import annotations

import logging
import random
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from calls import log_context
from calls.journal import Journal, read_journal
from calls.metrics import PROCESSED
from calls.models import Call, CallState, Turn, Usage
from calls.recordings.services import recording_expect
from calls.transcript import TURN_FIELDS, CallEnd, end_of, end_without_journal, switches_in, turns_of
from calls.usage import usage_of
from voice.core.errors import EndCode

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
PROCESS_LEASE = timedelta(seconds=60)
BACKOFF_S = 5.0
ERROR_LENGTH = 500
# The carrier has seen to that while the call was still being begun here; the journal tells nothing of it but
# that the line was gone.
TOLD_ELSEWHERE = frozenset({EndCode.MACHINE_ANSWERED, EndCode.VOICEMAIL_LEFT})


class JournalMissing(Exception):
    """A call that ended in order left no journal: its disk or its machine is gone."""


def call_process(*, call_id: str) -> bool:
    """Makes the rows of an ended call. False when there is nothing to do or another worker has it.

    Raises nothing that concerns one call only: the cause is kept with the call, which is tried again.
    """
    claim = _claim(call_id)
    if claim is None:
        return False
    lease, organisation_id = claim
    with log_context.about(call_id, organisation_id):
        return _process(call_id, lease)


def _process(call_id: str, lease: datetime) -> bool:
    try:
        journal = read_journal(call_id)
        is_stored = _store(call_id, lease, journal)
        PROCESSED.labels("stored" if is_stored else "left_to_another").inc()
        return is_stored
    except Exception as error:  # noqa: BLE001  # whatever went wrong is kept with the call and tried again
        PROCESSED.labels("failed").inc()
        logger.exception("a call could not be processed")
        call_fail(call_id=call_id, lease=lease, error=error)
        return False


def call_fail(*, call_id: str, lease: datetime, error: BaseException) -> None:
    """Sets the next try of `lease`'s holder, or gives up after the last; then its page says so."""
    with transaction.atomic():
        call = Call.objects.select_for_update().filter(pk=call_id, process_lease_until=lease).first()
        if call is None:
            return
        call.process_error = f"{type(error).__name__}: {error}"[:ERROR_LENGTH].replace("\0", "")
        call.process_lease_until = None
        call.process_due_at = None
        if call.process_attempts < MAX_ATTEMPTS:
            backoff_s = BACKOFF_S * 2 ** (call.process_attempts - 1) * random.uniform(0.8, 1.2)
            call.process_due_at = timezone.now() + timedelta(seconds=backoff_s)
        call.save(update_fields=["process_error", "process_lease_until", "process_due_at"])


def _claim(call_id: str) -> tuple[datetime, str] | None:
    """The lease that marks the call as ours, and whose it is. A try counts when it begins: a crash is one."""
    with transaction.atomic():
        call = Call.objects.select_for_update().filter(pk=call_id, state=CallState.PROCESSING).first()
        now = timezone.now()
        if call is None or call.process_due_at is None or call.process_attempts >= MAX_ATTEMPTS:
            return None
        if call.process_lease_until and call.process_lease_until > now:
            return None
        call.process_lease_until = now + PROCESS_LEASE
        call.process_attempts += 1
        call.save(update_fields=["process_lease_until", "process_attempts"])
        return call.process_lease_until, call.organisation_id


def _store(call_id: str, lease: datetime, journal: Journal) -> bool:
    with transaction.atomic():
        call = Call.objects.select_for_update().filter(pk=call_id, process_lease_until=lease).first()
        if call is None:
            return False  # our lease lapsed and another worker took it, or the call was closed anew
        if not journal.entries and call.ended_at:
            raise JournalMissing("the journal of this call cannot be found")
        end = end_of(journal) if journal.entries else end_without_journal(call)
        Turn.objects.bulk_create(
            turns_of(journal, call, end),
            update_conflicts=True,
            unique_fields=["call", "index"],
            update_fields=TURN_FIELDS,
        )
        Usage.objects.bulk_create(
            usage_of(journal, call),
            update_conflicts=True,
            unique_fields=["call", "meter", "provider", "name"],
            update_fields=["used", "in_vain"],
        )
        _fill(call, journal, end)
        call.save()
        recording_expect(call=call)
    return True


def _fill(call: Call, journal: Journal, end: CallEnd) -> None:
    if call.end_code not in TOLD_ELSEWHERE:
        call.end_code, call.end_by, call.end_message = end.code, end.by, end.message
    call.counters = end.counters
    call.switches = switches_in(journal)
    if journal.last_time is not None:
        call.ended_at = max(call.started_at, datetime.fromtimestamp(journal.last_time, UTC))
    elif call.ended_at is None:
        call.ended_at = call.started_at  # lost before its first entry
    call.duration_ms = round(end.duration_ms)
    call.state = CallState.ENDED
    call.lease_expires_at = None
    call.process_due_at = call.process_lease_until = None
    call.process_error = ""
