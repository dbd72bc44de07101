"""The REST API's shapes of calls, turns and statistics."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.money import CURRENCY
from calls.costs import PER, call_cost, call_price, line_cost
from calls.latency import PUBLISHED, latency_summary
from calls.models import Call, Turn, Usage
from calls.outcomes import outcome_of
from calls.recordings.shown import ShownState, recording_shown
from voice.core.events import SessionCounters
from voice.core.tools import ToolStatus


class PercentilesSerializer(serializers.Serializer[Any]):
    p50 = serializers.IntegerField(allow_null=True)
    p95 = serializers.IntegerField(allow_null=True)


class CallLatencySerializer(serializers.Serializer[Any]):
    """Milliseconds over the call's turns; null where nothing was measured."""

    voice_to_voice_ms = PercentilesSerializer()
    endpointing_ms = PercentilesSerializer()
    transcript_ms = PercentilesSerializer()
    first_token_ms = PercentilesSerializer()
    first_audio_ms = PercentilesSerializer()
    own_ms = PercentilesSerializer()


class TurnLatencySerializer(serializers.Serializer[Any]):
    endpointing_ms = serializers.FloatField(allow_null=True)
    transcript_ms = serializers.FloatField(allow_null=True)
    first_token_ms = serializers.FloatField(allow_null=True)
    first_audio_ms = serializers.FloatField(allow_null=True)
    own_ms = serializers.FloatField(allow_null=True)
    voice_to_voice_ms = serializers.FloatField(allow_null=True)


class TurnTimelineSerializer(serializers.Serializer[Any]):
    """Milliseconds from the start of the call; null where a step was not."""

    last_speech_ms = serializers.FloatField(allow_null=True, help_text="The caller's last sound.")
    transcript_ms = serializers.FloatField(allow_null=True)
    decided_ms = serializers.FloatField(allow_null=True, help_text="The caller's turn was taken for ended.")
    model_asked_ms = serializers.FloatField(
        allow_null=True, help_text="Earlier than decided_ms: the reply was begun as a draft."
    )
    first_token_ms = serializers.FloatField(allow_null=True)
    first_sentence_ms = serializers.FloatField(allow_null=True)
    model_done_ms = serializers.FloatField(allow_null=True)
    voice_asked_ms = serializers.FloatField(allow_null=True)
    first_audio_ms = serializers.FloatField(allow_null=True)
    voice_done_ms = serializers.FloatField(allow_null=True)
    playable_ms = serializers.FloatField(allow_null=True)
    released_ms = serializers.FloatField(allow_null=True, help_text="The reply might sound.")
    first_sent_ms = serializers.FloatField(allow_null=True)


class CountersSerializer(serializers.Serializer[Any]):
    """Null where the call left no figure: while it lasts, and where its server was lost."""

    interruptions = serializers.IntegerField(allow_null=True)
    false_interruptions = serializers.IntegerField(allow_null=True)
    drafts_kept = serializers.IntegerField(allow_null=True)
    drafts_dropped = serializers.IntegerField(allow_null=True)
    drafted_in_vain_characters = serializers.IntegerField(allow_null=True)
    spoken_in_vain_characters = serializers.IntegerField(allow_null=True)
    provider_switches = serializers.IntegerField(allow_null=True)
    audio_in_dropped_ms = serializers.FloatField(allow_null=True)
    audio_in_lost_ms = serializers.FloatField(
        allow_null=True, help_text="Never came; silence stands in its place."
    )
    audio_in_repeated = serializers.IntegerField(
        allow_null=True, help_text="Pieces of sound that came twice or too late."
    )
    events_dropped = serializers.IntegerField(allow_null=True)


class SwitchSerializer(serializers.Serializer[Any]):
    """A provider that took over. `port` is transcriber, model or voice; `error` the kind of failure."""

    at_ms = serializers.FloatField()
    port = serializers.CharField()
    failed = serializers.CharField()
    instead = serializers.CharField()
    error = serializers.CharField()


