"""One of everything in Acme, so that an address that names something finds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connection
from django.test import Client

from accounts.invitations import invitation_create
from accounts.models import Membership, Role, User
from accounts.services import api_key_create
from agents.models import Agent, PhoneNumber, TwilioAccount, VendorCredential
from agents.services import agent_create, agent_update
from agents.vendor_keys.seal import Secret, seal
from calls.models import Call, CallState, CommandKind, Recording, RecordingState
from calls.services import command_give
from tests.calls.factory import admit
from tests.cast import PASSWORD, Cast

TWILIO_SID = "AC" + "1" * 32
APPS = ("accounts", "agents", "calls", "account")


@dataclass
class World:
    cast: Cast
    agent: Agent
    call: Call
    key: str
    people: dict[Role, User]
    # What the parameters of an address stand for.
    ids: dict[str, str]
    # The same where it is about a call that goes on.
    live_ids: dict[str, str]


def make_world(cast: Cast) -> World:
    ada = User.objects.create_user("ada@example.com", PASSWORD, name="Ada")
    Membership.objects.create(organisation=cast.acme, user=ada, role=Role.ADMIN)
    for person in (cast.alice, cast.bob, cast.vera, cast.charlie, ada):  # as signing up leaves them
        EmailAddress.objects.create(user=person, email=person.email, primary=True)
    settings: dict[str, Any] = {"name": "Reception", "greeting": "Hello."}
    agent = agent_create(organisation=cast.acme, settings=settings, created_by=cast.alice)
    agent = agent_update(agent=agent, settings=settings | {"greeting": "Hi."}, changed_by=cast.alice)
    call = admit(agent)
    # Its processing failed for good, so that it can be tried again.
    call.state, call.process_error = CallState.PROCESSING, "the journal of this call cannot be found"
    call.lease_expires_at = call.process_due_at = None
    call.save()
    Recording.objects.create(
        organisation=cast.acme,
        call=call,
        state=RecordingState.READY,
        mp3_name=storages["recordings"].save(f"{call.pk}/call.mp3", ContentFile(b"sound")),
        mp3_bytes=5,
    )
    live_call = admit(agent)
    command, _ = command_give(call=live_call, kind=CommandKind.SAY, arguments={"text": "One moment."})
    key, raw_key = api_key_create(organisation=cast.acme, name="Site", created_by=cast.alice)
    owner = Membership.objects.get(user=cast.alice)
    invitation, _ = invitation_create(
        organisation=cast.acme, email="erin@example.com", role=Role.VIEWER, by=owner
    )
    VendorCredential.objects.create(
        organisation=cast.acme,
        vendor="groq",
        sealed=seal(Secret(cast.acme.pk, "groq", "", "gsk_key_of_acme")),
    )
    TwilioAccount.objects.create(
        organisation=cast.acme,
        account_sid=TWILIO_SID,
        sealed=seal(Secret(cast.acme.pk, "twilio", TWILIO_SID, "token_of_acme_at_twilio")),
    )
    number = PhoneNumber.objects.create(organisation=cast.acme, number="+15550100999")
    ids = {
        "org_id": cast.acme.pk,
        "agent_id": agent.pk,
        "number": "1",
        "vendor": "groq",
        "call_id": call.pk,
        "kind": "mp3",
        "command_id": command.pk,
        "key_id": key.pk,
        "number_id": number.pk,
        "membership_id": Membership.objects.get(user=cast.bob).pk,
        "invitation_id": invitation.pk,
    }
    return World(
        cast=cast,
        agent=agent,
        call=call,
        key=raw_key,
        people={Role.VIEWER: cast.vera, Role.MEMBER: cast.bob, Role.ADMIN: ada, Role.OWNER: cast.alice},
        ids=ids,
        live_ids=ids | {"call_id": live_call.pk},
    )


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of ours as the database has it, to see whether anything has changed."""
    found = {}
    with connection.cursor() as cursor:
        for app in APPS:
            for model in apps.get_app_config(app).get_models():
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(model._meta.db_table)}")  # noqa: S608
                found[model._meta.label] = sorted(cursor.fetchall(), key=repr)
    return found
