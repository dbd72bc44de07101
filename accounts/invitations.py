"""Writes: inviting people into an organisation, and what becomes of an invitation."""

from __future__ import annotations

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.keys import key_digest, new_key
from accounts.models import Invitation, Membership, Organisation, Role, User
from accounts.roles import roles_given_by
from accounts.services import NotAllowed

INVITATION_LIFE = timedelta(days=7)


def invitation_create(
    *, organisation: Organisation, email: str, role: Role, by: Membership
) -> tuple[Invitation, str]:
    """The row and the secret of its link. An open invitation of the same address is replaced by it.

    Raises NotAllowed when `by` may not give the role, or when the person belongs to the organisation already.
    """
    if role not in roles_given_by(by.role):
        raise NotAllowed("Your role does not let you give this role.")
    email = email.strip().lower()
    if Membership.objects.for_org(organisation).filter(user__email=email).exists():
        raise NotAllowed("This person is a member already.")
    raw_token = new_key()  # looks like a key, so that logs lose it like one
    now = timezone.now()
    with transaction.atomic():
        Invitation.objects.for_org(organisation).filter(email=email, accepted_at=None).delete()
        invitation = Invitation.objects.create(
            organisation=organisation,
            email=email,
            role=role,
            digest=key_digest(raw_token),
            invited_by=by.user,
            created_at=now,
            expires_at=now + INVITATION_LIFE,
        )
    return invitation, raw_token


def invitation_send(*, invitation: Invitation, link: str) -> None:
    """By Django's mail; `link` is absolute. Raises OSError, smtplib's errors too, if it fails."""
    context = {"invitation": invitation, "link": link, "days": INVITATION_LIFE.days}
    send_mail(
        subject=f"Join {_one_line(invitation.organisation.name)} on Voicex",
        message=render_to_string("accounts/email/invitation.txt", context),
        from_email=None,
        recipient_list=[invitation.email],
    )


@transaction.atomic
def invitation_accept(*, invitation: Invitation, user: User) -> Membership:
    """Makes the person a member, once; who is a member already keeps the role they have.

    Raises NotAllowed when it was used, withdrawn or has expired, or is meant for another address.
    """
    if not is_for(invitation, user):
        raise NotAllowed(f"This invitation is for {invitation.email}.")
    now = timezone.now()
    open_rows = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, expires_at__gt=now)
    if not open_rows.update(accepted_at=now):  # of two at once, one gets the row
        raise NotAllowed("This invitation has been used or withdrawn, or has expired.")
    membership, _ = Membership.objects.get_or_create(
        organisation_id=invitation.organisation_id, user=user, defaults={"role": invitation.role}
    )
    return membership


def invitation_withdraw(*, invitation: Invitation, by: Membership) -> None:
    """Its link stops working. Raises NotAllowed when `by` could not have made it."""
    if invitation.role not in roles_given_by(by.role):
        raise NotAllowed("Your role does not let you withdraw this invitation.")
    invitation.delete()


def is_for(invitation: Invitation, user: User) -> bool:
    """Whether the address is the person's own: the one they sign in with, or another they have confirmed."""
    if user.email.lower() == invitation.email:
        return True
    return EmailAddress.objects.filter(user=user, email__iexact=invitation.email, verified=True).exists()


def _one_line(text: str) -> str:
    return " ".join(text.split())
