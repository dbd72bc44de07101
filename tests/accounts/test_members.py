"""Members: roles change hands by the rules, and an organisation always keeps an owner."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Membership, Role, User
from accounts.services import NotAllowed, membership_change_role, membership_remove
from tests.cast import Cast


def membership(cast: Cast, user: User) -> Membership:
    return Membership.objects.get(organisation=cast.acme, user=user)


def test_an_owner_promotes_and_demotes_everybody(cast: Cast) -> None:
    alice, bob = membership(cast, cast.alice), membership(cast, cast.bob)
    for role in (Role.OWNER, Role.ADMIN, Role.VIEWER, Role.MEMBER):
        membership_change_role(membership=bob, role=role, by=alice)
        bob.refresh_from_db()
        assert bob.role == role


def test_the_last_owner_stays_one(cast: Cast) -> None:
    alice, bob = membership(cast, cast.alice), membership(cast, cast.bob)
    with pytest.raises(NotAllowed, match="needs an owner"):
        membership_change_role(membership=alice, role=Role.ADMIN, by=alice)
    with pytest.raises(NotAllowed, match="needs an owner"):
        membership_remove(membership=alice, by=alice)
    membership_change_role(membership=bob, role=Role.OWNER, by=alice)
    membership_remove(membership=alice, by=alice)
    assert not Membership.objects.filter(pk=alice.pk).exists()


def test_an_admin_touches_neither_owners_nor_admins(cast: Cast) -> None:
    alice, bob, vera = (membership(cast, person) for person in (cast.alice, cast.bob, cast.vera))
    Membership.objects.filter(pk=bob.pk).update(role=Role.ADMIN)
    bob.refresh_from_db()
    for target, role in ((alice, Role.VIEWER), (vera, Role.ADMIN), (vera, Role.OWNER), (bob, Role.OWNER)):
        with pytest.raises(NotAllowed):
            membership_change_role(membership=target, role=role, by=bob)
    with pytest.raises(NotAllowed):
        membership_remove(membership=alice, by=bob)
    membership_change_role(membership=vera, role=Role.MEMBER, by=bob)
    membership_remove(membership=vera, by=bob)


def test_the_page_lists_everybody_and_a_viewer_finds_nothing_to_press(cast: Cast, client: Client) -> None:
    client.force_login(cast.vera)
    page = client.get(f"/o/{cast.acme.pk}/settings/members/").content.decode()
    assert "alice@example.com" in page and "charlie@example.com" not in page
    assert "Invite somebody" not in page and 'name="role"' not in page


def test_roles_are_changed_and_people_removed_through_the_page(cast: Cast, client: Client) -> None:
    client.force_login(cast.alice)
    bob = membership(cast, cast.bob)
    base = f"/o/{cast.acme.pk}/settings/members/{bob.pk}"
    client.post(f"{base}/role/", {"role": "admin"})
    bob.refresh_from_db()
    assert bob.role == Role.ADMIN
    page = client.post(f"{base}/role/", {"role": "emperor"}, follow=True).content.decode()
    assert "There is no such role." in page
    client.post(f"{base}/remove/")
    assert not Membership.objects.filter(pk=bob.pk).exists()


def test_a_member_of_another_organisation_is_unknown_here(cast: Cast, client: Client) -> None:
    client.force_login(cast.alice)
    theirs = Membership.objects.get(user=cast.charlie)
    for action in ("role", "remove"):
        path = f"/o/{cast.acme.pk}/settings/members/{theirs.pk}/{action}/"
        assert client.post(path, {"role": "viewer"}).status_code == 404
    theirs.refresh_from_db()
    assert theirs.role == Role.OWNER


@pytest.mark.parametrize("name", ["x", "%00", "0" * 23 + "g", "ü" * 24])
def test_what_is_no_id_is_unknown(cast: Cast, client: Client, name: str) -> None:
    client.force_login(cast.alice)
    base = f"/o/{cast.acme.pk}/settings"
    for path in (f"members/{name}/remove", f"keys/{name}/revoke", f"invitations/{name}/withdraw"):
        assert client.post(f"{base}/{path}/").status_code == 404


def test_everybody_may_leave_but_the_last_owner(cast: Cast, client: Client) -> None:
    for person, stays in ((cast.vera, False), (cast.bob, False), (cast.alice, True)):
        client.force_login(person)
        client.post(f"/o/{cast.acme.pk}/settings/organisation/leave/")
        assert Membership.objects.filter(organisation=cast.acme, user=person).exists() is stays


def test_names_of_people_can_change(cast: Cast, client: Client) -> None:
    client.force_login(cast.vera)
    client.post("/profile/", {"name": "Vera Voss"})
    cast.vera.refresh_from_db()
    assert cast.vera.name == "Vera Voss"
