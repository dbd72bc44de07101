"""Who gets at a recording, for how long, and what a player that seeks in it is answered."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts.models import User
from accounts.services import api_key_create
from agents.models import Agent, AgentVersion
from calls.models import Call, Recording, RecordingState
from calls.recordings.links import FileKind
from calls.recordings.serving import recording_response
from tests.calls.factory import admit, ended_call, turn
from tests.cast import Cast

MP3, WAV = bytes(range(256)) * 1000, b"RIFF" + bytes(1000)


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    folder = tmp_path / "recordings"
    own = settings.STORAGES["recordings"]
    settings.STORAGES = settings.STORAGES | {
        "recordings": own | {"OPTIONS": own["OPTIONS"] | {"location": str(folder)}}
    }
    return folder


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def alice(cast: Cast) -> Client:
    return signed_in(cast.alice)


@pytest.fixture
def call(agent: Agent) -> Call:
    return with_recording(ended_call(agent))


def with_recording(call: Call) -> Call:
    store = storages["recordings"]
    Recording.objects.create(
        organisation=call.organisation,
        call=call,
        state=RecordingState.READY,
        wav_name=store.save(f"{call.pk}/a.wav", ContentFile(WAV)),
        wav_bytes=len(WAV),
        mp3_name=store.save(f"{call.pk}/a.mp3", ContentFile(MP3)),
        mp3_bytes=len(MP3),
        duration_ms=6000,
        made_at=timezone.now(),
    )
    return call


def page(call: Call, kind: str = "mp3") -> str:
    return f"/o/{call.organisation_id}/conversations/{call.pk}/recording.{kind}"


def shown(cast: Cast, call: Call, organisation: Any = None) -> Any:
    _, raw_key = api_key_create(organisation=organisation or cast.acme, name="test", created_by=cast.alice)
    return Client(headers={"x-api-key": raw_key}).get(f"/api/dashboard/calls/{call.pk}")


def path_of(url: str) -> str:
    return url.removeprefix("http://testserver")


def body(response: Any) -> bytes:
    """As a server sends it."""
    return b"".join(response)


pytestmark = pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume asynchronous")


def test_people_of_the_organisation_hear_it_and_nobody_else_learns_of_it(
    call: Call, cast: Cast, client: Client
) -> None:
    for person in (cast.alice, cast.bob, cast.vera):
        response = signed_in(person).get(page(call))
        assert response.status_code == 200 and body(response) == MP3
        assert response.headers["Content-Type"] == "audio/mpeg"
    assert signed_in(cast.charlie).get(page(call)).status_code == 404
    assert client.get(page(call)).status_code == 302


def test_it_may_be_kept_under_a_name_that_says_what_it_is(call: Call, alice: Client) -> None:
    response = alice.get(page(call, "wav") + "?download=1")
    name = f"call-{call.started_at:%Y-%m-%d-%H%M}-{call.pk}.wav"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert response.headers["Cache-Control"] == "private, no-store"
    assert body(response) == WAV
    assert alice.get(page(call)).headers["Content-Disposition"].startswith("inline")


@pytest.mark.parametrize(
    ("asked", "status", "span"),
    [
        ("bytes=0-99", 206, (0, 100)),
        ("bytes=1000-", 206, (1000, len(MP3))),
        ("bytes=-10", 206, (len(MP3) - 10, len(MP3))),
        (f"bytes=5-{len(MP3) * 9}", 206, (5, len(MP3))),
        ("bytes=0-", 200, (0, len(MP3))),
        ("bytes=9-3", 200, (0, len(MP3))),
        ("bytes=0-1,5-9", 200, (0, len(MP3))),
        ("lines=1-2", 200, (0, len(MP3))),
        ("bytes=-", 200, (0, len(MP3))),
    ],
)
def test_a_player_gets_the_part_that_it_asks_for(
    call: Call, alice: Client, asked: str, status: int, span: tuple[int, int]
) -> None:
    response = alice.get(page(call), headers={"range": asked})
    begin, end = span
    assert response.status_code == status
    assert body(response) == MP3[begin:end]
    assert response.headers["Content-Length"] == str(end - begin)
    assert response.headers["Accept-Ranges"] == "bytes"
    if status == 206:
        assert response.headers["Content-Range"] == f"bytes {begin}-{end - 1}/{len(MP3)}"


@pytest.mark.parametrize("asked", [f"bytes={len(MP3)}-", "bytes=-0"])
def test_there_is_nothing_behind_its_end(call: Call, alice: Client, asked: str) -> None:
    response = alice.get(page(call), headers={"range": asked})
    assert (response.status_code, response.headers["Content-Range"]) == (416, f"bytes */{len(MP3)}")


def test_a_part_of_another_file_is_not_mixed_in(call: Call, alice: Client) -> None:
    etag = alice.head(page(call)).headers["ETag"]
    for given, status in ((etag, 206), ('"other"', 200)):
        response = alice.get(page(call), headers={"range": "bytes=0-9", "if-range": given})
        assert response.status_code == status


def test_a_head_tells_its_size_without_the_sound(call: Call, alice: Client) -> None:
    response = alice.head(page(call))
    assert (response.headers["Content-Length"], response.content) == (str(len(MP3)), b"")


def test_it_is_streamed_in_pieces_and_its_file_closed(call: Call) -> None:
    response: Any = recording_response(call.recording, FileKind.MP3, RequestFactory().get("/"))

    async def parts() -> list[bytes]:
        return [part async for part in response]

    found = asyncio.run(parts())
    assert len(found) > 2 and b"".join(found) == MP3
    response.close()
    part = recording_response(call.recording, FileKind.MP3, RequestFactory().get("/"))
    files = [closer.__self__ for closer in part._resource_closers]  # type: ignore[attr-defined]
    part.close()
    assert files and all(each._file.closed for each in files)


def test_the_api_gives_links_that_need_no_key(cast: Cast, call: Call, client: Client) -> None:
    told = shown(cast, call).json()["recording"]
    assert (told["state"], told["duration_s"], told["missing_s"]) == ("ready", 6.0, 0.0)
    assert body(client.get(path_of(told["url"]))) == MP3
    assert body(client.get(path_of(told["stereo_url"]))) == WAV
    response = client.get(path_of(told["url"]), headers={"range": "bytes=1-2"})
    assert (response.status_code, body(response)) == (206, MP3[1:3])


def test_a_link_is_good_for_five_minutes(cast: Cast, call: Call, client: Client, monkeypatch: Any) -> None:
    told = shown(cast, call).json()["recording"]
    path = path_of(told["url"])
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 299)
    assert client.get(path).status_code == 200
    monkeypatch.setattr(time, "time", lambda: now + 302)
    response = client.get(path)
    assert response.status_code == 403 and b"expired" in response.content


def test_a_link_opens_this_file_and_no_other(cast: Cast, call: Call, agent: Agent, client: Client) -> None:
    other = with_recording(ended_call(agent))
    path = path_of(shown(cast, call).json()["recording"]["url"])
    for altered in (
        path.replace(call.pk, other.pk),
        path.replace(".mp3", ".wav"),
        path[:-1] + ("A" if path[-1] != "A" else "B"),
        path.split("?")[0],
    ):
        assert client.get(altered).status_code in (403, 404), altered
    assert client.post(path).status_code == 405


def test_a_link_dies_with_its_call(cast: Cast, call: Call, client: Client) -> None:
    path = path_of(shown(cast, call).json()["recording"]["url"])
    call.delete()
    assert client.get(path).status_code == 404


def test_another_organisation_gets_no_link(cast: Cast, call: Call) -> None:
    assert shown(cast, call, cast.other).status_code == 404


def test_before_there_are_files_the_state_is_told(cast: Cast, agent: Agent) -> None:
    AgentVersion.objects.filter(agent=agent).update(settings={"recording": {"is_on": True}})
    live = admit(Agent.objects.get(pk=agent.pk))
    told = shown(cast, live).json()["recording"]
    assert told["state"] == "recording" and told["url"] is None and told["expires_at"] is None


def test_a_file_that_is_gone_is_not_found(call: Call, alice: Client, folder: Path) -> None:
    (folder / call.recording.mp3_name).unlink()
    assert alice.get(page(call)).status_code == 404


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ("ready", "WAV, both sides apart"),
        ("pending", "Putting the recording together"),
        ("empty", "Nothing was recorded"),
        ("failed", "OSError: no disk"),
    ],
)
def test_the_call_s_page_says_how_far_it_is(call: Call, alice: Client, state: str, text: str) -> None:
    Recording.objects.update(state=state, error="OSError: no disk" if state == "failed" else "")
    html = alice.get(f"/o/{call.organisation_id}/conversations/{call.pk}/").content.decode()
    assert text in html
    assert ("<audio" in html) == (state == "ready")
    assert ("every 2s" in html) == (state == "pending")


def test_a_call_that_was_not_recorded_says_nothing_of_it(agent: Agent, alice: Client) -> None:
    call = ended_call(agent)
    html = alice.get(f"/o/{call.organisation_id}/conversations/{call.pk}/").content.decode()
    assert 'aria-label="Recording"' not in html


def test_a_turn_s_time_plays_the_recording_from_there_once_there_is_one(agent: Agent, alice: Client) -> None:
    call = ended_call(agent, turn(0, "user", "Hello?", started_at_ms=1_065_200.4))
    page = f"/o/{call.organisation_id}/conversations/{call.pk}/"
    assert "turn-time" not in alice.get(page).content.decode()
    with_recording(call)
    assert 'data-play-from-ms="1065200" aria-label="Play from 17:45"' in alice.get(page).content.decode()
