"""Who may enter which page: every address of an organisation, as everybody."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Membership, Role
from accounts.roles import LOWEST_ROLE, RANKS, Permission, may, roles_given_by
from tests.addresses.walk import UNKNOWN_ID, organisation_paths
from tests.cast import Cast

REFUSED_METHOD = 405


def test_the_walk_finds_the_pages(cast: Cast) -> None:
    paths = organisation_paths(cast.acme.pk)
    assert f"/o/{cast.acme.pk}/settings/keys/" in paths
    assert f"/o/{cast.acme.pk}/settings/members/{UNKNOWN_ID}/remove/" in paths


def test_a_stranger_is_sent_to_sign_in_whether_the_organisation_exists_or_not(
    cast: Cast, client: Client
) -> None:
    for org_id in (cast.acme.pk, UNKNOWN_ID):
        for path in organisation_paths(org_id):
            for response in (client.get(path), client.post(path)):
                if response.status_code != REFUSED_METHOD:
                    assert response.status_code == 302, path
                    assert response["Location"].startswith("/accounts/login/?next="), path


def test_a_person_of_another_organisation_sees_404_everywhere(cast: Cast, client: Client) -> None:
    client.force_login(cast.charlie)
    for org_id in (cast.acme.pk, UNKNOWN_ID, "no-id", cast.acme.pk.upper()):
        for path in organisation_paths(org_id):
            answers = {client.get(path).status_code, client.post(path).status_code}
            assert answers - {REFUSED_METHOD} == {404}, path


@pytest.mark.parametrize("name", ["bob", "vera"])
def test_keys_are_for_admins_and_owners(cast: Cast, client: Client, name: str) -> None:
    client.force_login(getattr(cast, name))
    response = client.get(f"/o/{cast.acme.pk}/settings/keys/")
    assert response.status_code == 403
    assert "403.html" in [template.name for template in response.templates]
    Membership.objects.filter(user=getattr(cast, name)).update(role=Role.ADMIN)
    assert client.get(f"/o/{cast.acme.pk}/settings/keys/").status_code == 200


def test_losing_the_role_counts_from_the_next_request(cast: Cast, client: Client) -> None:
    client.force_login(cast.bob)
    page = f"/o/{cast.acme.pk}/settings/members/"
    assert client.get(page).status_code == 200
    Membership.objects.filter(user=cast.bob).delete()
    assert client.get(page).status_code == 404


def test_higher_roles_may_all_that_lower_ones_may() -> None:
    for permission in Permission:
        allowed = [role for role in RANKS if may(role, permission)]
        assert Role.OWNER in allowed
        assert set(allowed) == {role for role in RANKS if RANKS[role] >= RANKS[LOWEST_ROLE[permission]]}


def test_nobody_gives_a_role_above_their_own() -> None:
    for role in Role:
        assert all(RANKS[given] <= RANKS[role] for given in roles_given_by(role))
    assert Role.ADMIN not in roles_given_by(Role.ADMIN)
