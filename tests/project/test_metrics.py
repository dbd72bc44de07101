"""GET /metrics: who may read it, that it is Prometheus' format, and that the worker has its own."""

from __future__ import annotations

import re
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from calls.models import Call, CallState
from calls.selectors import processing_queue
from calls.services import call_close
from tests.calls.factory import admit, make_agent
from tests.cast import Cast
from voice.core.errors import EndCode, RefusalCode
from voice.edge.metrics import STAGES
from voicex_project import worker_metrics
from voicex_project.metrics_access import may_read

TOKEN = "m3tr1cs"
PAGE = Path(__file__).parents[2] / "docs" / "observing.md"


def scraped(text: str) -> dict[str, float]:
    """Samples without labels."""
    families = text_string_to_metric_families(text)
    return {each.name: each.value for family in families for each in family.samples if not each.labels}


def status(**headers: str) -> int:
    return Client().get("/metrics", headers=headers).status_code


def test_neighbours_read_it_without_a_token(db: None) -> None:
    response = Client().get("/metrics")
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/plain; version=")
    figures = scraped(response.content.decode())
    assert figures["voicex_calls_live"] == 0
    assert figures["process_resident_memory_bytes"] > 10_000_000
    assert figures["voicex_event_loop_lag_seconds_count"] >= 0


@pytest.mark.parametrize(
    ("address", "networks", "may"),
    [
        ("127.0.0.1", ["127.0.0.0/8"], True),
        ("::1", ["127.0.0.0/8", "::1/128"], True),
        ("10.1.2.3", ["127.0.0.0/8"], False),
        ("10.1.2.3", ["127.0.0.0/8", "10.0.0.0/8"], True),
        ("203.0.113.9", [], False),
        ("unknown", ["0.0.0.0/0"], False),
        ("", ["0.0.0.0/0"], False),
    ],
)
def test_networks(settings: Any, address: str, networks: list[str], may: bool) -> None:
    settings.METRICS_NETWORKS, settings.METRICS_TOKEN = networks, ""
    assert may_read(address, "") is may


def test_with_a_token_nobody_else_reads_it(db: None, settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN
    assert status() == status(authorization=TOKEN) == status(authorization="Bearer wrong") == 403
    assert status(authorization="Bearer ünïcode") == 403
    assert status(authorization=f"Bearer {TOKEN}") == 200
    assert may_read("203.0.113.9", f"Bearer {TOKEN}")


def test_behind_a_proxy_that_nobody_told_us_of_there_are_no_neighbours(db: None, settings: Any) -> None:
    forwarded = {"x-forwarded-for": "203.0.113.9"}
    assert status(**forwarded) == 403
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    assert status(**forwarded) == 403
    assert status(**{"x-forwarded-for": "127.0.0.1"}) == 200


def test_the_queue_after_calls_is_told_with_its_age(cast: Cast, settings: Any) -> None:
    agent = make_agent(cast.acme)
    admit(agent)  # a live one waits for nobody
    assert (processing_queue().waiting, processing_queue().oldest_s) == (0, 0.0)
    for minutes in (5, 2):
        call = admit(agent)
        call_close(call_id=call.pk)
        Call.objects.filter(pk=call.pk).update(ended_at=timezone.now() - timedelta(minutes=minutes))
    failed = admit(agent)
    Call.objects.filter(pk=failed.pk).update(state=CallState.PROCESSING, process_error="OSError: gone")
    figures = scraped(Client().get("/metrics").content.decode())
    assert figures["voicex_post_call_queue_calls"] == 2
    assert figures["voicex_post_call_queue_age_seconds"] == pytest.approx(300, abs=5)
    assert figures["voicex_post_call_given_up_calls"] == 1


def test_the_page_about_figures_names_all_of_them_and_no_other(db: None) -> None:
    exported = {metric.name for metric in REGISTRY.collect() if metric.name.startswith("voicex_")}
    page = PAGE.read_text()
    told = {re.sub(r"_(total|bucket)$", "", name) for name in re.findall(r"\bvoicex_[a-z_]+\b", page)}
    assert told == exported
    for stage in STAGES:
        assert f"`{stage}`" in page, stage


def test_alerts_ask_for_codes_that_there_are() -> None:
    known = {*EndCode, *RefusalCode}
    asked = re.findall(r'code=~"([a-z_|]+)"', PAGE.read_text())
    assert asked
    for codes in asked:
        assert set(codes.split("|")) <= known


@pytest.fixture
def worker(settings: Any) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        settings.WORKER_METRICS_PORT = probe.getsockname()[1]
    settings.HOST = "127.0.0.1"
    server = worker_metrics.serve_metrics()
    yield f"http://127.0.0.1:{settings.WORKER_METRICS_PORT}"
    server.shutdown()
    server.server_close()


@pytest.mark.django_db(transaction=True)
def test_the_worker_tells_its_own_to_the_same_people(worker: str, settings: Any) -> None:
    def get(path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(worker + path, timeout=10) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    code, text = get("/metrics")
    assert code == 200
    assert scraped(text)["voicex_post_call_queue_calls"] == 0
    assert get("/")[0] == 403
    settings.METRICS_TOKEN = TOKEN
    assert get("/metrics")[0] == 403
