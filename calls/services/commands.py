"""Commands to a live call: given by anybody, taken and settled by the process that holds the call."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Organisation, User
from calls.announcement import announce
from calls.models import Call, CallState, Command, CommandKind, CommandOutcome
from calls.services.admission import minutes_used_up
from calls.services.lifetime import call_abandon
from calls.services.outbound import outbound_unanswered
from voice.core.errors import EndCode, EndedBy, EndReason

OPEN_LIMIT = 8
# What the platform tells a call, however much others do.
OWN = frozenset({CommandKind.LIMIT, CommandKind.ANSWERED})
TIME_TO_TAKE = timedelta(seconds=30)


class CommandRefused(Exception):
    """It cannot be given; `code` is for programs, the message for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def command_give(
    *,
    call: Call,
    kind: CommandKind,
    arguments: dict[str, Any] | None = None,
    idempotency_key: str = "",
    created_by: User | None = None,
    within: timedelta = TIME_TO_TAKE,
) -> tuple[Command, bool]:
    """The command, and whether it is new. Raises CommandRefused.

    A call that an agent makes and nobody has answered is held by no process: its end is carried out here and
    now, and frees its place. Its carrier is still to be told (`calls.ringing`).
    The same idempotency key gives the first command again, as long as it asks for the same; of what the
    platform itself tells, one of a kind is open at a time, without a key, which a client might have used
    before.
    """
    with transaction.atomic():
        # Locked before the call's row, as with whatever the carrier tells.
        ringing = outbound_unanswered(call_id=call.pk) if kind == CommandKind.END else None
        # Its row is locked, so that the bound holds and two of one key follow each other.
        locked = Call.objects.for_org(call.organisation).select_for_update(no_key=True).get(pk=call.pk)
        commands = Command.objects.for_org(locked.organisation).filter(call=locked)
        now = timezone.now()
        waiting = commands.filter(acknowledged_at=None, deadline__gt=now) | commands.filter(
            acknowledged_at__isnull=False, outcome=""
        )
        earlier = commands.filter(idempotency_key=idempotency_key).first() if idempotency_key else None
        if earlier is not None:
            if (earlier.kind, earlier.arguments) != (kind, arguments or {}):
                message = "This idempotency key was used for another command to this call."
                raise CommandRefused("idempotency_key_reused", message)
            return earlier, False
        if locked.state != CallState.LIVE:
            raise CommandRefused("call_not_live", "The call is over.")
        if kind in OWN and (open_already := waiting.filter(kind=kind).first()):
            return open_already, False
        if kind not in OWN and ringing is None and waiting.count() >= OPEN_LIMIT:
            message = f"{OPEN_LIMIT} commands to this call are open already. Wait until one is done."
            raise CommandRefused("too_many_commands", message)
        command = Command.objects.create(
            organisation=locked.organisation,
            call=locked,
            kind=kind,
            arguments=arguments or {},
            idempotency_key=idempotency_key,
            created_by=created_by,
            created_at=now,
            deadline=now + within,
        )
        if ringing is not None:
            _cancel(command)
        else:
            transaction.on_commit(lambda: announce(call.pk))
    return command, True


def _cancel(command: Command) -> None:
    message = command.arguments.get("reason") or "The call was cancelled before anybody answered."
    reason = EndReason(EndCode.ENDED_BY_OPERATOR, EndedBy.OPERATOR, message)
    call_abandon(call_id=command.call_id, reason=reason)
    command.call.refresh_from_db()
    command.acknowledged_at = command.settled_at = command.created_at
    command.outcome = CommandOutcome.DONE
    command.save(update_fields=["acknowledged_at", "settled_at", "outcome"])


def limits_enforce(*, organisation_ids: Collection[str]) -> None:
    """Has the live calls of organisations whose minutes are used up end in words. May run often, and tells a
    call again that left it undone."""
    for organisation in Organisation.objects.filter(pk__in=organisation_ids).select_related("plan"):
        if not minutes_used_up(organisation, timezone.now()):
            continue
        for call in Call.objects.for_org(organisation).filter(state=CallState.LIVE):
            try:
                command_give(call=call, kind=CommandKind.LIMIT)
            except CommandRefused:
                continue  # it has just ended by itself


def commands_take(*, call_ids: Collection[str]) -> list[Command]:
    """Those that wait for these calls, acknowledged by that: each is handed out once, in the order given."""
    taken = []
    now = timezone.now()
    waiting = Command.objects.filter(call_id__in=call_ids, acknowledged_at=None, deadline__gt=now)
    for command in waiting:
        if Command.objects.filter(pk=command.pk, acknowledged_at=None, outcome="").update(
            acknowledged_at=now
        ):
            command.acknowledged_at = now
            taken.append(command)
    return taken


def command_take_back(*, command_id: str) -> bool:
    """Nobody has taken it, and from now on nobody will. False: it was taken."""
    now = timezone.now()
    waiting = Command.objects.filter(pk=command_id, acknowledged_at=None, outcome="")
    return bool(waiting.update(outcome=CommandOutcome.EXPIRED, settled_at=now, deadline=now))


def command_settle(*, command_id: str, outcome: CommandOutcome) -> None:
    """The first outcome counts."""
    Command.objects.filter(pk=command_id, outcome="").update(outcome=outcome, settled_at=timezone.now())