class CallAgentSerializer(serializers.Serializer[Call]):
    id = serializers.CharField(source="agent_id")
    name = serializers.CharField(source="agent.name")
    version = serializers.IntegerField(source="agent_version.number")


class EndReasonSerializer(serializers.Serializer[Call]):
    code = serializers.CharField(source="end_code")
    by = serializers.CharField(source="end_by")
    message = serializers.SerializerMethodField()

    def get_message(self, call: Call) -> str:
        return call.end_message or outcome_of(call).sentence


class ToolCallSerializer(serializers.Serializer[Any]):
    """What the model asked a tool for, and what it was told of it. Null in all turns but those of tools."""

    name = serializers.CharField()
    arguments = serializers.JSONField(help_text="An object; a text where the model wrote no JSON.")
    result = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(choices=[each.value for each in ToolStatus])
    duration_ms = serializers.FloatField(allow_null=True)


class TurnSerializer(serializers.ModelSerializer[Turn]):
    latency = serializers.SerializerMethodField()
    timeline = TurnTimelineSerializer(allow_null=True)
    tool = ToolCallSerializer(allow_null=True, read_only=True)

    class Meta:
        model = Turn
        fields = [
            *("index", "role", "text", "heard_text", "interrupted", "started_at_ms", "ended_at_ms"),
            *("words", "latency", "timeline", "is_filler", "tool"),
        ]

    @extend_schema_field(TurnLatencySerializer(allow_null=True))
    def get_latency(self, turn: Turn) -> dict[str, float | None] | None:
        return {name: turn.latency.get(name) for name in PUBLISHED} if turn.latency else None


class MoneySerializer(serializers.Serializer[Any]):
    amount = serializers.CharField(help_text="A decimal number, to nine places.")
    currency = serializers.CharField()


class UnitPriceSerializer(MoneySerializer):
    per = serializers.ChoiceField(choices=sorted({unit for _, unit in PER.values()}))


def money(amount: Decimal | None) -> dict[str, str] | None:
    return None if amount is None else {"amount": f"{amount.normalize():f}", "currency": CURRENCY}


class UsageSerializer(serializers.ModelSerializer[Usage]):
    """`used` in the unit of the meter's name; `in_vain`: what the vendor charges beside it.

    `unit_price` is the vendor's at the time of the call, null where nobody knew it; so is `cost` then, which
    is that of used and in vain together. With a key of the organisation's own (`own_key`) the vendor bills
    the organisation itself, and the cost is 0.
    """

    unit_price = serializers.SerializerMethodField()
    own_key = serializers.BooleanField(source="is_own_key")
    cost = serializers.SerializerMethodField()

    class Meta:
        model = Usage
        fields = ["meter", "provider", "name", "used", "in_vain", "unit_price", "own_key", "cost"]

    @extend_schema_field(UnitPriceSerializer(allow_null=True))
    def get_unit_price(self, line: Usage) -> dict[str, str] | None:
        price = money(line.unit_price)
        return price and price | {"per": PER[line.meter][1]}

    @extend_schema_field(MoneySerializer(allow_null=True))
    def get_cost(self, line: Usage) -> dict[str, str] | None:
        return money(line_cost(line))


class CallRecordingSerializer(serializers.Serializer[Any]):
    """Both sides as sound; the call has null where its agent does not record. Links need no key."""

    state = serializers.ChoiceField(choices=[each.value for each in ShownState])
    url = serializers.CharField(allow_null=True, help_text="An MP3 of both sides in one.")
    stereo_url = serializers.CharField(
        allow_null=True, help_text="A WAV file: the caller left, the agent right."
    )
    expires_at = serializers.DateTimeField(allow_null=True, help_text="Of both links.")
    duration_s = serializers.FloatField(allow_null=True)
    missing_s = serializers.FloatField(help_text="What could not be stored while the call went on.")


