"""Addresses that Twilio asks."""

from django.urls import path

from voice.edge.twilio import outbound_views, views

app_name = "twilio"
urlpatterns = [
    path("voice", views.voice, name="voice"),
    path("fallback", views.fallback, name="fallback"),
    path("after", views.after, name="after"),
    path("dialled", views.dialled, name="dialled"),
    path("status", views.status, name="status"),
    path("outbound", outbound_views.answered, name="outbound"),
    path("outbound/status", outbound_views.status, name="outbound-status"),
]
