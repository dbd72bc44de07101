"""GET /api/dashboard/catalogue: what agents can be given, its price, and whether this organisation may."""

from __future__ import annotations

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import OrgApiRequest
from accounts.models import Tier
from accounts.money import CURRENCY
from agents.catalogue.organisation_catalogue import OrganisationCatalogue
from agents.catalogue.rows import PRICES, name_of
from agents.catalogue.selectors import catalogue_of
from voice.providers.offers import Model, Offer, Voice


class PriceSerializer(serializers.Serializer[Any]):
    """The vendor's list price, without tax; null where it has none of that kind or nobody knows it."""

    currency = serializers.CharField()
    per_minute = serializers.CharField(allow_null=True)
    per_million_in = serializers.CharField(allow_null=True)
    per_million_out = serializers.CharField(allow_null=True)
    per_thousand_characters = serializers.CharField(allow_null=True)
    as_of = serializers.DateField(allow_null=True)


class OfferLimitsSerializer(serializers.Serializer[Any]):
    context_tokens = serializers.IntegerField(allow_null=True)
    longest_reply_tokens = serializers.IntegerField(allow_null=True)


class OfferSerializer(serializers.Serializer[Any]):
    """`tier`: of the lowest plan that includes it. `is_usable` is false for the reason in `why_not`."""

    provider = serializers.CharField()
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field's own is of another kind
    description = serializers.CharField()
    tier = serializers.ChoiceField(choices=[tier.name.lower() for tier in Tier])
    price = PriceSerializer()
    limits = OfferLimitsSerializer()
    formats = serializers.ListField(child=serializers.CharField())
    languages = serializers.ListField(child=serializers.CharField())
    accent = serializers.CharField()
    sex = serializers.CharField()
    is_listed = serializers.BooleanField(help_text="Whether its vendor still lists it.")
    is_included = serializers.BooleanField(help_text="Whether the plan includes it.")
    is_usable = serializers.BooleanField()
    why_not = serializers.CharField()


class CatalogueSerializer(serializers.Serializer[Any]):
    models = OfferSerializer(many=True)
    voices = OfferSerializer(many=True)
    transcribers = OfferSerializer(many=True)


class CatalogueView(APIView):
    """Everything that is offered here, in the order of preference."""

    @extend_schema(responses=CatalogueSerializer)
    def get(self, request: Request) -> Response:
        catalogue = catalogue_of(cast(OrgApiRequest, request).organisation)
        offered = catalogue.offered
        return Response(
            {
                "models": [_shape(each, catalogue) for each in offered.models],
                "voices": [_shape(each, catalogue) for each in offered.voices],
                "transcribers": [_shape(each, catalogue) for each in offered.transcribers],
            }
        )


def _shape(offer: Offer, catalogue: OrganisationCatalogue) -> dict[str, Any]:
    terms = offer.terms
    prices = {name: getattr(terms, name) for name in PRICES}
    why_not = catalogue.above_plan(offer) or catalogue.vendors.why_not(offer.provider)
    return {
        "provider": offer.provider,
        "name": name_of(offer),
        "label": offer.label,
        "description": offer.description,
        "tier": Tier(terms.tier).name.lower(),
        "price": {"currency": CURRENCY}
        | {name: None if price is None else f"{price.normalize():f}" for name, price in prices.items()}
        | {"as_of": terms.as_of},
        "limits": {
            "context_tokens": terms.context_tokens,
            "longest_reply_tokens": terms.longest_reply_tokens,
        },
        "formats": list(terms.formats),
        "languages": [] if isinstance(offer, Model) else list(offer.languages),
        "accent": offer.accent if isinstance(offer, Voice) else "",
        "sex": offer.sex if isinstance(offer, Voice) else "",
        "is_listed": not terms.is_gone,
        "is_included": catalogue.includes(offer),
        "is_usable": not why_not,
        "why_not": why_not,
    }
