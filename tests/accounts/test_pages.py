"""The frame of the pages: content policy, errors, the switcher, forms."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings as project
from django.contrib.staticfiles import finders
from django.http import HttpRequest
from django.test import Client

from accounts import services
from accounts.error_pages import server_error
from accounts.models import Membership, Organisation, Role
from agents.models import Agent, AgentVersion
from calls.models import Call
from tests.cast import Cast

TEMPLATES = Path(project.BASE_DIR) / "templates"


def test_the_content_policy_allows_nothing_inline_and_nothing_from_elsewhere(
    cast: Cast, client: Client
) -> None:
    client.force_login(cast.alice)
    for path in ("/accounts/login/", f"/o/{cast.acme.pk}/settings/keys/", "/nowhere/"):
        policy = client.get(path)["Content-Security-Policy"]
        assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy
        for word in ("unsafe", "http:", "https:", "*"):
            assert word not in policy


def test_no_template_holds_inline_script_or_style_or_a_foreign_address() -> None:
    pattern = re.compile(
        r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|(?:src|href)=\"(?:https?:)?//", re.I
    )
    guilty = {
        str(path.relative_to(TEMPLATES)): found[0]
        for path in TEMPLATES.rglob("*.html")
        if (found := pattern.search(path.read_text()))
    }
    assert guilty == {}


def test_icons_that_templates_name_are_in_the_sprite() -> None:
    sprite = Path(str(finders.find("vendor/tabler-icons/sprite.svg"))).read_text()
    drawn = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    named = {
        name
        for path in TEMPLATES.rglob("*.html")
        for name in re.findall(r'(?:{% icon |icon_name=)"([^"]+)"', path.read_text())
    }
    assert named and named <= drawn


def test_static_files_that_templates_name_exist() -> None:
    named = {
        name
        for path in TEMPLATES.rglob("*.html")
        for name in re.findall(r"{% static [\"']([^\"']+)[\"']", path.read_text())
    }
    assert [name for name in sorted(named) if not finders.find(name)] == []


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("path", ["/nowhere/", "/o/nothing/"])
def test_an_unknown_page_says_so_to_people(
    cast: Cast, client: Client, settings, path: str, debug: bool
) -> None:
    settings.DEBUG = debug
    client.force_login(cast.bob)
    response = client.get(path)
    assert response.status_code == 404 and "We cannot find this page" in response.content.decode()


@pytest.mark.parametrize("debug", [True, False])
def test_an_unknown_api_address_says_so_to_programs(client: Client, db: None, settings, debug: bool) -> None:
    settings.DEBUG = debug
    response = client.get("/api/nowhere")
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["code"] == "not_found" and body["request_id"] == response["X-Request-Id"]


def test_a_missing_slash_is_added(client: Client, db: None) -> None:
    assert client.get("/accounts/login")["Location"] == "/accounts/login/"


def test_our_own_fault_is_admitted_without_the_database() -> None:
    request = HttpRequest()
    request.path = "/o/x/"
    assert "Something went wrong" in server_error(request).content.decode()
    request.path = "/api/x"
    assert b'"internal_error"' in server_error(request).content


def test_the_switcher_shows_what_one_belongs_to_and_visiting_switches(cast: Cast, client: Client) -> None:
    second = services.organisation_create(name="Beta & Sons", owner=cast.bob)
    client.force_login(cast.bob)
    page = client.get(f"/o/{cast.acme.pk}/settings/members/").content.decode()
    assert f'href="/o/{second.pk}/"' in page and "Beta &amp; Sons" in page
    assert f'href="/o/{cast.other.pk}/"' not in page
    client.get(f"/o/{second.pk}/")
    assert client.get("/")["Location"] == f"/o/{second.pk}/agents/"
    # And so it is after signing in anew, from another browser.
    elsewhere = Client()
    elsewhere.force_login(cast.bob)
    assert elsewhere.get("/")["Location"] == f"/o/{second.pk}/agents/"


def test_whoever_belongs_nowhere_is_asked_to_make_an_organisation(cast: Cast, client: Client) -> None:
    Membership.objects.filter(user=cast.vera).delete()
    client.force_login(cast.vera)
    assert client.get("/")["Location"] == "/organisations/new/"
    assert client.get("/organisations/new/").status_code == 200
    client.post("/organisations/new/", {"name": "Vera's"})
    assert Membership.objects.get(user=cast.vera).role == Role.OWNER


def test_renaming_is_for_admins_and_a_wrong_name_is_not_shown_as_if_it_were_saved(
    cast: Cast, client: Client
) -> None:
    path = f"/o/{cast.acme.pk}/settings/organisation/"
    client.force_login(cast.bob)
    assert client.post(path, {"name": "Hacked"}).status_code == 403
    client.force_login(cast.alice)
    page = client.post(path, {"name": ""}).content.decode()
    assert 'id="id_name_error"' in page and '<span class="vx-truncate flex-fill">Acme</span>' in page
    client.post(path, {"name": "Acme Two"})
    cast.acme.refresh_from_db()
    assert cast.acme.name == "Acme Two"


def test_deleting_takes_the_name_typed(cast: Cast, client: Client) -> None:
    path = f"/o/{cast.acme.pk}/settings/organisation/delete/"
    Membership.objects.filter(user=cast.bob).update(role=Role.ADMIN)
    client.force_login(cast.bob)
    assert client.post(path, {"name": "Acme"}).status_code == 403
    client.force_login(cast.alice)
    assert "This is not the name" in client.post(path, {"name": "acme"}).content.decode()
    assert Organisation.objects.filter(pk=cast.acme.pk).exists()
    agent = Agent.objects.create(organisation=cast.acme, name="Receptionist")
    version = AgentVersion.objects.create(organisation=cast.acme, agent=agent, number=1, settings={})
    Agent.objects.filter(pk=agent.pk).update(current_version=version)
    Call.objects.create(organisation=cast.acme, agent=agent, agent_version=version, session_id="0" * 24)
    client.post(path, {"name": "Acme"})
    assert not Organisation.objects.filter(pk=cast.acme.pk).exists()
    assert not Call.objects.exists() and not AgentVersion.objects.exists()
    assert Organisation.objects.filter(pk=cast.other.pk).exists()


def test_a_form_without_its_token_is_refused_with_a_page(cast: Cast) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.alice)
    response = strict.post(f"/o/{cast.acme.pk}/settings/keys/", {"name": "x"})
    assert response.status_code == 403 and "This form has expired" in response.content.decode()
