"""Addresses of the dashboard pages."""

from django.urls import path

from agents import prompt_views, talk_views, views

app_name = "agents"
one = "o/<str:org_id>/agents/<str:agent_id>/"
urlpatterns = [
    path("o/<str:org_id>/agents/", views.agent_list, name="list"),
    path("o/<str:org_id>/agents/new/", views.agent_create, name="create"),
    path("o/<str:org_id>/agents/voice-preview/", talk_views.agent_voice_preview, name="voice-preview"),
    path("o/<str:org_id>/agents/prompt-preview/", prompt_views.agent_prompt_preview, name="prompt-preview"),
    path(one, views.agent_edit, name="edit"),
    path(one + "duplicate/", views.agent_duplicate, name="duplicate"),
    path(one + "activate/", views.agent_activate, name="activate"),
    path(one + "delete/", views.agent_delete, name="delete"),
    path(one + "versions/", views.agent_versions, name="versions"),
    path(one + "versions/<int:number>/restore/", views.agent_restore, name="restore"),
    path(one + "talk/", talk_views.agent_talk, name="talk"),
    path(one + "talk/token/", talk_views.agent_talk_token, name="talk-token"),
]
