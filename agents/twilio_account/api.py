"""/api/dashboard/twilio-account: the organisation's account at Twilio. No answer holds its token."""

from __future__ import annotations

from typing import Any, cast

from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import Throttled, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import OrgApiRequest
from accounts.models import Organisation
from agents.models import TwilioAccount
from agents.phone_numbers.api import twilio_error
from agents.twilio_account import services
from agents.twilio_account.forms import clean_account_sid, clean_auth_token
from agents.twilio_account.selectors import twilio_account_find
from agents.twilio_account.views import may_ask_twilio
from voice.core.errors import ProviderError


class TwilioAccountSerializer(serializers.ModelSerializer[TwilioAccount]):
    """`said`: what the account is called at Twilio, or Twilio's own words."""

    class Meta:
        model = TwilioAccount
        fields = ("account_sid", "last_four", "state", "said", "checked_at", "created_at")


class TwilioAccountRequestSerializer(serializers.Serializer[Any]):
    account_sid = serializers.CharField(max_length=34)
    auth_token = serializers.CharField(max_length=100)
    even_unverified = serializers.BooleanField(
        default=False, help_text="Store it also when Twilio cannot be asked. A refusal stays a refusal."
    )

    def validate_account_sid(self, account_sid: str) -> str:
        return _clean(clean_account_sid, account_sid)

    def validate_auth_token(self, auth_token: str) -> str:
        return _clean(clean_auth_token, auth_token)


class TwilioAccountDetail(APIView):
    """The stored account; 404 where there is none."""

    @extend_schema(responses=TwilioAccountSerializer)
    def get(self, request: Request) -> Response:
        return Response(TwilioAccountSerializer(_account_or_404(request)).data)

    @extend_schema(request=TwilioAccountRequestSerializer, responses=TwilioAccountSerializer)
    @sensitive_variables("asked", "given")
    def put(self, request: Request) -> Response:
        """Stores it once Twilio has taken it, instead of the one before."""
        asked = TwilioAccountRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        _count_check(request)
        given = asked.validated_data
        try:
            saved = services.twilio_account_save(
                organisation=_organisation(request), created_by=None, **given
            )
        except ProviderError as error:
            raise twilio_error(error) from None
        return Response(TwilioAccountSerializer(saved).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        services.twilio_account_remove(account=_account_or_404(request))
        return Response(status=204)


class TwilioAccountTest(APIView):
    @extend_schema(request=None, responses=TwilioAccountSerializer)
    def post(self, request: Request) -> Response:
        """Asks Twilio whether it takes the stored account; `state` and `said` are its answer."""
        account = _account_or_404(request)
        _count_check(request)
        try:
            services.twilio_account_test(account=account)
        except ProviderError as error:
            if error.retryable:
                raise twilio_error(error) from None
        return Response(TwilioAccountSerializer(_account_or_404(request)).data)


def _organisation(request: Request) -> Organisation:
    return cast(OrgApiRequest, request).organisation


def _account_or_404(request: Request) -> TwilioAccount:
    account = twilio_account_find(_organisation(request))
    if account is None:
        raise Http404
    return account


def _count_check(request: Request) -> None:
    if not may_ask_twilio(_organisation(request)):
        raise Throttled(wait=60)


def _clean(clean: Any, value: str) -> str:
    try:
        return str(clean(value))
    except DjangoValidationError as error:
        raise ValidationError(error.message, code="invalid") from None
