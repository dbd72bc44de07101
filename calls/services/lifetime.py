"""A call between admission and its rows: leases, closing, and the sweep that finishes what was left."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection
from datetime import timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.ids import is_id
from calls.journal_stream import journal_stream
from calls.models import Call, CallState
from calls.services.admission import LEASE
from calls.services.processing import MAX_ATTEMPTS
from calls.wake import CALL_PROCESS, wake
from voice.core.errors import EndCode, EndedBy, EndReason

logger = logging.getLogger(__name__)

# A lease that lapsed is not yet a dead process: it may only have been slow.
ORPHAN_AFTER = LEASE * 2 / 3
# A wake-up that was lost on its way is sent again after this.
WAKE_AGAIN = timedelta(seconds=60)
SWEEP_BATCH = 1_000
NOTHING_MORE = EndReason(
    EndCode.CARRIER_FAILED, EndedBy.PLATFORM, "The carrier told nothing more of the call."
)
JOURNAL_KEPT_S = 3 * 24 * 3600
# What came of a transfer that the carrier was not told of.
CIRCLE = "circle"


def calls_renew(*, call_ids: Collection[str]) -> set[str]:
    """Renews leases. Returns the ids that are live no more: swept, withdrawn or deleted."""
    ids = set(call_ids)
    if not ids:
        return set()
    live = Call.objects.filter(pk__in=ids, state=CallState.LIVE)
    if live.update(lease_expires_at=timezone.now() + LEASE) == len(ids):
        return set()
    return ids - set(live.values_list("pk", flat=True))


def call_close(*, call_id: str, handover: dict[str, Any] | None = None) -> None:
    """The journal is complete: have it made into rows. Also for a call that was swept too early.

    `handover`: whom the caller is put through to now, `to` and `ring_s`.
    """
    with transaction.atomic():
        now = timezone.now()
        Call.objects.filter(pk=call_id, ended_at__isnull=True).update(ended_at=now)
        if handover is not None:
            call_hand_over(call_id=call_id, handover=handover)
        Call.objects.filter(pk=call_id).update(
            state=CallState.PROCESSING,
            lease_expires_at=None,
            process_due_at=now,
            # Whoever is at work on the incomplete journal must not store what it made of it.
            process_lease_until=None,
            process_attempts=0,
            process_error="",
        )
        transaction.on_commit(lambda: _wake(call_id))


def call_hand_over(*, call_id: str, handover: dict[str, Any]) -> None:
    """Known before the call's record is: the carrier asks as soon as the agent's part is over. Once: what is
    known of it meanwhile stays."""
    Call.objects.filter(pk=call_id, handover__isnull=True).update(handover=handover)


def call_dialled_on(*, call_id: str, came_of: str | None = None) -> None:
    """The carrier has been told to put the caller through. `came_of`: what it said of it, in its words."""
    with transaction.atomic():
        call = Call.objects.select_for_update(no_key=True).filter(pk=call_id, handover__isnull=False).first()
        if call is None or call.handover is None:
            return
        known = {} if came_of is None else {"came_of": came_of}
        call.handover = {**call.handover, "is_dialled": True, **known}
        call.save(update_fields=["handover"])


def call_abandon(*, call_id: str, reason: EndReason) -> None:
    """Ends a call that never began: its row says why. Such a call has no journal, and costs nothing."""
    now = timezone.now()
    Call.objects.filter(pk=call_id, state=CallState.LIVE).update(
        state=CallState.ENDED,
        ended_at=now,
        duration_ms=0,
        end_code=reason.code,
        end_by=reason.by,
        end_message=reason.message,
        lease_expires_at=None,
    )


def call_restate(*, call_id: str, reason: EndReason) -> None:
    """A call that was abandoned ended otherwise than was told then."""
    Call.objects.filter(pk=call_id).exclude(state=CallState.LIVE).update(
        end_code=reason.code, end_by=reason.by, end_message=reason.message
    )


def call_retry(*, call: Call) -> bool:
    """Tries a call again whose processing was given up. False when there is nothing to try."""
    with transaction.atomic():
        changed = Call.objects.filter(
            pk=call.pk, state=CallState.PROCESSING, process_due_at__isnull=True
        ).update(process_due_at=timezone.now(), process_attempts=0, process_error="")
        if changed:
            transaction.on_commit(lambda: _wake(call.pk))
    return bool(changed)


def calls_sweep() -> int:
    """Ends the calls of lost processes, wakes what is overdue, gives up what failed too often.

    Returns how many were woken. Any number of sweepers may run at once.
    """
    now = timezone.now()
    lost = Call.objects.filter(state=CallState.LIVE, lease_expires_at__lt=now - ORPHAN_AFTER)
    # Nobody had answered these: there is no journal to make rows of.
    for call_id in lost.filter(outbound__answered_at=None, outbound__isnull=False).values_list(
        "pk", flat=True
    ):
        call_abandon(call_id=call_id, reason=NOTHING_MORE)
    lost.update(state=CallState.PROCESSING, process_due_at=now)
    unheld = Q(process_lease_until__isnull=True) | Q(process_lease_until__lt=now)
    overdue = Call.objects.filter(unheld, state=CallState.PROCESSING, process_due_at__lte=now)
    # Only a worker that died in the middle leaves these: one that fails says so itself.
    overdue.filter(process_attempts__gte=MAX_ATTEMPTS).update(
        process_due_at=None, process_error="The worker was lost each time it tried."
    )
    ids = list(overdue.order_by("process_due_at").values_list("pk", flat=True)[:SWEEP_BATCH])
    woken = list(takewhile(_wake, ids))
    # Not later than when it was read: one that a worker has failed meanwhile has a time of its own.
    Call.objects.filter(pk__in=woken, process_due_at__lte=now).update(process_due_at=now + WAKE_AGAIN)
    return len(woken)


def journals_remove() -> int:
    """Removes journals that were made into rows some days ago, and those of calls that are no more."""
    removed = 0
    stream = journal_stream()
    for path in Path(settings.JOURNAL_DIR).glob("*.jsonl"):
        call_id = path.stem
        if not is_id(call_id) or time.time() - path.stat().st_mtime < JOURNAL_KEPT_S:
            continue
        if Call.objects.filter(pk=call_id).exclude(state=CallState.ENDED).exists():
            continue
        path.unlink(missing_ok=True)
        if stream:
            stream.remove(call_id)
        removed += 1
    return removed


def _wake(call_id: str) -> bool:
    return wake(CALL_PROCESS, call_id)
