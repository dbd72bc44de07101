"""Which consumer answers on which path."""

from __future__ import annotations

from django.urls import re_path

from voice.edge.consumers import BrowserConsumer, unknown_socket
from voice.edge.phone_consumer import TwilioConsumer

websocket_urlpatterns = [
    re_path(r"^ws/voice/?$", BrowserConsumer.as_asgi()),
    re_path(r"^ws/twilio/stream/?$", TwilioConsumer.as_asgi()),
    re_path(r"", unknown_socket),  # type: ignore[arg-type]  # Channels takes any ASGI application
]
