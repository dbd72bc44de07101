"""The people every test knows: Alice owns, Bob is a member, Vera may only look, Charlie must see nothing."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import Membership, Organisation, Plan, Role, User

PASSWORD = "correct-horse-battery-staple"


@dataclass
class Cast:
    alice: User
    bob: User
    vera: User
    charlie: User
    acme: Organisation
    other: Organisation


def make_cast() -> Cast:
    plan = Plan.objects.get_or_create(code="test", defaults={"name": "Test"})[0]
    acme = Organisation.objects.create(name="Acme", plan=plan)
    other = Organisation.objects.create(name="Other", plan=plan)
    people = {
        name: User.objects.create_user(f"{name}@example.com", PASSWORD, name=name.capitalize())
        for name in ("alice", "bob", "vera", "charlie")
    }
    for name, organisation, role in (
        ("alice", acme, Role.OWNER),
        ("bob", acme, Role.MEMBER),
        ("vera", acme, Role.VIEWER),
        ("charlie", other, Role.OWNER),
    ):
        Membership.objects.create(organisation=organisation, user=people[name], role=role)
    return Cast(**people, acme=acme, other=other)
