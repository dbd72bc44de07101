"""GET /metrics for Prometheus: this process's figures, for those who may see them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, disable_created_metrics, generate_latest

# Imported for what they register.
import voice.edge.loop_lag
import voice.edge.metrics  # noqa: F401
from accounts.addresses import client_address
from voicex_project.metrics_access import DENIED, may_read

# When each figure began is of no use to anybody here, and doubles their number.
disable_created_metrics()


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """In Prometheus' text format; 403 for everybody else."""
    address = client_address(request)
    # A proxy that nobody told us of makes every stranger look like a neighbour.
    if getattr(request, "is_forwarded_by_stranger", False):
        address = ""
    if not may_read(address, request.headers.get("Authorization", "")):
        return HttpResponse(DENIED, status=403, content_type="text/plain")
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)
