"""What happened: calls, their turns, and the commands they were given while they were live."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from accounts.ids import ID_LENGTH, new_id
from accounts.models import ApiKey, Organisation, User
from accounts.querysets import OrgQuerySet
from agents.models import Agent, AgentVersion


class CallState(models.TextChoices):
    LIVE = "live", "Live"
    PROCESSING = "processing", "Processing"
    ENDED = "ended", "Ended"


class Call(models.Model):
    """One conversation on any channel. Made at admission; the rest is filled in from the journal."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="calls")
    agent = models.ForeignKey(Agent, on_delete=models.RESTRICT, related_name="calls")
    agent_version = models.ForeignKey(AgentVersion, on_delete=models.RESTRICT, related_name="calls")
    # The key a client resumes with; calls of one conversation share it.
    session_id = models.CharField(max_length=ID_LENGTH, db_index=True)
    # What the call was made with, if it was a key: revoking that ends it.
    api_key = models.ForeignKey(
        ApiKey, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    channel = models.CharField(max_length=12, default="browser")
    # What the client gave with the call: for the agent's texts, and for itself.
    variables = models.JSONField(default=dict, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    direction = models.CharField(max_length=10, default="inbound")
    # Of the phone line: E.164, or an address (sip:…, client:…); empty where the carrier names nobody.
    from_number = models.CharField(max_length=80, blank=True)
    to_number = models.CharField(max_length=80, blank=True)
    # The carrier's own id of its call, and which of the agent's parts in it this is: there is a second one
    # after a transfer that failed.
    carrier_sid = models.CharField(max_length=64, blank=True)
    carrier_leg = models.PositiveSmallIntegerField(default=0)
    # Where the line goes when the agent's part is over: `to`, `ring_s`; later `is_dialled`, once the carrier
    # has been told so, and `came_of`, its word for how that ended. Empty: nowhere.
    handover = models.JSONField(null=True, blank=True)
    state = models.CharField(max_length=12, choices=CallState.choices, default=CallState.LIVE)
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    end_code = models.CharField(max_length=32, blank=True)
    end_by = models.CharField(max_length=12, blank=True)
    end_message = models.TextField(blank=True)
    counters = models.JSONField(default=dict, blank=True)
    # The terms of its beginning, which later changes leave alone. Vendors whose keys were the organisation's
    # own (null: not known, nor is the cost then), and what its plan bills, in US dollars.
    own_vendors = models.JSONField(null=True, blank=True)
    price_per_minute = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    passes_on_cost = models.BooleanField(default=False)
    # Providers that took over from others, in order: the fields of calls.switches.Switch.
    switches = models.JSONField(default=list, blank=True)
    # The lease of the process that holds the call; a lapsed one makes the call an orphan.
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    # The outbox of post-call work: when it is next due, who holds it, how often it was tried.
    process_due_at = models.DateTimeField(null=True, blank=True)
    process_lease_until = models.DateTimeField(null=True, blank=True)
    process_attempts = models.PositiveSmallIntegerField(default=0)
    process_error = models.TextField(blank=True)

    objects = OrgQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-id"]
        indexes = [
            models.Index(fields=["organisation", "-started_at", "-id"], name="call_org_started"),
            models.Index(fields=["state", "lease_expires_at"], name="call_state_lease"),
            models.Index(fields=["organisation", "carrier_sid"], name="call_org_carrier"),
            # A month's minutes are added up before each call: from the index alone.
            models.Index(fields=["organisation", "started_at", "duration_ms"], name="call_org_minutes"),
            models.Index(
                fields=["organisation", "started_at"],
                condition=models.Q(duration_ms=None),
                name="call_org_unfinished",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "carrier_sid", "carrier_leg"],
                condition=~models.Q(carrier_sid=""),
                name="one_call_a_carrier_leg",
            )
        ]

    def __str__(self) -> str:
        return f"call {self.id}"


class OnMachine(models.TextChoices):
    GO_ON = "go_on", "Talk as to a person"
    HANG_UP = "hang_up", "Hang up"
    LEAVE_MESSAGE = "leave_message", "Leave the agent's message"


class OutboundCall(models.Model):
    """What was asked of a call that an agent makes, and what its carrier has told of it.

    `status` is the carrier's own word, of its message number `sequence`; `sip_code` and `carrier_code` are
    its reasons. `answered_at`: it has asked what to do with whoever answered; until then each word of it
    renews the call's lease, afterwards the process that holds the call does.
    """

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    call = models.OneToOneField(Call, on_delete=models.CASCADE, related_name="outbound")
    # Asking again with the same key makes no second call.
    idempotency_key = models.CharField(max_length=255, blank=True)
    on_machine = models.CharField(max_length=16, choices=OnMachine.choices, default=OnMachine.GO_ON)
    ring_s = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(default=timezone.now)
    status = models.CharField(max_length=16, blank=True)
    sequence = models.IntegerField(null=True, blank=True)
    answered_by = models.CharField(max_length=24, blank=True)
    sip_code = models.PositiveSmallIntegerField(null=True, blank=True)
    carrier_code = models.CharField(max_length=16, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = OrgQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "idempotency_key"],
                condition=~models.Q(idempotency_key=""),
                name="one_outbound_call_a_key",
            )
        ]
        indexes = [models.Index(fields=["organisation", "-created_at"], name="outbound_org_created")]

    def __str__(self) -> str:
        return f"outbound {self.call_id}"


