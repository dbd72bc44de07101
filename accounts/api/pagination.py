"""Lists of the REST API: {"results", "next", "previous"}, by cursor."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.addresses import absolute_url

LIMIT_DEFAULT = 20
LIMIT_MAX = 100


class Pagination(CursorPagination):
    """`limit` is 1 to 100. A view sets `ordering` on a subclass, newest first, ending in the id."""

    page_size = LIMIT_DEFAULT
    page_size_query_param = "limit"
    max_page_size = LIMIT_MAX
    ordering: Any = ("-created_at", "-id")

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        try:
            page: list[Any] | None = super().paginate_queryset(queryset, request, view)
        except (DjangoValidationError, ValueError) as error:
            # A cursor that decodes, but to something that is no position.
            raise NotFound(self.invalid_cursor_message) from error
        self.base_url = absolute_url(request.get_full_path(), request)
        return page

    def get_page_size(self, request: Request) -> int:
        limit = request.query_params.get("limit")
        if limit is None:
            return LIMIT_DEFAULT
        if not (limit.isascii() and limit.isdigit() and len(limit) <= 6 and int(limit) > 0):
            raise ValidationError({"limit": f"A number from 1 to {LIMIT_MAX}."})
        return min(int(limit), LIMIT_MAX)

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self.get_next_link(), "previous": self.get_previous_link()})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["results", "next", "previous"],
            "properties": {"results": schema, "next": link, "previous": link},
        }
