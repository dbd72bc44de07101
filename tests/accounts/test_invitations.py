"""Invitations: by mail, for one address, for a week, once."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts import invitations, selectors
from accounts.models import Invitation, Membership, Role, User
from accounts.services import NotAllowed
from tests.cast import PASSWORD, Cast


def invite(client: Client, cast: Cast, email: str, role: str = "member") -> str:
    """Alice invites through the page; the path of the link in the mail."""
    client.force_login(cast.alice)
    mail.outbox.clear()
    client.post(f"/o/{cast.acme.pk}/settings/members/invite/", {"email": email, "role": role})
    assert mail.outbox[0].to == [email.lower()]
    client.logout()
    found = re.search(r"http://testserver(/invitations/\S+/)", mail.outbox[0].body)
    assert found
    return found[1]


def test_a_new_person_signs_up_through_the_link(cast: Cast, client: Client) -> None:
    path = invite(client, cast, "New@Example.com", "viewer")
    assert "Join Acme" in client.get(path).content.decode()
    form = client.get("/accounts/signup/").content.decode()
    assert "organisation_name" not in form and "new@example.com" in form
    data = {
        "name": "Nora",
        "email": "somebody-else@example.com",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    client.post("/accounts/signup/", data)
    person = User.objects.get(email="new@example.com")
    assert [(m.organisation, m.role) for m in person.memberships.all()] == [(cast.acme, Role.VIEWER)]
    assert EmailAddress.objects.get(user=person).verified  # the link came by mail
    assert client.get(path).status_code == 410


def test_an_existing_person_accepts_while_signed_in(cast: Cast, client: Client) -> None:
    path = invite(client, cast, "charlie@example.com", "admin")
    client.force_login(cast.charlie)
    assert not Membership.objects.filter(organisation=cast.acme, user=cast.charlie).exists()
    client.get(path)  # looking is not accepting
    assert not Membership.objects.filter(organisation=cast.acme, user=cast.charlie).exists()
    client.post(path)
    assert Membership.objects.get(organisation=cast.acme, user=cast.charlie).role == Role.ADMIN
    assert client.post(path).status_code == 410


def test_somebody_else_cannot_use_the_link(cast: Cast, client: Client) -> None:
    path = invite(client, cast, "new@example.com")
    client.force_login(cast.charlie)
    page = client.post(path).content.decode()
    assert "This invitation is for new@example.com." in page
    assert not Membership.objects.filter(organisation=cast.acme, user=cast.charlie).exists()


def test_an_unconfirmed_address_is_not_ones_own(cast: Cast) -> None:
    invitation, _ = make(cast, "new@example.com")
    address = EmailAddress.objects.create(user=cast.charlie, email="new@example.com", verified=False)
    assert not invitations.is_for(invitation, cast.charlie)
    EmailAddress.objects.filter(pk=address.pk).update(verified=True)
    assert invitations.is_for(invitation, cast.charlie)


def make(cast: Cast, email: str, role: Role = Role.MEMBER, by: User | None = None) -> tuple[Invitation, str]:
    own = Membership.objects.get(organisation=cast.acme, user=by or cast.alice)
    return invitations.invitation_create(organisation=cast.acme, email=email, role=role, by=own)


def test_it_expires(cast: Cast) -> None:
    invitation, token = make(cast, "charlie@example.com")
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert selectors.invitation_find(token) is None
    with pytest.raises(NotAllowed, match="expired"):
        invitations.invitation_accept(invitation=invitation, user=cast.charlie)


def test_it_is_used_once_even_with_two_copies_in_hand(cast: Cast) -> None:
    invitation, _ = make(cast, "charlie@example.com")
    invitations.invitation_accept(invitation=invitation, user=cast.charlie)
    Membership.objects.filter(organisation=cast.acme, user=cast.charlie).delete()
    with pytest.raises(NotAllowed, match="used"):
        invitations.invitation_accept(invitation=invitation, user=cast.charlie)


def test_a_second_invitation_replaces_the_first(cast: Cast) -> None:
    _, first = make(cast, "new@example.com")
    _, second = make(cast, "NEW@example.com")
    assert selectors.invitation_find(first) is None
    assert selectors.invitation_find(second)


def test_withdrawing_closes_the_link(cast: Cast, client: Client) -> None:
    invitation, token = make(cast, "new@example.com")
    client.force_login(cast.alice)
    client.post(f"/o/{cast.acme.pk}/settings/invitations/{invitation.pk}/withdraw/")
    assert client.get(f"/invitations/{token}/").status_code == 410


def test_an_admin_invites_members_but_no_admins(cast: Cast, client: Client) -> None:
    Membership.objects.filter(user=cast.bob).update(role=Role.ADMIN)
    with pytest.raises(NotAllowed):
        make(cast, "new@example.com", Role.ADMIN, by=cast.bob)
    make(cast, "new@example.com", Role.MEMBER, by=cast.bob)
    client.force_login(cast.bob)
    response = client.post(
        f"/o/{cast.acme.pk}/settings/members/invite/", {"email": "x@example.com", "role": "owner"}
    )
    assert response.status_code == 400 and 'id="id_role_error"' in response.content.decode()


def test_a_member_cannot_be_invited_again(cast: Cast, client: Client) -> None:
    client.force_login(cast.alice)
    response = client.post(
        f"/o/{cast.acme.pk}/settings/members/invite/", {"email": "bob@example.com", "role": "viewer"}
    )
    assert response.status_code == 400 and "member already" in response.content.decode()
    assert not mail.outbox


def test_mail_that_does_not_go_out_is_said_and_leaves_nothing_behind(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(invitations, "send_mail", fail)
    client.force_login(cast.alice)
    response = client.post(
        f"/o/{cast.acme.pk}/settings/members/invite/", {"email": "x@example.com", "role": "viewer"}
    )
    assert response.status_code == 502 and "could not be sent" in response.content.decode()
    assert not Invitation.objects.exists()


def test_links_lead_to_the_public_address(cast: Cast, client: Client, settings) -> None:
    settings.PUBLIC_URL = "https://voice.example.com"
    client.force_login(cast.alice)
    client.post(f"/o/{cast.acme.pk}/settings/members/invite/", {"email": "x@example.com", "role": "viewer"})
    assert "https://voice.example.com/invitations/vx_" in mail.outbox[0].body
    assert "testserver" not in mail.outbox[0].body
