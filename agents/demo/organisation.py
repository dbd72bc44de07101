"""Makes sure that the demo organisation exists. Doing it again changes nothing but the key it mints."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from accounts.models import ApiKey, Organisation, User
from accounts.services import api_key_create, api_key_revoke, organisation_create
from agents.best_choice import best_choice
from agents.catalogue.selectors import catalogue_of
from agents.selectors import agent_default, agents_listed
from agents.services import agent_create, agent_set_active

FOLDER = Path(__file__).parent
# The first is the default agent.
AGENT_FILES = ("receptionist.json", "support.json", "shop.json")
EMAIL = "demo@voicex.localhost"
NAME = "Voicex demo"
KEY_NAME = "Demo start"
KEYS_KEPT = 20


@dataclass(frozen=True, slots=True)
class Demo:
    organization_id: str
    email: str
    password: str
    api_key: str
    agent_id: str


def demo_ensure(password: str) -> Demo:
    """The demo person signs in with `password`; what was changed in the dashboard stays as it is."""
    with transaction.atomic():
        organisation = _organisation(password)
        if not agents_listed(organisation).exists():
            catalogue = catalogue_of(organisation)
            for name in AGENT_FILES:
                settings = best_choice(agent_settings(name), catalogue)
                agent_create(organisation=organisation, settings=settings, created_by=None)
        agent = agent_default(organisation)
        if agent is None:  # all were switched off: a start without an agent to talk to helps nobody
            agent = agents_listed(organisation)[0]
            agent_set_active(agent=agent, is_active=True)
        _, raw_key = api_key_create(organisation=organisation, name=KEY_NAME, created_by=None)
        _revoke_old_keys(organisation)
    return Demo(organisation.pk, EMAIL, password, raw_key, agent.pk)


def agent_settings(file_name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / file_name).read_text())
    return found


def _organisation(password: str) -> Organisation:
    user = User.objects.filter(email=EMAIL).first()
    if user is None:
        user = User.objects.create_user(EMAIL, password, name="Demo")
    elif not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    membership = user.memberships.select_related("organisation").order_by("created_at").first()
    return membership.organisation if membership else organisation_create(name=NAME, owner=user)


def _revoke_old_keys(organisation: Organisation) -> None:
    demo_keys = ApiKey.objects.for_org(organisation).filter(name=KEY_NAME, revoked_at=None)
    for api_key in demo_keys.order_by("-created_at", "-id")[KEYS_KEPT:]:
        api_key_revoke(api_key=api_key)
