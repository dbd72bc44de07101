"""Runs beside a started server, over its stores: makes organisations, looks at rows, does the worker's part.

`python -m tests.servers.office` reads one JSON object a line, `{"do": name, …}`, and answers each with one.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voicex_project.settings")
django.setup()

from accounts.ids import new_id  # noqa: E402
from accounts.models import ApiKey, Membership, Organisation, Plan, Role, User  # noqa: E402
from accounts.services import api_key_create, api_key_revoke  # noqa: E402
from accounts.tokens import talk_token_create  # noqa: E402
from agents.models import Agent, PhoneNumber  # noqa: E402
from agents.services import agent_create, agent_set_active, agent_update  # noqa: E402
from agents.snapshot import complete  # noqa: E402
from agents.twilio_account.services import twilio_account_save  # noqa: E402
from calls.commands import standing_of  # noqa: E402
from calls.models import Call, CallState, Command, CommandKind  # noqa: E402
from calls.services import call_process, command_give  # noqa: E402


def organisation(agent: dict[str, Any], plan: dict[str, Any]) -> dict[str, str]:
    """An organisation with a plan, an owner, a key and one agent of its own."""
    name = new_id()
    made = Organisation.objects.create(
        name=name, plan=Plan.objects.create(code=name, name="Tested", **{"calls_per_minute": 1000} | plan)
    )
    owner = User.objects.create(email=f"{name}@example.com")
    Membership.objects.create(organisation=made, user=owner, role=Role.OWNER)
    key, raw_key = api_key_create(organisation=made, name="test", created_by=owner)
    first = agent_create(organisation=made, settings={"name": "Ada"} | agent, created_by=owner)
    return {"id": made.pk, "owner": owner.pk, "key_id": key.pk, "key": raw_key, "agent": first.pk}


def another_agent(organisation: str, agent: dict[str, Any], is_active: bool = True) -> dict[str, str]:
    made = agent_create(
        organisation=Organisation.objects.get(pk=organisation),
        settings={"name": "Second"} | agent,
        created_by=None,
        is_active=is_active,
    )
    return {"agent": made.pk}


def change_agent(agent: str, **settings: Any) -> None:
    found = Agent.objects.get(pk=agent)
    assert found.current_version
    agent_update(agent=found, settings=complete(found.current_version.settings) | settings, changed_by=None)


def set_active(agent: str, is_active: bool) -> None:
    agent_set_active(agent=Agent.objects.get(pk=agent), is_active=is_active)


def revoke(key: str) -> None:
    api_key_revoke(api_key=ApiKey.objects.get(pk=key))


def twilio_account(organisation: str, account_sid: str, auth_token: str) -> None:
    """Twilio is nowhere that it could be asked."""
    twilio_account_save(
        organisation=Organisation.objects.get(pk=organisation),
        account_sid=account_sid,
        auth_token=auth_token,
        even_unverified=True,
        created_by=None,
    )


def phone_number(organisation: str, number: str) -> None:
    PhoneNumber.objects.create(organisation_id=organisation, number=number)


def token(organisation: str, owner: str, agent: str) -> dict[str, str]:
    return {"token": talk_token_create(user_id=owner, organisation_id=organisation, agent_id=agent)}


def calls(organisation: str) -> list[dict[str, Any]]:
    """Oldest first, each with its turns."""
    return [
        {
            "id": call.pk,
            "session_id": call.session_id,
            "state": call.state,
            "channel": call.channel,
            "from_number": call.from_number,
            "end_code": call.end_code,
            "switches": [(switch["port"], switch["failed"], switch["instead"]) for switch in call.switches],
            "turns": [(turn.role, turn.text) for turn in call.turns.order_by("index")],
        }
        for call in Call.objects.filter(organisation_id=organisation).order_by("started_at")
    ]


def command(organisation: str, kind: str, **arguments: Any) -> dict[str, str]:
    """To the organisation's live call."""
    call = Call.objects.get(organisation_id=organisation, state=CallState.LIVE)
    return {"id": command_give(call=call, kind=CommandKind(kind), arguments=arguments)[0].pk}


def outcome(command: str) -> dict[str, str]:
    standing = standing_of(Command.objects.select_related("call").get(pk=command))
    return {"state": standing.state, "outcome": standing.outcome}


def process(organisation: str) -> None:
    """The worker's part, for calls that have ended."""
    for call in Call.objects.filter(organisation_id=organisation):
        call_process(call_id=call.pk)


DOES: dict[str, Callable[..., Any]] = {
    each.__name__: each
    for each in (
        organisation,
        another_agent,
        change_agent,
        set_active,
        revoke,
        twilio_account,
        phone_number,
        token,
        calls,
        command,
        outcome,
        process,
    )
}


def main() -> None:
    for line in sys.stdin:
        request = json.loads(line)
        answer = DOES[request.pop("do")](**request)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
