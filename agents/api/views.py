"""GET /api/dashboard/agents and /agents/ID."""

from __future__ import annotations

from typing import cast

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import OrgApiRequest
from accounts.api.pagination import Pagination
from agents import selectors
from agents.api.serializers import AgentSerializer
from agents.models import Agent


class AgentPagination(Pagination):
    ordering = ("created_at", "id")


class AgentList(generics.ListAPIView[Agent]):
    """The organisation's agents, oldest first; the oldest active one is the default agent."""

    serializer_class = AgentSerializer
    pagination_class = AgentPagination
    queryset = Agent.objects.none()

    def get_queryset(self) -> QuerySet[Agent]:
        if getattr(self, "swagger_fake_view", False):
            return super().get_queryset()
        return selectors.agents_listed(cast(OrgApiRequest, self.request).organisation)


class AgentDetail(APIView):
    """One agent with the settings of its newest version."""

    @extend_schema(responses=AgentSerializer)
    def get(self, request: Request, agent_id: str) -> Response:
        organisation = cast(OrgApiRequest, request).organisation
        agent = selectors.agent_find(organisation=organisation, agent_id=agent_id)
        if agent is None:
            raise Http404
        return Response(AgentSerializer(agent).data)
