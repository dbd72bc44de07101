"""Every error of the REST API as RFC 9457 problem+json, with a stable code and the request's number."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

PROBLEM_JSON = "application/problem+json"
logger = logging.getLogger(__name__)


def problem(
    *, status: int, code: str, detail: str, request_id: str, errors: list[dict[str, str]] | None = None
) -> dict[str, Any]:
    """The object itself; `errors` holds {"field", "code", "message"} where fields are to blame."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request_id,
    }
    if errors:
        body["errors"] = errors
    return body


def problem_response(request: HttpRequest, *, status: int, code: str, detail: str) -> JsonResponse:
    """For errors outside REST views: an unknown address under /api/."""
    body = problem(status=status, code=code, detail=detail, request_id=getattr(request, "request_id", ""))
    return JsonResponse(body, status=status, content_type=PROBLEM_JSON)


def exception_handler(error: Exception, context: dict[str, Any]) -> Response:
    """Django REST Framework's hook. Unexpected errors are logged and answered 500, without their text."""
    request_id = getattr(context["request"], "request_id", "")
    headers: dict[str, str] = {}
    errors: list[dict[str, str]] = []
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if isinstance(error, exceptions.APIException):
        status = error.status_code
        if isinstance(error, exceptions.ValidationError):
            code = "invalid"
            errors = field_errors(error.get_full_details())
            detail = "Some values are not valid; see errors."
        else:
            code = str(error.get_codes())
            detail = str(error.detail)
        if challenge := getattr(error, "auth_header", None):
            headers["WWW-Authenticate"] = challenge
        if wait_s := getattr(error, "wait", None):
            headers["Retry-After"] = str(int(wait_s) + 1)
    else:
        logger.error("Unexpected error in a REST view, request %s", request_id, exc_info=error)
        status, code, detail = 500, "internal_error", "Something went wrong on our side."
    set_rollback()
    body = problem(status=status, code=code, detail=detail, request_id=request_id, errors=errors)
    return Response(body, status=status, headers=headers, content_type=PROBLEM_JSON)


def field_errors(details: Any, path: str = "") -> list[dict[str, str]]:
    """Nested serializer errors as a flat list; inner fields are "voice.speed", in a list "tools.0.name"."""
    if isinstance(details, dict) and set(details) == {"message", "code"}:
        return [{"field": path, "code": str(details["code"]), "message": str(details["message"])}]
    found: list[dict[str, str]] = []
    if isinstance(details, dict):
        for name, inner in details.items():
            own = path if name == "non_field_errors" else ".".join(filter(None, [path, str(name)]))
            found += field_errors(inner, own)
    elif isinstance(details, list):
        for index, inner in enumerate(details):
            is_message = isinstance(inner, dict) and set(inner) == {"message", "code"}
            found += field_errors(inner, path if is_message else ".".join(filter(None, [path, str(index)])))
    return found
