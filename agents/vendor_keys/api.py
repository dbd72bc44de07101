"""/api/dashboard/vendors: what Settings → Vendors shows and does, for programs. No answer holds a key."""

from __future__ import annotations

from typing import Any, cast

from django.http import Http404
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import APIException, Throttled, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import OrgApiRequest
from accounts.minute_limit import within_limit
from accounts.models import Organisation
from agents.models import VendorCredential
from agents.vendor_keys import selectors, services
from agents.vendor_keys.forms import LONGEST_KEY, NOTHING_TO_ASK, clean_address, clean_key, said_of
from agents.vendor_keys.selectors import Source, VendorStatus
from agents.vendor_keys.server_names import LONGEST_NAME, MOST_NAMES, ServerNames, clean_voices
from agents.vendor_keys.views import CHECKS_A_MINUTE
from voice.core.errors import ProviderError


class StoredKeySerializer(serializers.Serializer[VendorCredential]):
    """Of the organisation's own key; the key itself is never shown."""

    last_four = serializers.CharField(allow_blank=True)
    state = serializers.ChoiceField(choices=VendorCredential.State.choices)
    said = serializers.CharField(help_text="What the key gives, or the vendor's own words.")
    checked_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class VendorSerializer(serializers.Serializer[VendorStatus]):
    """A vendor as the organisation may use it."""

    vendor = serializers.CharField(source="vendor.name")
    label = serializers.CharField(source="vendor.label")  # type: ignore[assignment]  # a field, as below
    source = serializers.ChoiceField(  # type: ignore[assignment]  # a field, not the serializer's own
        choices=[each.value for each in Source], help_text="Whose key is used."
    )
    is_enabled = serializers.BooleanField()
    is_usable = serializers.SerializerMethodField()
    why_not = serializers.CharField(allow_blank=True, help_text="Why it cannot be used, as a sentence.")
    base_url = serializers.SerializerMethodField()
    models = serializers.SerializerMethodField()
    voices = serializers.SerializerMethodField()
    transcribers = serializers.SerializerMethodField()
    key = StoredKeySerializer(allow_null=True)

    def get_is_usable(self, status: VendorStatus) -> bool:
        return not status.why_not

    def get_base_url(self, status: VendorStatus) -> str:
        return status.key.base_url if status.key else ""

    def get_models(self, status: VendorStatus) -> list[str]:
        return list(status.key.model_names) if status.key else []

    def get_voices(self, status: VendorStatus) -> list[str]:
        return list(status.key.voice_names) if status.key else []

    def get_transcribers(self, status: VendorStatus) -> list[str]:
        return list(status.key.transcriber_names) if status.key else []


def names_field(help_text: str) -> serializers.ListField:
    name = serializers.CharField(max_length=LONGEST_NAME)
    return serializers.ListField(
        child=name, max_length=MOST_NAMES, required=False, default=list, help_text=help_text
    )


class VendorKeyRequestSerializer(serializers.Serializer[Any]):
    """A key to store. A server of one's own needs `base_url` and a name of what it can be asked for, and
    perhaps no key."""

    api_key = serializers.CharField(max_length=LONGEST_KEY, required=False, default="", allow_blank=True)
    base_url = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)
    models = names_field("What thinks on a server of one's own.")
    voices = names_field('What speaks on it, as "model/voice".')
    transcribers = names_field("What hears on it.")
    even_unverified = serializers.BooleanField(
        default=False, help_text="Store it also when the vendor cannot be asked. A refusal stays a refusal."
    )

    def validate_api_key(self, api_key: str) -> str:
        return clean_key(api_key) if api_key else ""

    def validate_base_url(self, base_url: str) -> str:
        return clean_address(base_url)

    def validate_voices(self, voices: list[str]) -> tuple[str, ...]:
        return clean_voices(voices)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        is_own = self.context["vendor"].is_own
        needed = "base_url" if is_own else "api_key"
        if not attrs[needed]:
            raise ValidationError({needed: "This field is required."}, code="required")
        if is_own and not names_of(attrs):
            raise ValidationError({"models": NOTHING_TO_ASK}, code="required")
        if names_of(attrs) and not is_own:
            message = "Only a server of one's own is told what it can be asked for."
            raise ValidationError({"models": message}, code="invalid")
        return attrs


