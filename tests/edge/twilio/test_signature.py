"""X-Twilio-Signature, held against Twilio's own package both ways."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import RequestFactory
from twilio.request_validator import RequestValidator

from accounts.middleware import TrustedProxyMiddleware
from accounts.models import Organisation
from agents.models import TwilioAccount
from agents.vendor_keys.seal import Secret, seal
from tests.cast import Cast
from voice.edge.twilio.signature import (
    request_signature_is_right,
    signature,
    stream_signature_is_right,
)

SID = "AC" + "1" * 32
TOKEN = "0123456789abcdef0123456789abcdef"
OTHER_TOKEN = "f" * 32
PUBLIC = "https://voice.example.com"
PATH = "/api/twilio/voice?api_key=vx_abc"
FORM = {"CallSid": "CA1", "From": "+15550100", "Digits": "", "City": " Köln ", "To": "+15550199"}
FORM_TYPE = "application/x-www-form-urlencoded"
twilio = RequestValidator(TOKEN)


def store(organisation: Organisation, token: str = TOKEN) -> None:
    sealed = seal(Secret(organisation.pk, "twilio", SID, token))
    TwilioAccount.objects.create(organisation=organisation, account_sid=SID, sealed=sealed, last_four="cdef")


@pytest.fixture
def acme(cast: Cast, settings: Any) -> Organisation:
    settings.PUBLIC_URL = PUBLIC
    store(cast.acme)
    return cast.acme


def is_right(
    organisation: Organisation,
    signed: str | None,
    *,
    path: str = PATH,
    body: str | None = None,
    **meta: str,
) -> bool:
    """Of a request as it arrives here, behind the middleware that drops strangers' forwarded headers."""
    if signed is not None:
        meta["HTTP_X_TWILIO_SIGNATURE"] = signed
    sent = urlencode(FORM) if body is None else body
    request = RequestFactory().post(path, sent, content_type=FORM_TYPE, **meta)
    found: list[bool] = []
    TrustedProxyMiddleware(lambda each: found.append(request_signature_is_right(each, organisation)))(request)  # type: ignore[arg-type, return-value]
    return found[0]


def test_what_we_sign_twilios_package_takes_and_the_other_way_round() -> None:
    url = PUBLIC + PATH
    ours = signature(TOKEN, url, FORM.items())
    assert twilio.validate(url, FORM, ours)
    assert ours == twilio.compute_signature(url, FORM)
    assert signature(TOKEN, url) == twilio.compute_signature(url, {})


def test_blank_fields_spaces_and_other_letters_are_signed_too(acme: Organisation) -> None:
    assert is_right(acme, twilio.compute_signature(PUBLIC + PATH, FORM))
    assert not is_right(acme, twilio.compute_signature(PUBLIC + PATH, {**FORM, "City": "Köln"}))
    without_blanks = {name: value for name, value in FORM.items() if value}
    assert not is_right(acme, twilio.compute_signature(PUBLIC + PATH, without_blanks))


@pytest.mark.parametrize(
    "signed",
    [
        None,
        "",
        "AAAA",
        "ä",
        RequestValidator(OTHER_TOKEN).compute_signature(PUBLIC + PATH, FORM),
        twilio.compute_signature(PUBLIC.replace("https", "http") + PATH, FORM),
        twilio.compute_signature(PUBLIC + "/api/twilio/voice", FORM),
        twilio.compute_signature(PUBLIC + PATH.replace("?", "/?"), FORM),
        twilio.compute_signature(PUBLIC + PATH, {**FORM, "To": "+15550198"}),
        twilio.compute_signature(PUBLIC + PATH, {**FORM, "Extra": "1"}),
        twilio.compute_signature("https://other.example.com" + PATH, FORM),
    ],
)
def test_anything_else_is_refused(acme: Organisation, signed: str | None) -> None:
    assert not is_right(acme, signed)


def test_a_field_that_comes_twice_is_signed_as_twilio_signs_it(acme: Organisation) -> None:
    body = urlencode([("A", "2"), ("A", "1"), ("A", "2"), ("B", "")])

    class Form(dict[str, str]):
        def getlist(self, name: str) -> list[str]:
            return {"A": ["2", "1", "2"], "B": [""]}[name]

    assert is_right(acme, twilio.compute_signature(PUBLIC + PATH, Form(A="", B="")), body=body)


@pytest.mark.parametrize("port", ["", ":443"])
def test_the_default_port_may_be_written_out_or_not(acme: Organisation, settings: Any, port: str) -> None:
    signed = twilio.compute_signature(f"https://voice.example.com{port}{PATH}", FORM)
    assert is_right(acme, signed)
    settings.PUBLIC_URL = "https://voice.example.com:443"
    assert is_right(acme, signed)


