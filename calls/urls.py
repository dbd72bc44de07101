"""Addresses of the dashboard pages."""

from django.urls import path

from calls import views

app_name = "calls"
urlpatterns = [
    path("o/<str:org_id>/conversations/", views.call_list, name="list"),
    path("o/<str:org_id>/conversations/<str:call_id>/", views.call_detail, name="detail"),
    path("o/<str:org_id>/conversations/<str:call_id>/retry/", views.call_retry, name="retry"),
]
