"""The `Idempotency-Key` header: the same request sent again does nothing again."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

IDEMPOTENCY_HEADER = "Idempotency-Key"
LONGEST_IDEMPOTENCY_KEY = 255


def idempotency_key(request: Request) -> str:
    """Empty: there is none. Raises ValidationError."""
    key = request.headers.get(IDEMPOTENCY_HEADER, "").strip()
    if len(key) > LONGEST_IDEMPOTENCY_KEY or not key.isprintable():
        message = f"At most {LONGEST_IDEMPOTENCY_KEY} printable characters."
        raise ValidationError({IDEMPOTENCY_HEADER: message})
    return key


def idempotency_parameter(description: str) -> OpenApiParameter:
    return OpenApiParameter(IDEMPOTENCY_HEADER, location=OpenApiParameter.HEADER, description=description)
