"""GET /api/dashboard/stats, /calls and /calls/ID."""

from __future__ import annotations

from typing import cast

from django.db.models import QuerySet
from django.http import Http404
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import OrgApiRequest
from accounts.api.pagination import Pagination
from calls import selectors
from calls.api.call_detail import CallDetailSerializer
from calls.api.idempotency import idempotency_parameter
from calls.api.outbound import OutboundWishSerializer, call_made
from calls.api.serializers import CallSerializer, StatsSerializer
from calls.filters import CallApiFilter
from calls.models import Call
from calls.stats import organisation_statistics


class CallPagination(Pagination):
    ordering = ("-started_at", "-id")


class CallList(generics.ListAPIView[Call]):
    """The organisation's calls, newest first, without their turns; a POST has an agent make one."""

    serializer_class = CallSerializer
    pagination_class = CallPagination
    filter_backends = [DjangoFilterBackend]
    filterset_class = CallApiFilter
    queryset = Call.objects.none()

    def get_queryset(self) -> QuerySet[Call]:
        if getattr(self, "swagger_fake_view", False):
            return super().get_queryset()
        return selectors.calls_with_usage(cast(OrgApiRequest, self.request).organisation)

    @extend_schema(
        operation_id="dashboard_calls_create",
        request=OutboundWishSerializer,
        responses={201: CallDetailSerializer, 200: CallDetailSerializer},
        parameters=[idempotency_parameter("With the same key again, nobody is called again.")],
    )
    def post(self, request: Request) -> Response:
        """Has an agent call a number. Answers while it rings; 200 where this key has made the call before."""
        call, is_new = call_made(request)
        detail = CallDetailSerializer(selectors.call_with_turns(call), context={"request": request})
        return Response(detail.data, status=201 if is_new else 200)


class CallDetail(APIView):
    """One call with its transcript. While it is live, the turns are those said so far."""

    @extend_schema(responses=CallDetailSerializer)
    def get(self, request: Request, call_id: str) -> Response:
        call = selectors.call_find(cast(OrgApiRequest, request).organisation, call_id)
        if call is None:
            raise Http404
        return Response(
            CallDetailSerializer(selectors.call_with_turns(call), context={"request": request}).data
        )


class Stats(APIView):
    """The organisation's figures at a glance."""

    @extend_schema(responses=StatsSerializer)
    def get(self, request: Request) -> Response:
        figures = organisation_statistics(cast(OrgApiRequest, request).organisation)
        return Response(StatsSerializer(figures).data)
