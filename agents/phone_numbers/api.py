"""/api/dashboard/phone-numbers: what Settings → Phone numbers shows and does, for programs."""

from __future__ import annotations

from typing import Any, cast

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.exceptions import APIException, Throttled, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import OrgApiRequest
from accounts.api.pagination import Pagination
from accounts.models import Organisation
from agents.models import PhoneNumber
from agents.phone_numbers import services
from agents.phone_numbers.check import webhook_findings
from agents.phone_numbers.e164 import LONGEST_TYPED, clean_number
from agents.phone_numbers.selectors import phone_number_find, phone_numbers_listed
from agents.phone_numbers.webhooks import public_address
from agents.selectors import agent_find
from agents.twilio_account.forms import said_by_twilio
from agents.twilio_account.views import may_ask_twilio
from voice.core.errors import ProviderError


class PhoneNumberSerializer(serializers.ModelSerializer[PhoneNumber]):
    """A number that callers dial. `agent_id` null: the oldest active agent answers."""

    agent_id = serializers.CharField(allow_null=True)

    class Meta:
        model = PhoneNumber
        fields = (
            *("id", "number", "label", "agent_id", "fallback_number", "voicemail_number"),
            *("configured_at", "created_at"),
        )


class E164Field(serializers.CharField):
    def to_internal_value(self, data: Any) -> str:
        typed = super().to_internal_value(data)
        try:
            return clean_number(typed) if typed else ""
        except DjangoValidationError as error:
            raise ValidationError(error.message, code="not_e164") from None


