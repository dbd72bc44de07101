"""Addresses that Twilio asks."""

from django.urls import path

from calls.log_context import for_itself
from voice.edge.twilio import outbound_views, views

app_name = "twilio"
urlpatterns = [
    path("voice", for_itself(views.voice), name="voice"),
    path("fallback", for_itself(views.fallback), name="fallback"),
    path("after", for_itself(views.after), name="after"),
    path("dialled", for_itself(views.dialled), name="dialled"),
    path("status", for_itself(views.status), name="status"),
    path("outbound", for_itself(outbound_views.answered), name="outbound"),
    path("outbound/answerer", for_itself(outbound_views.answerer), name="outbound-answerer"),
    path("outbound/status", for_itself(outbound_views.status), name="outbound-status"),
]
