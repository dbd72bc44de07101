"""/api/dashboard/calling-rules: where and how often agents may call others. /countries: which there are."""

from __future__ import annotations

from typing import Any, cast

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import OrgApiRequest
from accounts.models import Organisation
from agents.calling_rules import services
from agents.calling_rules.selectors import plan_limits
from agents.phone_numbers.countries import COUNTRIES, calling_code, country_names


class PlanLimitsSerializer(serializers.Serializer[Any]):
    calls_per_second = serializers.IntegerField(source="per_second")
    calls_at_once = serializers.IntegerField(source="at_once")


class CallingRulesSerializer(serializers.Serializer[Organisation]):
    """Of calls to others. `countries` empty: the country of the number that is called from.

    `calls_per_second` and `calls_at_once` null: as many as the plan allows, which says `plan`.
    """

    countries = serializers.ListField(
        child=serializers.CharField(max_length=40),
        source="called_countries",
        max_length=len(COUNTRIES),
        help_text="Codes of /api/dashboard/countries.",
    )
    calls_per_second = serializers.IntegerField(source="dialled_per_second", min_value=1, allow_null=True)
    calls_at_once = serializers.IntegerField(source="dialled_at_once", min_value=1, allow_null=True)
    plan = serializers.SerializerMethodField()

    @extend_schema_field(PlanLimitsSerializer)
    def get_plan(self, organisation: Organisation) -> dict[str, int]:
        return dict(PlanLimitsSerializer(plan_limits(organisation)).data)

    def validate_countries(self, countries: list[str]) -> list[str]:
        for code in countries:
            if code not in COUNTRIES:
                message = f"There is no country “{code}”. GET /api/dashboard/countries has them all."
                raise ValidationError([ErrorDetail(message, code="unknown_country")])
        return sorted(set(countries))

    def validate_calls_per_second(self, most: int | None) -> int | None:
        return _within(most, plan_limits(self._organisation).per_second)

    def validate_calls_at_once(self, most: int | None) -> int | None:
        return _within(most, plan_limits(self._organisation).at_once)

    @property
    def _organisation(self) -> Organisation:
        return cast(Organisation, self.instance)


class CountrySerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    calling_code = serializers.CharField(help_text="Such as +49; several countries share +1.")


class CountryListSerializer(serializers.Serializer[Any]):
    """Not paged: they are always the same."""

    results = CountrySerializer(many=True)


class CallingRules(APIView):
    """Where and how often the organisation's agents may call others."""

    @extend_schema(responses=CallingRulesSerializer)
    def get(self, request: Request) -> Response:
        return Response(CallingRulesSerializer(_organisation(request)).data)

    @extend_schema(request=CallingRulesSerializer, responses=CallingRulesSerializer)
    def patch(self, request: Request) -> Response:
        """New calls follow them; those that go on are left alone."""
        organisation = _organisation(request)
        asked = CallingRulesSerializer(organisation, data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        services.calling_rules_change(organisation=organisation, **asked.validated_data)
        return Response(CallingRulesSerializer(organisation).data)


class CountryList(APIView):
    """Every country that agents may be allowed to call, by its name."""

    @extend_schema(operation_id="dashboard_countries_list", responses=CountryListSerializer)
    def get(self, request: Request) -> Response:
        countries = [
            {"code": code, "name": name, "calling_code": calling_code(code)}
            for code, name in country_names().items()
        ]
        return Response({"results": countries})


def _within(most: int | None, allowed: int) -> int | None:
    if most is not None and most > allowed:
        raise ValidationError(f"The plan allows {allowed}.", code="max_value")
    return most


def _organisation(request: Request) -> Organisation:
    return cast(OrgApiRequest, request).organisation