class RecordingState(models.TextChoices):
    PENDING = "pending", "Being put together"
    READY = "ready", "Ready"
    EMPTY = "empty", "Nothing was recorded"
    FAILED = "failed", "Could not be put together"


class Recording(models.Model):
    """Both sides of a call as files. The row comes with the call's end; `state` says how far it is.

    `due_at`, `lease_until`, `attempts` and `error` are the outbox of its making, as those of a call.
    """

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    call = models.OneToOneField(Call, on_delete=models.CASCADE, related_name="recording")
    state = models.CharField(max_length=10, choices=RecordingState.choices, default=RecordingState.PENDING)
    # In the storage "recordings": the caller left and the agent right, and both in one.
    wav_name = models.CharField(max_length=120, blank=True)
    wav_bytes = models.PositiveBigIntegerField(default=0)
    mp3_name = models.CharField(max_length=120, blank=True)
    mp3_bytes = models.PositiveBigIntegerField(default=0)
    duration_ms = models.PositiveIntegerField(default=0)
    # Of ten seconds each, which the store did not take while the call went on.
    missing_segments = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True, db_index=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    objects = OrgQuerySet.as_manager()

    def __str__(self) -> str:
        return f"recording of call {self.call_id}"


class Usage(models.Model):
    """One meter of one provider's model, voice or transcriber in a call (`voice.core.usage`).

    `unit_price`: US dollars for what calls.costs.PER says of the meter, as it was when the row was made; null
    where nobody knew it. `is_own_key`: the vendor charges the organisation itself, and us nothing.
    """

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="usage")
    meter = models.CharField(max_length=32)
    provider = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    used = models.FloatField()
    in_vain = models.FloatField(default=0.0)
    unit_price = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    is_own_key = models.BooleanField(default=False)

    objects = OrgQuerySet.as_manager()

    class Meta:
        ordering = ["meter", "provider", "name"]
        constraints = [
            models.UniqueConstraint(fields=["call", "meter", "provider", "name"], name="one_usage_a_meter")
        ]

    def __str__(self) -> str:
        return f"{self.meter} of call {self.call_id}"


class Turn(models.Model):
    """One utterance by one side; times in milliseconds from the start of the call."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="turns")
    index = models.PositiveIntegerField()
    role = models.CharField(max_length=8)
    text = models.TextField(blank=True)
    heard_text = models.TextField(blank=True)
    interrupted = models.BooleanField(default=False)
    understood = models.BooleanField(default=True)
    started_at_ms = models.FloatField()
    ended_at_ms = models.FloatField(null=True, blank=True)
    words = models.JSONField(default=list, blank=True)
    latency = models.JSONField(null=True, blank=True)
    # The fields of voice.core.events.TurnTimeline.
    timeline = models.JSONField(null=True, blank=True)
    # Said only so that the caller does not wait in silence.
    is_filler = models.BooleanField(default=False)
    # Of a turn with the role tool: calls.tool_calls says what is in it.
    tool = models.JSONField(null=True, blank=True)

    objects = OrgQuerySet.as_manager()

    class Meta:
        ordering = ["index"]
        constraints = [models.UniqueConstraint(fields=["call", "index"], name="one_turn_an_index")]

    def __str__(self) -> str:
        return f"turn {self.index} of call {self.call_id}"


class CommandKind(models.TextChoices):
    END = "end", "End the call"
    SAY = "say", "Say"
    LIMIT = "limit", "Minutes used up"
    ANSWERED = "answered", "What has answered"


class CommandOutcome(models.TextChoices):
    DONE = "done", "Done"
    INTERRUPTED = "interrupted", "Interrupted"
    NOT_SPOKEN = "not_spoken", "Not spoken"
    EXPIRED = "expired", "Expired"
    CALL_ENDED = "call_ended", "Call ended"


class Command(models.Model):
    """What a live call is told to do. The process that holds it acknowledges that, then tells the outcome.

    `arguments` of END: `reason`, `text`; of SAY: `text`, `at_once`; of ANSWERED: `is_machine`, and the `text`
    that it is left, without which the call ends. How a command stands when nobody could write its outcome any
    more, calls.commands tells.
    """

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="commands")
    kind = models.CharField(max_length=12, choices=CommandKind.choices)
    arguments = models.JSONField(default=dict, blank=True)
    # Giving it again with the same key gives nothing new.
    idempotency_key = models.CharField(max_length=255, blank=True)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    # Whoever has not begun by then leaves it.
    deadline = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=12, choices=CommandOutcome.choices, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = OrgQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["call", "idempotency_key"],
                condition=~models.Q(idempotency_key=""),
                name="one_command_a_key",
            )
        ]
        indexes = [
            models.Index(
                fields=["call"], condition=models.Q(acknowledged_at=None), name="command_unacknowledged"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} to call {self.call_id}"
