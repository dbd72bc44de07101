from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from voice.edge import tracing
from voice.providers import registry
from voice.providers.access import VendorAccess


class EdgeConfig(AppConfig):
    name = "voice.edge"
    label = "voice_edge"

    def ready(self) -> None:
        if settings.TRACES and not tracing.are_possible():
            raise ImproperlyConfigured(
                "OTEL_EXPORTER_OTLP_ENDPOINT asks for traces. What they need is installed by "
                ".venv/bin/pip install -r requirements-traces.txt"
            )
        registry.configure(
            decoders=settings.EMBEDDED_DECODERS,
            vendors=[
                VendorAccess(name, *pair, over_http=name in settings.VENDORS_OVER_HTTP)
                for name, pair in settings.VENDOR_ACCESS.items()
            ],
        )
