"""What each address of the product does for whom. An address that is missing here fails the tests.

The roles are written out, not taken from `accounts.roles`: this is the second opinion.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from accounts.models import Role
from tests.addresses.world import World
from tests.agents.form_data import form_data

VIEWER, MEMBER, ADMIN, OWNER = Role.VIEWER, Role.MEMBER, Role.ADMIN, Role.OWNER


@dataclass(frozen=True)
class Page:
    """The lowest role for each method; None: the method is refused. `data` is what a person would send."""

    get: Role | None = None
    post: Role | None = None
    data: Callable[[World], dict[str, Any]] = field(default=lambda world: {})
    # Whether a POST leaves something in the database.
    changes: bool = True
    # Whether its parameter names what is there for every organisation, such as a vendor.
    is_for_all: bool = False
    # Asked of a call that goes on.
    of_live_call: bool = False


TWILIO_ACCOUNT = {"account_sid": "AC" + "2" * 32, "auth_token": "another0token0of0acmes"}

# Below `o/<str:org_id>/`.
ORGANISATION_PAGES = {
    "": Page(get=VIEWER),
    "settings/keys/": Page(get=ADMIN, post=ADMIN, data=lambda world: {"name": "Website"}),
    "settings/keys/<str:key_id>/revoke/": Page(post=ADMIN),
    "settings/vendors/": Page(get=VIEWER),
    "settings/vendors/<str:vendor>/": Page(
        get=ADMIN, post=ADMIN, data=lambda world: {"api_key": "gsk_another_key"}, is_for_all=True
    ),
    "settings/vendors/<str:vendor>/test/": Page(post=ADMIN),
    "settings/vendors/<str:vendor>/remove/": Page(post=ADMIN),
    "settings/vendors/<str:vendor>/switch/": Page(post=ADMIN, is_for_all=True),
    "settings/phones/": Page(get=VIEWER),
    "settings/phones/new/": Page(get=ADMIN, post=ADMIN, data=lambda world: {"number": "+15550100777"}),
    "settings/phones/calling/": Page(
        get=VIEWER, post=ADMIN, data=lambda world: {"called_countries": ["DE", "FR"]}
    ),
    "settings/phones/twilio/": Page(get=ADMIN, post=ADMIN, data=lambda world: TWILIO_ACCOUNT),
    "settings/phones/twilio/test/": Page(post=ADMIN),
    "settings/phones/twilio/remove/": Page(post=ADMIN),
    "settings/phones/<str:number_id>/": Page(get=ADMIN, post=ADMIN, data=lambda world: {"label": "Sales"}),
    "settings/phones/<str:number_id>/remove/": Page(post=ADMIN),
    "settings/phones/<str:number_id>/configure/": Page(post=ADMIN),
    "settings/phones/<str:number_id>/check/": Page(post=ADMIN, changes=False),
    "settings/members/": Page(get=VIEWER),
    "settings/members/invite/": Page(
        post=ADMIN, data=lambda world: {"email": "dora@example.com", "role": VIEWER}
    ),
    "settings/members/<str:membership_id>/role/": Page(post=ADMIN, data=lambda world: {"role": VIEWER}),
    "settings/members/<str:membership_id>/remove/": Page(post=ADMIN),
    "settings/invitations/<str:invitation_id>/withdraw/": Page(post=ADMIN),
    "settings/organisation/": Page(get=VIEWER, post=ADMIN, data=lambda world: {"name": "Renamed"}),
    "settings/organisation/leave/": Page(post=VIEWER),
    "settings/organisation/delete/": Page(get=OWNER, post=OWNER, data=lambda world: {"name": "Acme"}),
    "agents/": Page(get=VIEWER),
    "agents/new/": Page(get=MEMBER, post=MEMBER, data=lambda world: form_data(name="Shop")),
    "agents/voice-preview/": Page(
        post=MEMBER, data=lambda world: {"voice": "embedded/slt", "text": "Hi."}, changes=False
    ),
    "agents/prompt-preview/": Page(
        post=MEMBER, data=lambda world: {"system_prompt": "It is {{ time }}."}, changes=False
    ),
    "agents/<str:agent_id>/": Page(
        get=VIEWER, post=MEMBER, data=lambda world: form_data(world.agent, name="Renamed")
    ),
    "agents/<str:agent_id>/duplicate/": Page(post=MEMBER),
    "agents/<str:agent_id>/activate/": Page(post=MEMBER),
    "agents/<str:agent_id>/delete/": Page(post=MEMBER),
    "agents/<str:agent_id>/versions/": Page(get=VIEWER),
    "agents/<str:agent_id>/versions/<int:number>/restore/": Page(post=MEMBER),
    "agents/<str:agent_id>/talk/": Page(get=MEMBER),
    "agents/<str:agent_id>/call/": Page(get=MEMBER, post=MEMBER, changes=False),
    "agents/<str:agent_id>/talk/token/": Page(post=MEMBER, changes=False),
    "conversations/": Page(get=VIEWER),
    "conversations/<str:call_id>/": Page(get=VIEWER),
    "conversations/<str:call_id>/recording.<str:kind>": Page(get=VIEWER),
    "conversations/<str:call_id>/retry/": Page(post=ADMIN),
    "conversations/<str:call_id>/commands/": Page(get=VIEWER, of_live_call=True),
    "conversations/<str:call_id>/say/": Page(
        post=MEMBER, data=lambda world: {"say-once": "1", "say-text": "Hello."}, of_live_call=True
    ),
    "conversations/<str:call_id>/end/": Page(
        post=MEMBER, data=lambda world: {"end-once": "1"}, of_live_call=True
    ),
}

# Asked with a key; the organisation is the key's.
API = {
    "api/dashboard/agents",
    "api/dashboard/agents/<str:agent_id>",
    "api/dashboard/phone-numbers",
    "api/dashboard/phone-numbers/<str:number_id>",
    "api/dashboard/stats",
    "api/dashboard/calls",
    "api/dashboard/calls/<str:call_id>",
    "api/dashboard/calls/<str:call_id>/commands",
    "api/dashboard/calls/<str:call_id>/commands/<str:command_id>",
}
# Whose POST calls somebody; tests/outbound says whom, and for which organisation.
API_DIALS = {"api/dashboard/calls"}
# What of it takes a POST, and what a program would send.
API_WRITES = {
    "api/dashboard/calls/<str:call_id>/commands": {"kind": "say", "text": "Hello."},
}
# What it changes of its own besides, by method, and what a program would send.
API_CHANGES: dict[str, dict[str, dict[str, Any]]] = {
    "api/dashboard/phone-numbers": {"post": {"number": "+15550100777"}},
    "api/dashboard/phone-numbers/<str:number_id>": {"patch": {"label": "Sales"}, "delete": {}},
}

# Whose POST only looks, at what is elsewhere.
API_LOOKS = {"api/dashboard/phone-numbers/<str:number_id>/test"}
# What is there for every organisation, by method, and what a program would send.
API_FOR_ALL: dict[str, dict[str, dict[str, Any]]] = {
    "api/dashboard/calling-rules": {"get": {}, "patch": {"countries": ["DE", "FR"]}},
    "api/dashboard/catalogue": {"get": {}},
    "api/dashboard/countries": {"get": {}},
    "api/dashboard/phone-numbers/<str:number_id>/configure": {"post": {}},
    "api/dashboard/phone-numbers/<str:number_id>/test": {"post": {}},
    "api/dashboard/twilio-account": {"get": {}, "put": TWILIO_ACCOUNT, "delete": {}},
    "api/dashboard/twilio-account/test": {"post": {}},
    "api/dashboard/vendors": {"get": {}},
    "api/dashboard/vendors/<str:vendor>": {
        "get": {},
        "put": {"api_key": "gsk_another_key"},
        "patch": {"is_enabled": False},
        "delete": {},
    },
    "api/dashboard/vendors/<str:vendor>/test": {"post": {}},
}

# The description of the above, for everybody.
API_DESCRIPTION = "api/openapi.json"

SIGN_IN = "/accounts/login/"


@dataclass(frozen=True)
class Door:
    """What a GET answers: a status, or where it leads. `person`: anybody who is signed in."""

    stranger: int | str
    person: int | str


DOORS = {
    "healthz": Door(200, 200),
    # From this machine; tests/project/test_metrics.py says for whom else.
    "metrics": Door(200, 200),
    API_DESCRIPTION: Door(200, 200),
    # What a GET that is not of a call is told; tests/edge/twilio says what Twilio is.
    **{f"api/twilio/{each}": Door(200, 200) for each in ("voice", "fallback", "after", "dialled")},
    "api/twilio/status": Door(403, 403),
    # Without the token of a link.
    "recordings/<str:call_id>.<str:kind>": Door(403, 403),
    # As voice; tests/outbound says what Twilio is told with a call's token.
    "api/twilio/outbound": Door(200, 200),
    "api/twilio/outbound/status": Door(403, 403),
    "api/twilio/outbound/answerer": Door(403, 403),
    "": Door(SIGN_IN, "/"),
    "profile/": Door(SIGN_IN, 200),
    "organisations/new/": Door(SIGN_IN, 200),
    "invitations/<str:token>/": Door(410, 410),
    "accounts/login/": Door(200, "/"),
    "accounts/logout/": Door("/", 200),
    "accounts/inactive/": Door(200, 200),
    "accounts/signup/": Door(200, "/"),
    "accounts/reauthenticate/": Door(SIGN_IN, 200),
    "accounts/email/": Door(SIGN_IN, 200),
    "accounts/confirm-email/": Door(200, 200),
    "accounts/^confirm-email/(?P<key>[-:\\w]+)/$": Door(200, 200),
    "accounts/password/change/": Door(SIGN_IN, 200),
    "accounts/password/set/": Door(SIGN_IN, "/accounts/password/change/"),
    "accounts/password/reset/": Door(200, 200),
    "accounts/password/reset/done/": Door(200, 200),
    "accounts/password/reset/key/done/": Door(200, 200),
    "accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": Door(200, 200),
    "accounts/login/code/confirm/": Door(SIGN_IN, "/"),
}

# For staff alone; strangers are asked to sign in, everybody else is refused.
ADMIN_PREFIX = "admin/"
ADMIN_SIGN_IN = "/admin/login/"
