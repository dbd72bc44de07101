"""Addresses of the REST API."""

from django.urls import path

from agents.api import views

urlpatterns = [
    path("agents", views.AgentList.as_view(), name="api-agents"),
    path("agents/<str:agent_id>", views.AgentDetail.as_view(), name="api-agent"),
]
