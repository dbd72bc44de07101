"""POST and GET /api/dashboard/calls/ID/commands, and one command: what a live call is told to do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from django.http import Http404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import OrgApiRequest
from agents.phone_numbers.api import twilio_error
from calls import selectors, services
from calls.api.idempotency import idempotency_key, idempotency_parameter
from calls.commands import LONGEST_TEXT, CommandState, standing_of
from calls.models import Call, Command, CommandKind, CommandOutcome
from calls.ringing import carrier_hang_up
from voice.core.errors import ProviderError

LONGEST_WAIT_S = 300


class Conflict(APIException):
    status_code = 409


class CommandRequestSerializer(serializers.Serializer[Any]):
    """`say` wants a `text`; `end` may have one, which is said and heard before the call ends."""

    kind = serializers.ChoiceField(choices=[CommandKind.END, CommandKind.SAY])
    text = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True, default="")
    at_once = serializers.BooleanField(
        default=False, help_text="Do not wait until nobody speaks, and let nothing stop it. Of `say`."
    )
    reason = serializers.CharField(
        max_length=200,
        required=False,
        allow_blank=True,
        default="",
        help_text="Kept with the call. Of `end`.",
    )
    within_s = serializers.IntegerField(
        min_value=1, max_value=LONGEST_WAIT_S, default=30, help_text="What has not begun by then is left."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["kind"] == CommandKind.SAY and not attrs["text"]:
            raise ValidationError({"text": "What the agent is to say."}, code="required")
        return attrs


class CommandSerializer(serializers.ModelSerializer[Command]):
    text = serializers.SerializerMethodField()
    at_once = serializers.SerializerMethodField()
    reason = serializers.SerializerMethodField()
    state = serializers.SerializerMethodField()
    outcome = serializers.SerializerMethodField()

    class Meta:
        model = Command
        fields = [
            *("id", "call_id", "kind", "text", "at_once", "reason", "state", "outcome"),
            *("created_at", "deadline", "acknowledged_at", "settled_at"),
        ]

    def get_text(self, command: Command) -> str:
        return str(command.arguments.get("text", ""))

    def get_at_once(self, command: Command) -> bool:
        return bool(command.arguments.get("at_once", False))

    def get_reason(self, command: Command) -> str:
        return str(command.arguments.get("reason", ""))

    @extend_schema_field(serializers.ChoiceField(choices=[state.value for state in CommandState]))
    def get_state(self, command: Command) -> str:
        return standing_of(command).state

    @extend_schema_field(serializers.ChoiceField(choices=CommandOutcome.choices, allow_null=True))
    def get_outcome(self, command: Command) -> str | None:
        return standing_of(command).outcome or None


class CommandListSerializer(serializers.Serializer[Any]):
    """Not paged: a call has few of them."""

    results = CommandSerializer(many=True)


class CommandList(APIView):
    """What a call was told to do, in the order it was told."""

    @extend_schema(operation_id="dashboard_calls_commands_list", responses=CommandListSerializer)
    def get(self, request: Request, call_id: str) -> Response:
        commands = selectors.commands_listed(_call(request, call_id))
        return Response({"results": CommandSerializer(commands, many=True).data})

    @extend_schema(
        request=CommandRequestSerializer,
        responses={201: CommandSerializer, 200: CommandSerializer},
        parameters=[idempotency_parameter("Sent again with the same key, the command is not given again.")],
    )
    def post(self, request: Request, call_id: str) -> Response:
        """Tells a live call something. Answers 200 where this idempotency key has told it before.

        A call that an agent makes and nobody has answered yet is cancelled by `end`. Answers 503 or 422 where
        Twilio could not be told: the call is over all the same, and whoever answers is not spoken to; the
        same request with the same key tells Twilio again.
        """
        call = _call(request, call_id)
        asked = CommandRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        kind = CommandKind(wanted["kind"])
        own = "at_once" if kind == CommandKind.SAY else "reason"
        try:
            command, is_new = services.command_give(
                call=call,
                kind=kind,
                arguments={name: wanted[name] for name in ("text", own)},
                idempotency_key=idempotency_key(request),
                within=timedelta(seconds=wanted["within_s"]),
            )
        except services.CommandRefused as refused:
            raise Conflict(refused.message, code=refused.code) from refused
        if kind == CommandKind.END:
            _tell_carrier(call)
        return Response(CommandSerializer(command).data, status=201 if is_new else 200)


class CommandDetail(APIView):
    """One command: whether the call has it, and what became of it."""

    @extend_schema(responses=CommandSerializer)
    def get(self, request: Request, call_id: str, command_id: str) -> Response:
        command = selectors.command_find(_call(request, call_id), command_id)
        if command is None:
            raise Http404
        return Response(CommandSerializer(command).data)


def _tell_carrier(call: Call) -> None:
    """Raises APIException."""
    try:
        carrier_hang_up(call.pk)
    except ProviderError as error:
        raise twilio_error(error) from None


def _call(request: Request, call_id: str) -> Call:
    call = selectors.call_find(cast(OrgApiRequest, request).organisation, call_id)
    if call is None:
        raise Http404
    return call
