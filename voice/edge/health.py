"""Whether this process takes calls, for load balancers and whoever starts it."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from voice.edge.live import live_calls


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while new calls are taken; 503 while the process drains."""
    if live_calls.is_draining:
        return JsonResponse({"status": "draining", "live_calls": len(live_calls)}, status=503)
    return JsonResponse({"status": "ok", "live_calls": len(live_calls)})
