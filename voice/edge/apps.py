from django.apps import AppConfig
from django.conf import settings

from voice.providers import registry
from voice.providers.access import VendorAccess


class EdgeConfig(AppConfig):
    name = "voice.edge"
    label = "voice_edge"

    def ready(self) -> None:
        registry.configure(
            decoders=settings.EMBEDDED_DECODERS,
            vendors=[
                VendorAccess(name, *pair, over_http=name in settings.VENDORS_OVER_HTTP)
                for name, pair in settings.VENDOR_ACCESS.items()
            ],
        )