class PhoneNumberFieldsSerializer(serializers.Serializer[Any]):
    """What may be changed. All numbers are E.164."""

    label = serializers.CharField(  # type: ignore[assignment]  # a field, not the serializer's own
        max_length=80, required=False, allow_blank=True
    )
    agent_id = serializers.CharField(required=False, allow_null=True)
    fallback_number = E164Field(max_length=LONGEST_TYPED, required=False, allow_blank=True)
    voicemail_number = E164Field(max_length=LONGEST_TYPED, required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        own = attrs.get("number") or self.context.get("number")
        for name in ("fallback_number", "voicemail_number"):
            if attrs.get(name) and attrs[name] == own:
                raise ValidationError({name: "This is the number itself."}, code="circle")
        if "agent_id" in attrs:
            agent_id = attrs.pop("agent_id")
            attrs["agent"] = self._agent(agent_id) if agent_id else None
        return attrs

    def _agent(self, agent_id: str) -> Any:
        agent = agent_find(organisation=self.context["organisation"], agent_id=agent_id)
        if agent is None:
            raise ValidationError({"agent_id": "There is no such agent."}, code="unknown")
        return agent


class NewPhoneNumberSerializer(PhoneNumberFieldsSerializer):
    number = E164Field(max_length=LONGEST_TYPED)


class FindingSerializer(serializers.Serializer[Any]):
    is_well = serializers.BooleanField()
    sentence = serializers.CharField()


class WebhookTestSerializer(serializers.Serializer[Any]):
    """What a call would meet on its way, as the page says it."""

    is_well = serializers.BooleanField(help_text="Nothing is in a call's way.")
    findings = FindingSerializer(many=True)


class TwilioFailed(APIException):
    """Twilio could not be asked."""

    status_code = 503
    default_code = "twilio_unreachable"


class TwilioRefused(APIException):
    """Twilio was asked, and refused."""

    status_code = 422
    default_code = "twilio_refused"


class BeingConfigured(APIException):
    """Somebody else is at it."""

    status_code = 409
    default_code = "being_configured"


class NotReady(APIException):
    """Something is to be set up first."""

    status_code = 409


class OldestFirst(Pagination):
    ordering = ("created_at", "id")


class PhoneNumberList(generics.ListAPIView[PhoneNumber]):
    """The organisation's phone numbers, oldest first."""

    serializer_class = PhoneNumberSerializer
    pagination_class = OldestFirst
    queryset = PhoneNumber.objects.none()

    def get_queryset(self) -> QuerySet[PhoneNumber]:
        if getattr(self, "swagger_fake_view", False):
            return super().get_queryset()
        return phone_numbers_listed(_organisation(self.request))

    @extend_schema(request=NewPhoneNumberSerializer, responses={201: PhoneNumberSerializer})
    def post(self, request: Request) -> Response:
        organisation = _organisation(request)
        asked = NewPhoneNumberSerializer(data=request.data, context={"organisation": organisation})
        asked.is_valid(raise_exception=True)
        try:
            created = services.phone_number_create(organisation=organisation, **asked.validated_data)
        except services.NumberTaken:
            message = "Your organisation has this number already."
            raise ValidationError({"number": message}, code="taken") from None
        except services.GoesRound as circle:
            raise _goes_round(circle) from None
        return Response(PhoneNumberSerializer(created).data, status=201)


class PhoneNumberDetail(APIView):
    """One phone number."""

    @extend_schema(responses=PhoneNumberSerializer)
    def get(self, request: Request, number_id: str) -> Response:
        return Response(PhoneNumberSerializer(_number_or_404(request, number_id)).data)

    @extend_schema(request=PhoneNumberFieldsSerializer, responses=PhoneNumberSerializer)
    def patch(self, request: Request, number_id: str) -> Response:
        number = _number_or_404(request, number_id)
        context = {"organisation": number.organisation, "number": number.number}
        asked = PhoneNumberFieldsSerializer(data=request.data, context=context)
        asked.is_valid(raise_exception=True)
        try:
            services.phone_number_update(phone_number=number, **asked.validated_data)
        except services.GoesRound as circle:
            raise _goes_round(circle) from None
        return Response(PhoneNumberSerializer(number).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, number_id: str) -> Response:
        services.phone_number_remove(phone_number=_number_or_404(request, number_id))
        return Response(status=204)


class PhoneNumberConfigure(APIView):
    @extend_schema(request=None, responses=PhoneNumberSerializer)
    def post(self, request: Request, number_id: str) -> Response:
        """Has the number at Twilio ask this installation, through the stored Twilio account.

        After a 503 it may do so or not: asked again, this finds out first.
        """
        number = _number_or_404(request, number_id)
        if not may_ask_twilio(_organisation(request)):
            raise Throttled(wait=60)
        try:
            services.phone_number_configure(phone_number=number, address=public_address(request), by=None)
        except ProviderError as error:
            raise twilio_error(error) from None
        except services.AnswerLost as lost:
            raise TwilioFailed(lost.message) from None
        except services.BeingConfigured as busy:
            raise BeingConfigured(busy.message) from None
        except services.NotReady as missing:
            raise NotReady(missing.message, missing.code) from None
        return Response(PhoneNumberSerializer(_number_or_404(request, number_id)).data)


class PhoneNumberTest(APIView):
    @extend_schema(request=None, responses=WebhookTestSerializer)
    def post(self, request: Request, number_id: str) -> Response:
        """Whether a call to the number would reach its agent: asked the way Twilio will ask. Takes some
        seconds."""
        number = _number_or_404(request, number_id)
        if not may_ask_twilio(_organisation(request)):
            raise Throttled(wait=60)
        findings = webhook_findings(number, public_address(request))
        told = {"is_well": all(each.is_well for each in findings), "findings": findings}
        return Response(WebhookTestSerializer(told).data)


def _goes_round(circle: services.GoesRound) -> ValidationError:
    field = "agent_id" if circle.field == "agent" else circle.field
    return ValidationError({field: circle.message}, code="circle")


def twilio_error(error: ProviderError) -> APIException:
    return (TwilioFailed if error.retryable else TwilioRefused)(said_by_twilio(error))


def _organisation(request: Any) -> Organisation:
    return cast(OrgApiRequest, request).organisation


def _number_or_404(request: Request, number_id: str) -> PhoneNumber:
    number = phone_number_find(organisation=_organisation(request), number_id=number_id)
    if number is None:
        raise Http404
    return number
