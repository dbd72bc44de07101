"""Addresses of the REST API."""

from django.urls import path

from calls.api import commands, views

urlpatterns = [
    path("stats", views.Stats.as_view(), name="api-stats"),
    path("calls", views.CallList.as_view(), name="api-calls"),
    path("calls/<str:call_id>", views.CallDetail.as_view(), name="api-call"),
    path("calls/<str:call_id>/commands", commands.CommandList.as_view(), name="api-commands"),
    path(
        "calls/<str:call_id>/commands/<str:command_id>", commands.CommandDetail.as_view(), name="api-command"
    ),
]
