"""What every request gets: a number, its reader's time zone, forwarded headers only from those we trust."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils import timezone

from accounts.addresses import is_trusted_proxy
from accounts.error_pages import not_found
from accounts.ids import new_id

FORWARDED = tuple(f"HTTP_X_FORWARDED_{name}" for name in ("FOR", "PROTO", "HOST", "PORT"))
TIME_ZONE_COOKIE = "timezone"
GetResponse = Callable[[HttpRequest], HttpResponseBase]


class TrustedProxyMiddleware:
    """Drops forwarded headers of anybody else, so that Django's own settings may believe what is left."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_trusted_proxy(str(request.META.get("REMOTE_ADDR") or "")):
            dropped = [request.META.pop(header, None) for header in FORWARDED]
            request.is_forwarded_by_stranger = any(dropped)  # type: ignore[attr-defined]
        return self.get_response(request)


class RequestIdMiddleware:
    """`request.request_id`, and the same in `X-Request-Id`: it matches a report with a log line."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.request_id = new_id()  # type: ignore[attr-defined]
        response = self.get_response(request)
        response["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        return response


class TimeZoneMiddleware:
    """Pages show and take days and hours of the zone that the browser told in a cookie (`times.js`)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with timezone.override(_zone(request.COOKIES.get(TIME_ZONE_COOKIE, ""))):
            return self.get_response(request)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo | None:
    """None, which is UTC here, for what is no zone: the name is a stranger's, and ZoneInfo opens a file."""
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        return None


class NotFoundMiddleware:
    """Answers 404 with our page and problem+json while DEBUG is on too, when Django would list its addresses.

    Last in the list: CommonMiddleware has appended a missing slash before.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            resolve(request.path_info)
        except Resolver404 as error:
            return not_found(request, error)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return not_found(request, exception) if isinstance(exception, Http404) else None
