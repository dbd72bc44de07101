"""/api/dashboard/vendors: the page's doings for programs, for a key's own organisation only."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import Organisation
from accounts.services import api_key_create
from agents.models import VendorCredential
from agents.vendor_keys import api
from agents.vendor_keys.selectors import vendors_of
from tests.agents.vendor_keys.conftest import KEY, Vendors
from tests.cast import Cast
from voice.core.errors import CredentialsError, UnreachableError

ROOT = "/api/dashboard/vendors"
REFUSED = CredentialsError("groq", "it answered 401 (invalid_api_key): Invalid API Key")
AWAY = UnreachableError("groq", "no connection (ConnectError)")
Store = Callable[..., VendorCredential]


def program(organisation: Organisation) -> Client:
    _, raw_key = api_key_create(organisation=organisation, name="t", created_by=None)
    return Client(headers={"x-api-key": raw_key})


@pytest.fixture
def acme(cast: Cast) -> Client:
    return program(cast.acme)


def put(client: Client, vendor: str = "groq", **body: Any) -> HttpResponse:
    return client.put(f"{ROOT}/{vendor}", body, content_type="application/json")


def test_every_vendor_is_listed_with_whose_key_is_used(
    cast: Cast, acme: Client, store: Store, installation_keys: None
) -> None:
    store(cast.acme)
    listed = acme.get(ROOT)
    body = listed.json()
    assert (body["next"], body["previous"]) == (None, None)
    assert {row["vendor"]: row["source"] for row in body["results"]} == {
        "deepgram": "installation",
        "elevenlabs": "none",
        "groq": "organisation",
        "openai_compatible": "none",
    }
    groq = acme.get(f"{ROOT}/groq").json()
    assert groq["is_usable"] is True and groq["key"]["last_four"] == KEY[-4:]
    assert groq["key"]["state"] == "works" and groq["key"]["said"] == "12 models"
    assert KEY not in listed.content.decode()
    theirs = program(cast.other).get(f"{ROOT}/groq").json()
    assert (theirs["source"], theirs["key"]) == ("installation", None)


def test_a_key_is_stored_once_the_vendor_has_taken_it(cast: Cast, acme: Client, vendors: Vendors) -> None:
    response = put(acme, api_key=KEY, base_url="https://eu.example.com")
    assert response.status_code == 200 and KEY not in response.content.decode()
    assert response.json()["base_url"] == "https://eu.example.com"
    assert vendors_of(cast.acme).accesses()["groq"].api_key == KEY
    assert not vendors_of(cast.other).may_use("groq")


def test_an_own_server_is_stored_with_what_it_can_be_asked_for(
    cast: Cast, acme: Client, vendors: Vendors
) -> None:
    names = {"models": ["qwen3:4b"], "voices": ["kokoro/af_heart"], "transcribers": ["whisper"]}
    shown = put(acme, "openai_compatible", base_url="http://127.0.0.1:11434", **names).json()
    assert {name: shown[name] for name in names} == names
    assert vendors_of(cast.acme).own_voices == ["kokoro/af_heart"]


def test_a_refusal_is_a_problem_of_the_field_in_the_vendors_words(
    cast: Cast, acme: Client, vendors: Vendors, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    vendors.error = REFUSED
    response = put(acme, api_key=KEY, even_unverified=True)
    (error,) = response.json()["errors"]
    assert response.status_code == 400
    assert (error["field"], error["code"]) == ("api_key", "refused")
    assert "Invalid API Key" in error["message"]
    assert KEY not in response.content.decode() + caplog.text
    assert not VendorCredential.objects.exists()


def test_a_vendor_that_cannot_be_asked_is_told_apart_and_may_be_overruled(
    cast: Cast, acme: Client, vendors: Vendors
) -> None:
    vendors.error = AWAY
    assert put(acme, api_key=KEY).json()["errors"][0]["code"] == "vendor_unreachable"
    assert put(acme, api_key=KEY, even_unverified=True).json()["key"]["state"] == "unverified"


@pytest.mark.parametrize(
    ("vendor", "body", "field"),
    [
        ("groq", {}, "api_key"),
        ("groq", {"api_key": "two words"}, "api_key"),
        ("groq", {"api_key": KEY, "base_url": "ftp://x"}, "base_url"),
        ("groq", {"api_key": KEY, "models": ["m"]}, "models"),
        ("groq", {"api_key": ["list"]}, "api_key"),
        ("openai_compatible", {"models": ["m"]}, "base_url"),
        ("openai_compatible", {"base_url": "http://127.0.0.1:1"}, "models"),
        ("openai_compatible", {"base_url": "http://127.0.0.1:1", "models": [""]}, "models.0"),
        ("openai_compatible", {"base_url": "http://127.0.0.1:1", "voices": ["anna"]}, "voices"),
    ],
)
def test_what_cannot_be_is_named_before_anybody_is_asked(
    vendor: str, body: dict[str, Any], field: str, acme: Client, vendors: Vendors
) -> None:
    response = put(acme, vendor, **body)
    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]
    assert vendors.asked == []


def test_the_stored_key_is_tested_switched_off_and_removed(
    cast: Cast, acme: Client, vendors: Vendors, store: Store
) -> None:
    store(cast.acme)
    vendors.error = REFUSED
    tested = acme.post(f"{ROOT}/groq/test").json()
    assert tested["key"]["state"] == "refused" and "Invalid API Key" in tested["key"]["said"]
    vendors.error = AWAY
    away = acme.post(f"{ROOT}/groq/test")
    assert (away.status_code, away.json()["code"]) == (503, "vendor_unreachable")
    off = acme.patch(f"{ROOT}/groq", {"is_enabled": False}, content_type="application/json").json()
    assert (off["is_enabled"], off["is_usable"]) == (False, False) and "switched it off" in off["why_not"]
    assert acme.delete(f"{ROOT}/groq").status_code == 204
    for response in (acme.delete(f"{ROOT}/groq"), acme.post(f"{ROOT}/groq/test"), acme.get(f"{ROOT}/acme")):
        assert response.status_code == 404


def test_another_organisations_key_is_out_of_reach(cast: Cast, vendors: Vendors, store: Store) -> None:
    store(cast.acme)
    charlie = program(cast.other)
    assert charlie.delete(f"{ROOT}/groq").status_code == 404
    assert charlie.post(f"{ROOT}/groq/test").status_code == 404
    charlie.patch(f"{ROOT}/groq", {"is_enabled": False}, content_type="application/json")
    put(charlie, api_key="the_key_of_charlie_1")
    assert vendors_of(cast.acme).accesses()["groq"].api_key == KEY


def test_a_vendor_is_not_asked_without_end(
    acme: Client, vendors: Vendors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "CHECKS_A_MINUTE", 1)
    put(acme, api_key=KEY)
    response = put(acme, api_key=KEY)
    assert response.status_code == 429 and response.headers["Retry-After"]
    assert len(vendors.asked) == 1


def test_the_description_tells_of_it_and_of_no_key_in_an_answer() -> None:
    described = Client().get("/api/openapi.json").json()
    paths = described["paths"]
    assert set(paths[f"{ROOT}/{{vendor}}"]) >= {"get", "put", "patch", "delete"}
    assert "post" in paths[f"{ROOT}/{{vendor}}/test"] and "get" in paths[ROOT]
    assert "api_key" not in described["components"]["schemas"]["Vendor"]["properties"]
