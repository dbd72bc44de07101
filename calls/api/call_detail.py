"""The REST API's shape of one call: with its turns, and how it was placed."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from calls.api.serializers import CallSerializer, TurnSerializer
from calls.models import Call, OutboundCall
from calls.selectors import outbound_find


class OutboundSerializer(serializers.ModelSerializer[OutboundCall]):
    """What the carrier tells of a call that an agent made, in its own words and codes."""

    class Meta:
        model = OutboundCall
        fields = ["status", "answered_by", "sip_code", "carrier_code", "on_machine", "ring_s", "answered_at"]
        read_only_fields = fields


class CallDetailSerializer(CallSerializer):
    turns = TurnSerializer(many=True)
    outbound = serializers.SerializerMethodField()

    class Meta(CallSerializer.Meta):
        fields = [*CallSerializer.Meta.fields, "outbound", "turns"]

    @extend_schema_field(OutboundSerializer(allow_null=True))
    def get_outbound(self, call: Call) -> dict[str, Any] | None:
        """Null for calls that came in."""
        found = outbound_find(call) if call.direction == "outbound" else None
        return dict(OutboundSerializer(found).data) if found else None
