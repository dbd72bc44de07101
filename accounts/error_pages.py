"""What is answered when nothing else is: pages for people, problem+json under /api/."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.api.errors import problem_response

API_ROOT = "/api/"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(API_ROOT):
        return problem_response(request, status=400, code="bad_request", detail="The request is malformed.")
    return render(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(API_ROOT):
        return problem_response(request, status=403, code="permission_denied", detail="This is not allowed.")
    return render(request, "403.html", {"reason": str(exception)}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(API_ROOT):
        return problem_response(request, status=404, code="not_found", detail="Nothing is at this address.")
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Renders without the request's context: the database may be what is broken."""
    if request.path.startswith(API_ROOT):
        return problem_response(
            request, status=500, code="internal_error", detail="Something went wrong on our side."
        )
    context = {"request_id": getattr(request, "request_id", "")}
    return render(None, "500.html", context, status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", status=403)
