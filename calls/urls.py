"""Addresses of the dashboard pages."""

from django.urls import path

from calls import call_me, command_views, views
from calls.recordings import views as recordings

app_name = "calls"
urlpatterns = [
    path("o/<str:org_id>/agents/<str:agent_id>/call/", call_me.call_me, name="call-me"),
    path("o/<str:org_id>/conversations/", views.call_list, name="list"),
    path("o/<str:org_id>/conversations/<str:call_id>/", views.call_detail, name="detail"),
    path("o/<str:org_id>/conversations/<str:call_id>/retry/", views.call_retry, name="retry"),
    path("o/<str:org_id>/conversations/<str:call_id>/commands/", command_views.command_list, name="commands"),
    path("o/<str:org_id>/conversations/<str:call_id>/say/", command_views.say, name="say"),
    path("o/<str:org_id>/conversations/<str:call_id>/end/", command_views.end, name="end"),
    path(
        "o/<str:org_id>/conversations/<str:call_id>/recording.<str:kind>",
        recordings.recording_file,
        name="recording",
    ),
    path("recordings/<str:call_id>.<str:kind>", recordings.recording_link, name="recording-link"),
]
