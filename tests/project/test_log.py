"""Log lines: what is scrubbed from them, and what is left out."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.exceptions import PermissionDenied

from calls import log_context
from voicex_project.log import (
    JsonFormatter,
    TextFormatter,
    WithoutClientTracebacks,
    WithoutStaticFiles,
    scrubbed,
)

SECRET = "s3cr3t-w0rd"


@pytest.mark.parametrize(
    "line",
    [
        "GET /ws/voice?api_key={} HTTP/1.1",
        "headers: {{'x-api-key': '{}', 'accept': '*/*'}}",
        '{{"password": "{} and more", "login": "a"}}',
        "Authorization: Basic {}",
        "Authorization: Bearer {}, next",
        "password={}&login=a",
        "b'sessionid': b'{}'",
        "Cookie: csrftoken={}; theme=dark",
        "GET /accounts/password/reset/key/{}/",
        "the key vx_{} was used",
    ],
)
def test_what_opens_a_door_never_reaches_a_line(line: str) -> None:
    assert SECRET not in scrubbed(line.format(SECRET))


@pytest.mark.parametrize(
    "number", ["+4915112345678", "+1 (415) 555-2671", "+44 20 7946 0958", "+1-800-555-0199"]
)
def test_phone_numbers_never_reach_a_line(number: str) -> None:
    line = scrubbed(f"a call from {number} to '{number}', sip:{number}@example.com")
    assert line == "a call from +… to '+…', sip:+…@example.com"


@pytest.mark.parametrize(
    "line", ["2026-11-24T10:00:00.123+0000", "2026-11-24 10:00:00+01:00", "1+12345678", "offset +20, a + 1"]
)
def test_times_and_sums_are_no_phone_numbers(line: str) -> None:
    assert scrubbed(line) == line


@pytest.mark.parametrize("make", [JsonFormatter, TextFormatter])
def test_a_line_of_a_call_names_call_and_organisation(make: type[logging.Formatter]) -> None:
    line = logging.LogRecord("voice.engine", logging.INFO, __file__, 1, "said", (), None)
    assert "c" * 24 not in make().format(line)
    with log_context.about("c" * 24, "d" * 24):
        told = make().format(line)
    assert "c" * 24 in told and "d" * 24 in told
    assert "c" * 24 not in make().format(line)


def test_what_opens_none_stays() -> None:
    line = "call call_123 ended: client_hangup, after 3 turns, tokens: 12"
    assert scrubbed(line) == line


def record(name: str, level: int, *args: Any) -> logging.LogRecord:
    try:
        raise PermissionDenied
    except PermissionDenied:
        return logging.LogRecord(name, level, __file__, 1, "said", args, sys.exc_info())


@pytest.mark.parametrize(
    ("name", "level", "keeps"),
    [
        ("django.request", logging.WARNING, False),
        ("django.request", logging.ERROR, True),
        ("django.security.DisallowedHost", logging.ERROR, False),
        ("voice.edge", logging.WARNING, True),
    ],
)
def test_a_clients_fault_is_one_line_and_ours_keeps_its_traceback(name: str, level: int, keeps: bool) -> None:
    line = record(name, level)
    assert WithoutClientTracebacks().filter(line)
    assert ("error" in json.loads(JsonFormatter().format(line))) is keeps


@pytest.mark.parametrize(
    ("path", "status", "is_told"),
    [
        ("/static/a.css", 200, False),
        ("/static/a.css", 404, True),
        ("/healthz", 200, False),
        ("/o/x/", 200, True),
    ],
)
def test_access_lines_tell_what_people_did(path: str, status: int, is_told: bool) -> None:
    line = record("uvicorn.access", logging.INFO, "127.0.0.1:1", "GET", path, "1.1", status)
    assert WithoutStaticFiles().filter(line) is is_told


def test_both_filters_are_in_force() -> None:
    assert configured.LOGGING["handlers"]["console"]["filters"] == ["without_client_tracebacks"]
    assert configured.LOGGING["loggers"]["uvicorn.access"]["filters"] == ["without_static_files"]