class CallSerializer(serializers.ModelSerializer[Call]):
    """A call as lists show it. What has no source yet is null or empty.

    `cost` is what vendors charge for it, `price` what the organisation is billed: both null while it lasts.
    `cost` is null where a line's is, `price` where the plan said none at the call's beginning.
    """

    conversation_id = serializers.CharField(source="session_id")
    agent = CallAgentSerializer(source="*")
    duration_s = serializers.SerializerMethodField()
    end_reason = serializers.SerializerMethodField()
    latency = serializers.SerializerMethodField()
    counters = serializers.SerializerMethodField()
    switches = SwitchSerializer(many=True)
    usage = UsageSerializer(many=True)
    cost = serializers.SerializerMethodField()
    price = serializers.SerializerMethodField()
    recording = serializers.SerializerMethodField()

    class Meta:
        model = Call
        fields = [
            *("id", "conversation_id", "session_id", "agent", "channel", "direction", "state"),
            *("started_at", "ended_at", "duration_s", "end_reason"),
            *("latency", "counters", "switches", "usage", "cost", "price", "recording"),
            *("variables", "metadata"),
        ]

    def to_representation(self, call: Call) -> dict[str, Any]:
        return super().to_representation(call) | {
            "from_number": call.from_number or None,
            "to_number": call.to_number or None,
            "analysis": None,
            "feedback": None,
        }

    def get_duration_s(self, call: Call) -> float | None:
        return None if call.duration_ms is None else call.duration_ms / 1000

    @extend_schema_field(EndReasonSerializer(allow_null=True))
    def get_end_reason(self, call: Call) -> dict[str, str] | None:
        return dict(EndReasonSerializer(call).data) if call.end_code else None

    @extend_schema_field(CallRecordingSerializer(allow_null=True))
    def get_recording(self, call: Call) -> dict[str, Any] | None:
        shown = recording_shown(call, self.context["request"])
        return None if shown is None else dict(CallRecordingSerializer(shown).data)

    @extend_schema_field(CallLatencySerializer)
    def get_latency(self, call: Call) -> dict[str, Any]:
        turns: list[Turn] = call.timed_turns  # type: ignore[attr-defined]
        summary = latency_summary(turn.latency for turn in turns)
        return dict(CallLatencySerializer(summary).data)

    @extend_schema_field(MoneySerializer(allow_null=True))
    def get_cost(self, call: Call) -> dict[str, str] | None:
        return money(call_cost(call, list(call.usage.all())))

    @extend_schema_field(MoneySerializer(allow_null=True))
    def get_price(self, call: Call) -> dict[str, str] | None:
        return money(call_price(call, list(call.usage.all())))

    @extend_schema_field(CountersSerializer)
    def get_counters(self, call: Call) -> dict[str, float | None]:
        return {field.name: call.counters.get(field.name) for field in fields(SessionCounters)}


class StatsCallsSerializer(serializers.Serializer[Any]):
    total = serializers.IntegerField()
    live = serializers.IntegerField()
    today = serializers.IntegerField()


class StatsMinutesSerializer(serializers.Serializer[Any]):
    total = serializers.FloatField()
    this_month = serializers.FloatField()
    included_per_month = serializers.IntegerField()


class StatsLatencySerializer(serializers.Serializer[Any]):
    voice_to_voice_ms = PercentilesSerializer()


class StatsAgentSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()


class StatsByAgentSerializer(serializers.Serializer[Any]):
    agent = StatsAgentSerializer()
    calls = serializers.IntegerField()
    minutes = serializers.FloatField()


class StatsByEndCodeSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    calls = serializers.IntegerField()


class StatsSerializer(serializers.Serializer[Any]):
    """Days and months are UTC's; latency is that of the newest 10,000 turns of the last 30 days."""

    calls = StatsCallsSerializer()
    minutes = StatsMinutesSerializer()
    average_duration_s = serializers.FloatField(allow_null=True)
    latency = StatsLatencySerializer()
    by_agent = StatsByAgentSerializer(many=True)
    by_end_code = StatsByEndCodeSerializer(many=True)
