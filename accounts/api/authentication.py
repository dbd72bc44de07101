"""The `x-api-key` header: a key speaks for its organisation."""

from __future__ import annotations

from dataclasses import dataclass

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts import selectors
from accounts.models import ApiKey, Organisation

HEADER = "x-api-key"


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """`request.user` of a request made with a key: a program, not a person."""

    api_key: ApiKey
    is_authenticated: bool = True
    is_active: bool = True

    @property
    def pk(self) -> str:
        return self.api_key.pk


class OrgApiRequest(Request):
    """A request that has passed `ApiKeyAuthentication`."""

    organisation: Organisation


class ApiKeyAuthentication(BaseAuthentication):
    """Sets `request.organisation`; `request.auth` is the key's row."""

    def authenticate(self, request: Request) -> tuple[KeyHolder, ApiKey] | None:
        raw_key = request.headers.get(HEADER)
        if not raw_key:
            return None
        api_key = selectors.api_key_find(raw_key)
        if api_key is None:
            raise AuthenticationFailed("This API key is unknown or revoked.", code="invalid_api_key")
        request.organisation = api_key.organisation  # type: ignore[attr-defined]
        return KeyHolder(api_key), api_key

    def authenticate_header(self, request: Request) -> str:
        return "ApiKey"