def test_another_port_is_part_of_the_address(acme: Organisation, settings: Any) -> None:
    settings.PUBLIC_URL = "https://voice.example.com:8443"
    assert is_right(acme, twilio.compute_signature(settings.PUBLIC_URL + PATH, FORM))
    assert not is_right(acme, twilio.compute_signature(f"https://voice.example.com:9443{PATH}", FORM))


def test_without_a_public_url_the_host_counts_as_a_trusted_proxy_tells_it(
    acme: Organisation, settings: Any
) -> None:
    settings.PUBLIC_URL, settings.ALLOWED_HOSTS = "", ["*"]
    signed = twilio.compute_signature(PUBLIC + PATH, FORM)
    proxied = {"HTTP_X_FORWARDED_HOST": "voice.example.com", "HTTP_X_FORWARDED_PROTO": "https"}
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    assert is_right(acme, signed, **proxied)
    settings.TRUSTED_PROXIES = []
    assert not is_right(acme, signed, **proxied)
    assert is_right(acme, twilio.compute_signature(f"http://testserver{PATH}", FORM))


def test_behind_a_proxy_the_public_url_counts_whatever_the_host(acme: Organisation) -> None:
    assert is_right(acme, twilio.compute_signature(PUBLIC + PATH, FORM), HTTP_HOST="localhost")


def test_without_a_token_the_key_alone_admits(cast: Cast, acme: Organisation) -> None:
    assert is_right(cast.other, None)
    assert stream_signature_is_right(scope(""), cast.other)


def test_each_organisation_has_a_token_of_its_own(cast: Cast, acme: Organisation) -> None:
    store(cast.other, OTHER_TOKEN)
    assert not is_right(cast.other, twilio.compute_signature(PUBLIC + PATH, FORM))
    assert is_right(cast.other, RequestValidator(OTHER_TOKEN).compute_signature(PUBLIC + PATH, FORM))


@pytest.mark.parametrize("change", [{"sealed": "nonsense"}, {"account_sid": "AC" + "2" * 32}])
def test_a_token_that_cannot_be_read_lets_nobody_in(acme: Organisation, change: dict[str, str]) -> None:
    TwilioAccount.objects.update(**change)
    assert not is_right(acme, twilio.compute_signature(PUBLIC + PATH, FORM))
    assert not is_right(acme, RequestValidator("").compute_signature(PUBLIC + PATH, FORM))


def scope(
    signed: str, *, path: str = "/ws/twilio/stream", query: bytes = b"", **headers: str
) -> dict[str, Any]:
    given = {"host": "voice.example.com", "x-twilio-signature": signed} | headers
    return {
        "type": "websocket",
        "scheme": "ws",
        "path": path,
        "query_string": query,
        "client": ("127.0.0.1", 5000),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()],
    }


@pytest.mark.parametrize("path", ["/ws/twilio/stream", "/ws/twilio/stream/"])
@pytest.mark.parametrize("host", ["voice.example.com", "voice.example.com:443"])
def test_a_sockets_address_may_have_its_port_and_a_last_slash(
    acme: Organisation, host: str, path: str
) -> None:
    signed = twilio.compute_signature(f"wss://{host}{path}", {})
    assert stream_signature_is_right(scope(signed), acme)
    assert stream_signature_is_right(scope(signed, path=path), acme)


@pytest.mark.parametrize(
    "url",
    [
        "https://voice.example.com/ws/twilio/stream",
        "ws://voice.example.com/ws/twilio/stream",
        "wss://other.example.com/ws/twilio/stream",
        "wss://voice.example.com/ws/voice",
    ],
)
def test_another_sockets_signature_is_refused(acme: Organisation, url: str) -> None:
    assert not stream_signature_is_right(scope(twilio.compute_signature(url, {})), acme)
    assert not stream_signature_is_right(scope(""), acme)


def test_a_sockets_own_host_counts_without_a_public_url(acme: Organisation, settings: Any) -> None:
    settings.PUBLIC_URL = ""
    local = "ws://localhost:3001/ws/twilio/stream"
    assert stream_signature_is_right(scope(twilio.compute_signature(local, {}), host="localhost:3001"), acme)
    proxied = {"x_forwarded_host": "voice.example.com", "x_forwarded_proto": "https", "host": "10.0.0.1"}
    signed = twilio.compute_signature("wss://voice.example.com/ws/twilio/stream", {})
    assert not stream_signature_is_right(scope(signed, **proxied), acme)
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    assert stream_signature_is_right(scope(signed, **proxied), acme)
    assert not stream_signature_is_right(scope(signed, host="voice.example.com:port"), acme)
