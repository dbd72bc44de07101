"""POST /api/dashboard/calls: an agent calls somebody."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest
from django.urls import reverse
from rest_framework import serializers
from rest_framework.exceptions import APIException, ErrorDetail, ValidationError
from rest_framework.request import Request

from accounts.addresses import absolute_url
from accounts.api.authentication import OrgApiRequest
from accounts.models import ApiKey
from agents.prompts.variables import VariablesInvalid, checked_variables
from calls.api.idempotency import idempotency_key
from calls.models import Call, OnMachine
from calls.outbound import (
    LONGEST_RING_S,
    SHORTEST_RING_S,
    USUAL_RING_S,
    CarrierAddresses,
    OutboundRefused,
    Wish,
    addresses_or_refusal,
    outbound_call,
)


class NotCalled(APIException):
    """With the status and code of its cause."""

    def __init__(self, refused: OutboundRefused) -> None:
        super().__init__(refused.message, refused.code)
        self.status_code = refused.status


class OutboundWishSerializer(serializers.Serializer[Any]):
    to = serializers.CharField(max_length=40, help_text="E.164, such as +15550100000.")
    agent_id = serializers.CharField(max_length=40)
    on_machine = serializers.ChoiceField(
        choices=OnMachine.choices,
        default=OnMachine.GO_ON,
        help_text="When a machine answers. The agent greets whatever answers at once; other than `go_on`,"
        " Twilio listens meanwhile, and the agent acts on what it finds.",
    )
    ring_s = serializers.IntegerField(
        min_value=SHORTEST_RING_S, max_value=LONGEST_RING_S, default=USUAL_RING_S
    )
    variables = serializers.JSONField(default=dict, help_text="For the agent's texts: names and values.")
    metadata = serializers.JSONField(default=dict, help_text="Only kept with the call.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # "from" cannot be the name of a class's attribute.
        from_field = serializers.CharField(
            max_length=40, help_text="One of the organisation's phone numbers."
        )
        return {"from": from_field, **super().get_fields()}

    def validate_variables(self, given: object) -> dict[str, str]:
        return _variables(given, "variables")

    def validate_metadata(self, given: object) -> dict[str, str]:
        return _variables(given, "metadata")


def call_made(request: Request) -> tuple[Call, bool]:
    """The call, and whether it is new. Raises APIException."""
    asked = OutboundWishSerializer(data=request.data)
    asked.is_valid(raise_exception=True)
    wanted = asked.validated_data
    wish = Wish(
        to=wanted["to"],
        from_=wanted["from"],
        agent_id=wanted["agent_id"],
        on_machine=OnMachine(wanted["on_machine"]),
        ring_s=wanted["ring_s"],
        variables=wanted["variables"],
        metadata=wanted["metadata"],
        api_key_id=cast(ApiKey, request.auth).pk,
        idempotency_key=idempotency_key(request),
    )
    try:
        return outbound_call(
            organisation=cast(OrgApiRequest, request).organisation,
            wish=wish,
            addresses=carrier_addresses(request._request),
        )
    except OutboundRefused as refused:
        if refused.status == 400 and refused.field:
            details = {refused.field: [ErrorDetail(refused.message, code=refused.code)]}
            raise ValidationError(details) from refused
        raise NotCalled(refused) from refused


def carrier_addresses(request: HttpRequest) -> CarrierAddresses:
    """Raises OutboundRefused where the carrier could not reach us."""
    return addresses_or_refusal(
        absolute_url(reverse("twilio:outbound"), request),
        absolute_url(reverse("twilio:outbound-status"), request),
        absolute_url(reverse("twilio:outbound-answerer"), request),
    )


def _variables(given: object, parameter: str) -> dict[str, str]:
    try:
        return checked_variables(given, parameter)
    except VariablesInvalid as error:
        raise ValidationError(str(error), code="invalid_variables") from error
