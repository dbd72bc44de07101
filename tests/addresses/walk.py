"""Every address of the product, found in the URL configuration, so that none is forgotten."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

UNKNOWN_ID = "0" * 24
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")


def routes() -> list[str]:
    """As the configuration writes them, without a first slash: `o/<str:org_id>/agents/`."""
    return list(_routes(get_resolver().url_patterns, ""))


def filled(route: str, default: str = UNKNOWN_ID, **values: str) -> str:
    """The route as a path, each parameter replaced by the value of its name or by `default`."""
    path = PARAMETER.sub(lambda found: values.get(found[1] or found[2], default), route)
    return "/" + path.replace("^", "").replace("$", "")


def organisation_paths(org_id: str) -> list[str]:
    """Each address below an organisation, with an unknown id wherever something else is named."""
    return [filled(route, org_id=org_id) for route in routes() if "<str:org_id>" in route]


def _routes(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[str]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, route)
        else:
            yield route