def names_of(attrs: dict[str, Any]) -> ServerNames:
    return ServerNames(tuple(attrs["models"]), tuple(attrs["voices"]), tuple(attrs["transcribers"]))


class SwitchSerializer(serializers.Serializer[Any]):
    is_enabled = serializers.BooleanField(help_text="Off: no call uses the vendor, with whosever key.")


class CouldNotBeAsked(APIException):
    status_code = 503
    default_code = "vendor_unreachable"


class VendorList(APIView):
    """All vendors there are, and whose key the organisation's calls use."""

    @extend_schema(
        operation_id="dashboard_vendors_list",
        responses=inline_serializer(
            "Vendors",
            {
                "results": VendorSerializer(many=True),
                "next": serializers.URLField(allow_null=True),
                "previous": serializers.URLField(allow_null=True),
            },
        ),
    )
    def get(self, request: Request) -> Response:
        rows = [VendorSerializer(each).data for each in selectors.vendors_listed(_organisation(request))]
        return Response({"results": rows, "next": None, "previous": None})


class VendorDetail(APIView):
    """One vendor: stored, switched on and off, and removed."""

    @extend_schema(responses=VendorSerializer)
    def get(self, request: Request, vendor: str) -> Response:
        return _answer(request, vendor)

    @extend_schema(request=VendorKeyRequestSerializer, responses=VendorSerializer)
    @sensitive_variables("asked", "given")
    def put(self, request: Request, vendor: str) -> Response:
        """Stores a key once the vendor has taken it, instead of the one before."""
        status = _status_or_404(request, vendor)
        asked = VendorKeyRequestSerializer(data=request.data, context={"vendor": status.vendor})
        asked.is_valid(raise_exception=True)
        _count_check(request)
        given = asked.validated_data
        try:
            services.vendor_key_save(
                organisation=_organisation(request),
                vendor=vendor,
                api_key=given["api_key"],
                base_url=given["base_url"],
                names=names_of(given),
                even_unverified=given["even_unverified"],
                created_by=None,
            )
        except ProviderError as error:
            field = "base_url" if status.vendor.is_own else "api_key"
            code = "vendor_unreachable" if error.retryable else "refused"
            raise ValidationError({field: said_of(status.vendor, error)}, code=code) from None
        return _answer(request, vendor)

    @extend_schema(request=SwitchSerializer, responses=VendorSerializer)
    def patch(self, request: Request, vendor: str) -> Response:
        _status_or_404(request, vendor)
        asked = SwitchSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        services.vendor_switch(
            organisation=_organisation(request), vendor=vendor, is_enabled=asked.validated_data["is_enabled"]
        )
        return _answer(request, vendor)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, vendor: str) -> Response:
        """Removes the organisation's own key for good."""
        services.vendor_key_remove(credential=_key_or_404(request, vendor))
        return Response(status=204)


class VendorTest(APIView):
    @extend_schema(request=None, responses=VendorSerializer)
    def post(self, request: Request, vendor: str) -> Response:
        """Asks the vendor whether it takes the stored key; `key.state` and `key.said` are its answer."""
        credential = _key_or_404(request, vendor)
        _count_check(request)
        try:
            services.vendor_key_test(credential=credential)
        except ProviderError as error:
            if error.retryable:
                label = _status_or_404(request, vendor).vendor
                raise CouldNotBeAsked(said_of(label, error)) from None
        return _answer(request, vendor)


def _organisation(request: Request) -> Organisation:
    return cast(OrgApiRequest, request).organisation


def _status_or_404(request: Request, vendor: str) -> VendorStatus:
    status = selectors.vendor_find(_organisation(request), vendor)
    if status is None:
        raise Http404
    return status


def _key_or_404(request: Request, vendor: str) -> VendorCredential:
    status = _status_or_404(request, vendor)
    if status.key is None:
        raise Http404
    return status.key


def _count_check(request: Request) -> None:
    """With those of the page. Raises Throttled."""
    if not within_limit(f"vendor-check:{_organisation(request).pk}", CHECKS_A_MINUTE):
        raise Throttled(wait=60)


def _answer(request: Request, vendor: str) -> Response:
    return Response(VendorSerializer(_status_or_404(request, vendor)).data)
