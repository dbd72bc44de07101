"""My Agents for each role: what it shows, what may be done, what others see."""

from __future__ import annotations

import pytest
from django.test import Client

from agents.models import Agent
from calls.models import Call
from calls.services import call_admit, call_close
from tests.agents.conftest import signed_in
from tests.agents.form_data import form_data
from tests.cast import Cast
from voice.core.spec import Channel

ACTIONS = ("duplicate/", "activate/", "versions/1/restore/", "talk/token/", "delete/")


def base(cast: Cast, agent: Agent) -> str:
    return f"/o/{cast.acme.pk}/agents/{agent.pk}/"


def test_the_list_is_empty_at_first_and_says_what_to_do(cast: Cast, alice: Client) -> None:
    page = alice.get(f"/o/{cast.acme.pk}/agents/").content.decode()
    assert f"/o/{cast.acme.pk}/agents/new/" in page


def test_the_list_shows_ones_own_agents_only(agent: Agent, cast: Cast, alice: Client) -> None:
    assert "Reception" in alice.get(f"/o/{cast.acme.pk}/agents/").content.decode()
    assert "Reception" not in signed_in(cast.charlie).get(f"/o/{cast.other.pk}/agents/").content.decode()


def test_a_copy_is_inactive_and_says_that_it_is_one(agent: Agent, cast: Cast, alice: Client) -> None:
    alice.post(base(cast, agent) + "duplicate/")
    copy = Agent.objects.exclude(pk=agent.pk).get()
    assert (copy.name, copy.is_active) == ("Reception (copy)", False)
    assert copy.current_version and agent.current_version
    assert copy.current_version.settings == agent.current_version.settings | {"name": copy.name}


def test_a_deleted_agent_is_gone_and_its_calls_stay_readable(agent: Agent, cast: Cast, alice: Client) -> None:
    assert agent.current_version is not None
    call = call_admit(
        organisation=cast.acme,
        agent_version=agent.current_version,
        session_id="a" * 24,
        channel=Channel.BROWSER,
    )
    call_close(call_id=call.pk)
    assert alice.get(base(cast, agent) + "delete/").status_code == 405
    alice.post(base(cast, agent) + "delete/")
    assert alice.get(base(cast, agent)).status_code == 404
    assert alice.get(f"/o/{cast.acme.pk}/agents/").context["cards"] == []
    assert Call.objects.get(pk=call.pk).agent.name == "Reception"
    assert "Reception" in alice.get(f"/o/{cast.acme.pk}/conversations/{call.pk}/").content.decode()


def test_deleting_asks_first(agent: Agent, cast: Cast, alice: Client) -> None:
    page = alice.get(f"/o/{cast.acme.pk}/agents/").content.decode()
    assert 'role="dialog"' in page or "modal" in page
    assert "conversations stay" in page.lower() or "cannot be undone" in page.lower()


def test_an_older_version_comes_back_as_the_newest(agent: Agent, cast: Cast, alice: Client) -> None:
    alice.post(base(cast, agent), form_data(agent, greeting="Changed."))
    alice.post(base(cast, agent) + "versions/1/restore/")
    agent.refresh_from_db()
    assert agent.current_version is not None
    assert (agent.current_version.number, agent.current_version.settings["greeting"]) == (3, "Hello.")
    assert alice.post(base(cast, agent) + "versions/99/restore/").status_code == 404


def test_saving_leads_to_the_talk_page_when_that_button_was_pressed(
    agent: Agent, cast: Cast, alice: Client
) -> None:
    answer = alice.post(base(cast, agent), form_data(agent, greeting="New.") | {"then": "talk"}, follow=True)
    assert answer.redirect_chain == [(base(cast, agent) + "talk/", 302)]
    assert "Saved. New calls run on version 2." in answer.content.decode()


def test_the_talk_page_of_an_inactive_agent_says_so_and_offers_no_call(
    agent: Agent, cast: Cast, alice: Client
) -> None:
    assert "talk-begin" in alice.get(base(cast, agent) + "talk/").content.decode()
    alice.post(base(cast, agent) + "activate/")
    page = alice.get(base(cast, agent) + "talk/").content.decode()
    assert "Reception is switched off" in page and f'href="{base(cast, agent)}"' in page
    assert "talk-begin" not in page and "talk.js" not in page


def test_a_member_may_do_all_of_it(agent: Agent, cast: Cast) -> None:
    bob = signed_in(cast.bob)
    assert bob.post(base(cast, agent), form_data(agent, greeting="Bob's.")).status_code == 302
    for action in ACTIONS:
        assert bob.post(base(cast, agent) + action).status_code in (200, 302), action


def test_a_viewer_reads_and_changes_nothing(agent: Agent, cast: Cast) -> None:
    vera = signed_in(cast.vera)
    page = vera.get(base(cast, agent))
    assert page.status_code == 200
    assert all(field.field.disabled for field in page.context["form"].visible_fields())
    shown = page.content.decode()
    assert 'type="submit" class="btn btn-primary"' not in shown and "Remove" not in shown
    assert vera.get(base(cast, agent) + "versions/").status_code == 200
    assert vera.post(base(cast, agent), form_data(agent, greeting="Mine.")).status_code == 403
    assert vera.get(f"/o/{cast.acme.pk}/agents/new/").status_code == 403
    for action in ACTIONS:
        assert vera.post(base(cast, agent) + action).status_code == 403, action
    agent.refresh_from_db()
    assert agent.versions.count() == 1 and agent.is_active and agent.deleted_at is None


@pytest.mark.parametrize("path", ["", "versions/", "talk/", *ACTIONS])
def test_a_person_of_another_organisation_finds_nothing(path: str, agent: Agent, cast: Cast) -> None:
    charlie = signed_in(cast.charlie)
    method = charlie.post if path in ACTIONS else charlie.get
    assert method(base(cast, agent) + path).status_code == 404
    # Nor with the agent's id in an organisation of their own.
    assert method(f"/o/{cast.other.pk}/agents/{agent.pk}/{path}").status_code == 404


def test_a_voice_can_be_heard_and_not_for_ever(
    cast: Cast, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def wav(*arguments: object) -> bytes:
        return b"RIFF"

    monkeypatch.setattr("agents.talk_views.voice_preview", wav)
    address = f"/o/{cast.acme.pk}/agents/voice-preview/"
    response = alice.post(address, {"voice": "embedded/slt", "speed": "1.1"})
    assert (response.status_code, response.headers["Content-Type"]) == (200, "audio/wav")
    for wrong in (
        {"voice": "embedded/nobody"},
        {"voice": "embedded/slt", "speed": "9"},
        {"voice": "embedded/slt", "speed": "x"},
    ):
        assert alice.post(address, wrong).status_code == 400
    answers = [alice.post(address, {"voice": "embedded/slt"}).status_code for _ in range(31)]
    assert answers[0] == 200 and answers[-1] == 429


@pytest.mark.speech
def test_the_sample_of_a_voice_is_sound(cast: Cast, alice: Client) -> None:
    response = alice.post(
        f"/o/{cast.acme.pk}/agents/voice-preview/", {"voice": "embedded/slt", "text": "Good morning."}
    )
    assert response.content[:4] == b"RIFF"
    assert len(response.content) > 20_000
    assert any(response.content[1000:])
