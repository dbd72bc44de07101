"""What every REST view stands on: keys, errors, pages of lists."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import Http404
from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.views import APIView

from accounts import services
from accounts.api.pagination import Pagination
from accounts.models import ApiKey
from tests.cast import Cast


class KeySerializer(serializers.ModelSerializer):
    class Meta:
        model = ApiKey
        fields = ("id", "name")


class KeyList(ListAPIView):
    serializer_class = KeySerializer
    pagination_class = Pagination

    def get_queryset(self) -> Any:
        return ApiKey.objects.for_org(self.request.organisation)


class Inner(serializers.Serializer):
    speed = serializers.FloatField(max_value=2)


class Outer(serializers.Serializer):
    name = serializers.CharField()
    voice = Inner()
    tools = Inner(many=True)


class Echo(APIView):
    def get(self, request: Any, what: str) -> Response:
        if what == "missing":
            raise Http404("secret detail")
        if what == "broken":
            raise ZeroDivisionError("secret detail")
        return Response({"organisation": request.organisation.pk})

    def post(self, request: Any, what: str) -> Response:
        Outer(data=request.data).is_valid(raise_exception=True)
        return Response({})


urlpatterns = [path("api/keys", KeyList.as_view()), path("api/echo/<str:what>", Echo.as_view())]
pytestmark = pytest.mark.urls(__name__)


@pytest.fixture
def api(cast: Cast) -> APIClient:
    _, raw_key = services.api_key_create(organisation=cast.acme, name="Test", created_by=cast.alice)
    return APIClient(headers={"x-api-key": raw_key})


def test_a_key_opens_its_own_organisation(cast: Cast, api: APIClient) -> None:
    assert api.get("/api/echo/x").json() == {"organisation": cast.acme.pk}


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "not_authenticated"),
        ({"x-api-key": ""}, "not_authenticated"),
        ({"x-api-key": "vx_" + "a" * 43}, "invalid_api_key"),
        ({"x-api-key": "ÿ\x00"}, "invalid_api_key"),
    ],
)
def test_no_and_wrong_keys_are_refused_alike(cast: Cast, headers: dict[str, str], code: str) -> None:
    response = APIClient(headers=headers).get("/api/echo/x")
    assert response.status_code == 401
    assert response["Content-Type"] == "application/problem+json"
    assert response["WWW-Authenticate"] == "ApiKey"
    assert response.json()["code"] == code


def test_a_key_revoked_between_two_requests_is_refused_at_the_second(cast: Cast, api: APIClient) -> None:
    assert api.get("/api/echo/x").status_code == 200
    services.api_key_revoke(api_key=ApiKey.objects.get())
    assert api.get("/api/echo/x").status_code == 401


def test_a_session_cookie_opens_nothing(cast: Cast) -> None:
    browser = APIClient()
    browser.force_login(cast.alice)
    assert browser.get("/api/echo/x").status_code == 401


def test_wrong_fields_are_named_with_their_path(api: APIClient) -> None:
    response = api.post("/api/echo/x", {"voice": {"speed": 3}, "tools": [{"speed": 1}, {}]}, format="json")
    body = response.json()
    assert response.status_code == 400 and body["code"] == "invalid"
    assert body["request_id"] == response["X-Request-Id"]
    assert [(e["field"], e["code"]) for e in body["errors"]] == [
        ("name", "required"),
        ("voice.speed", "max_value"),
        ("tools.1.speed", "required"),
    ]
    assert all(error["message"] for error in body["errors"])


@pytest.mark.parametrize(
    ("method", "what", "status", "code"),
    [
        ("get", "missing", 404, "not_found"),
        ("get", "broken", 500, "internal_error"),
        ("delete", "x", 405, "method_not_allowed"),
    ],
)
def test_errors_are_problems_with_a_code_and_keep_secrets(
    api: APIClient, method: str, what: str, status: int, code: str
) -> None:
    response = getattr(api, method)(f"/api/echo/{what}")
    body = response.json()
    assert (response.status_code, body["status"], body["code"]) == (status, status, code)
    assert "secret" not in response.content.decode()


def test_text_that_is_no_json_is_a_problem_too(api: APIClient) -> None:
    response = api.post("/api/echo/x", "{nonsense", content_type="application/json")
    assert response.status_code == 400 and response.json()["code"] == "parse_error"


@pytest.mark.parametrize("text", ["[" * 10_000 + "]" * 10_000, '{"a":' * 10_000 + "1" + "}" * 10_000])
def test_json_without_end_is_the_clients_fault_and_not_ours(api: APIClient, text: str) -> None:
    response = api.post("/api/echo/x", text, content_type="application/json")
    assert response.status_code == 400 and response.json()["code"] == "parse_error"


def test_pages_of_a_list_lead_through_all_of_it_and_back(cast: Cast, api: APIClient, settings) -> None:
    settings.PUBLIC_URL = "https://voice.example.com"
    now = timezone.now()
    for number in range(7):  # all but two made in the same instant
        key, _ = services.api_key_create(organisation=cast.acme, name=f"k{number}", created_by=None)
        ApiKey.objects.filter(pk=key.pk).update(created_at=now - timedelta(seconds=number // 5))
    services.api_key_create(organisation=cast.other, name="foreign", created_by=None)
    seen: list[str] = []
    url: str | None = "/api/keys?limit=3"
    pages = []
    while url:
        body = api.get(url).json()
        assert list(body) == ["results", "next", "previous"] and len(body["results"]) <= 3
        pages.append(body)
        seen += [item["id"] for item in body["results"]]
        url = body["next"]
        if url:
            assert url.startswith("https://voice.example.com/api/keys?")
            assert parse_qs(urlsplit(url).query)["limit"] == ["3"]
            url = "/api/keys?" + urlsplit(url).query
    expected = ApiKey.objects.for_org(cast.acme).order_by("-created_at", "-id")
    assert seen == [key.pk for key in expected]
    assert pages[0]["previous"] is None
    back = api.get("/api/keys?" + urlsplit(pages[1]["previous"]).query).json()
    assert back["results"] == pages[0]["results"]


@pytest.mark.parametrize("limit", ["0", "-1", "abc", "1.5", "", "٣", "9" * 30])
def test_a_limit_that_is_no_number_is_said(api: APIClient, limit: str) -> None:
    response = api.get("/api/keys", {"limit": limit})
    assert response.status_code == 400 and response.json()["errors"][0]["field"] == "limit"


def test_a_large_limit_is_lowered(api: APIClient) -> None:
    assert api.get("/api/keys", {"limit": "100000"}).status_code == 200


@pytest.mark.parametrize("cursor", ["x", "cD1ub25zZW5zZQ==", "bz0tMQ==", "////"])
def test_a_cursor_that_is_none_is_said(api: APIClient, cursor: str) -> None:
    response = api.get("/api/keys", {"cursor": cursor})
    assert response.status_code == 404 and response.json()["code"] == "not_found"
