from django.apps import AppConfig
from django.conf import settings

from voice.providers import registry


class EdgeConfig(AppConfig):
    name = "voice.edge"
    label = "voice_edge"

    def ready(self) -> None:
        registry.configure(decoders=settings.EMBEDDED_DECODERS)
