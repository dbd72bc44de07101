"""X-Twilio-Signature: that a request or a socket is Twilio's, for organisations that stored their token.

Twilio signs the address as it was told it, so ours is made of PUBLIC_URL, else of what the request itself
says; never of headers from anybody but trusted proxies. Proxies and Twilio differ over two things, which are
tried both ways: whether the port is written out, and whether a socket's path ends with a slash.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable, Mapping
from hashlib import sha1
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

from accounts.addresses import absolute_url, is_trusted_proxy
from accounts.models import Organisation
from agents.twilio_account.selectors import TokenUnreadable, twilio_access_find

HEADER = "X-Twilio-Signature"
DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
Parameters = Iterable[tuple[str, str]]


def signature(auth_token: str, url: str, parameters: Parameters = ()) -> str:
    """`parameters`: of a form, blank ones included, several of one name too; none for a GET and a socket."""
    # Of equal pairs Twilio signs one.
    signed = url + "".join(name + value for name, value in sorted(set(parameters)))
    # SHA-1 is Twilio's choice; as a keyed digest it is still sound.
    digest = hmac.new(auth_token.encode(), signed.encode("utf-8", "surrogatepass"), sha1).digest()
    return base64.b64encode(digest).decode()


def is_signed(auth_token: str, urls: Iterable[str], parameters: Parameters, given: str) -> bool:
    """Whether `given` is the signature over one of the addresses."""
    known, claimed = list(parameters), given.encode("utf-8", "replace")
    found = [hmac.compare_digest(signature(auth_token, url, known).encode(), claimed) for url in urls]
    return bool(auth_token) and any(found)


def request_signature_is_right(request: HttpRequest, organisation: Organisation) -> bool:
    """Of a webhook or a status callback. True where no token is stored. Asks the database."""
    auth_token = _token_of(organisation)
    if auth_token is None:
        return True
    form = [(name, value) for name, values in request.POST.lists() for value in values]
    urls = _with_and_without_port(absolute_url(request.get_full_path(), request))
    return is_signed(auth_token, urls, form, request.headers.get(HEADER, ""))


def stream_signature_is_right(scope: Mapping[str, Any], organisation: Organisation) -> bool:
    """Of a socket's handshake. True where no token is stored. Asks the database."""
    auth_token = _token_of(organisation)
    if auth_token is None:
        return True
    query = scope.get("query_string", b"").decode("latin-1")
    bare = str(scope["path"]).rstrip("/")
    paths = [f"{path}?{query}" if query else path for path in (bare, f"{bare}/")]
    base = _socket_base(scope)
    urls = [url for path in paths for url in _with_and_without_port(base + path)]
    return is_signed(auth_token, urls, (), _header(scope, b"x-twilio-signature"))


def _token_of(organisation: Organisation) -> str | None:
    """None: there is none. A token that cannot be read any more is one that nothing is signed with."""
    try:
        access = twilio_access_find(organisation)
    except TokenUnreadable:
        return ""
    return access.auth_token if access else None


def _with_and_without_port(url: str) -> list[str]:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:  # a stranger's host
        return [url]
    host = parts.netloc if port is None else parts.netloc.rpartition(":")[0]
    default = f"{host}:{DEFAULT_PORTS.get(parts.scheme)}"
    return [parts._replace(netloc=netloc).geturl() for netloc in dict.fromkeys((parts.netloc, host, default))]


def _socket_base(scope: Mapping[str, Any]) -> str:
    """Scheme and host of the socket's address, as Twilio was told it."""
    if settings.PUBLIC_URL:
        return "ws" + settings.PUBLIC_URL.removeprefix("http")
    is_secure, host = scope.get("scheme") == "wss", _header(scope, b"host")
    if is_trusted_proxy(str((scope.get("client") or ("",))[0] or "")):
        host = _header(scope, b"x-forwarded-host") or host
        is_secure = is_secure or _header(scope, b"x-forwarded-proto") in ("https", "wss")
    return f"{'wss' if is_secure else 'ws'}://{host}"


def _header(scope: Mapping[str, Any], wanted: bytes) -> str:
    """The last of this name: what a trusted proxy adds stands behind what it was sent."""
    found = [value for name, value in scope.get("headers", ()) if name == wanted]
    return found[-1].decode("latin-1") if found else ""
