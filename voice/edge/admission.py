"""Turns a connection's credential and wishes into a session's spec and ports, or a refusal with a code."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils import timezone

from accounts.ids import new_id
from accounts.models import Organisation
from agents.catalogue.obstacle import obstacle_of
from agents.catalogue.selectors import catalogue_of
from agents.models import AgentVersion
from agents.phone_numbers.selectors import is_own_number
from agents.prompts.rendering import rendered
from agents.prompts.variables import Circumstances, filled, platform_values
from agents.selectors import agent_for_call, agent_spec
from calls.conversations import history_load, history_save
from calls.services import PhoneLine, call_admit, call_withdraw
from voice.core.audio import AudioFormat
from voice.core.errors import ProviderError, Refusal, RefusalCode
from voice.core.ports import Ports
from voice.core.spec import AgentSpec, Channel, FailedTransfer, Message, SessionSpec
from voice.edge.credentials import Principal, principal_by_key, principal_by_token
from voice.providers import registry


@dataclass(frozen=True, slots=True)
class ConnectRequest:
    """What a client asks for when it connects. Empty strings stand for what it did not say."""

    channel: Channel
    audio_in: AudioFormat
    audio_out: AudioFormat
    api_key: str = ""
    token: str = ""
    agent_id: str = ""
    session_id: str = ""
    line: PhoneLine | None = None
    # A machine has answered, and is to be left the agent's message.
    to_machine: bool = False
    # For how long it may stay open whether one has.
    doubt_ms: float = 0.0
    # The caller comes back from whom they were put through to.
    failed_transfer: FailedTransfer | None = None
    # What fills the agent's texts, and what is only kept with the call.
    variables: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Authorised:
    """A caller who may talk to this agent; whether there is room for the call is asked next."""

    request: ConnectRequest
    principal: Principal
    version: AgentVersion
    agent: AgentSpec
    ports: Ports
    # Those whose keys are the organisation's own.
    own_vendors: tuple[str, ...]
    session_id: str
    is_resumed: bool


def authorise(request: ConnectRequest, principal: Principal | None = None) -> Authorised:
    """Runs in a thread. Raises Refusal; writes nothing but the use of the credential.

    `principal`: whose credential it is, where that has been asked already.

    Foreign, inactive, deleted and malformed agents take the same way as unknown ones.
    """
    if principal is None:
        principal = principal_by_token(request.token) if request.token else principal_by_key(request.api_key)
    return authorise_version(request, principal, _agent_version(principal, request.agent_id))


def authorise_version(request: ConnectRequest, principal: Principal, version: AgentVersion) -> Authorised:
    """The same for who is known already, and the version that answers. Raises Refusal."""
    agent = agent_filled(version, request, principal)
    ports, own_vendors = _ports(principal.organisation, agent)
    is_resumed = _history(principal, agent, request.session_id) is not None
    session_id = request.session_id if is_resumed else new_id()
    return Authorised(request, principal, version, agent, ports, own_vendors, session_id, is_resumed)


def admit(authorised: Authorised, given_up: threading.Event) -> str:
    """The id of the call's row. Runs in a thread. Raises Refusal; a refused connection leaves no row.

    `given_up`: whoever asked has stopped waiting, and the row would be nobody's.
    """
    call = call_admit(
        organisation=authorised.principal.organisation,
        agent_version=authorised.version,
        session_id=authorised.session_id,
        channel=authorised.request.channel,
        api_key_id=authorised.principal.api_key_id,
        own_vendors=authorised.own_vendors,
        variables=authorised.request.variables,
        metadata=authorised.request.metadata,
        line=authorised.request.line,
    )
    if given_up.is_set():
        call_withdraw(call_id=call.pk)
    return call.pk


def specify(authorised: Authorised, call_id: str) -> SessionSpec:
    """All that the session needs from now on. Runs in a thread.

    Reads the conversation again: whoever held it until now has just written its last words.
    """
    request, principal, agent = authorised.request, authorised.principal, authorised.agent
    history = _history(principal, agent, authorised.session_id) if authorised.is_resumed else None
    if history is None:
        # At once: its client may come back before anything has been said.
        history_save(
            organisation_id=principal.organisation.pk,
            agent_id=agent.id,
            session_id=authorised.session_id,
            messages=(),
        )
    return SessionSpec(
        call_id=call_id,
        organisation_id=principal.organisation.pk,
        session_id=authorised.session_id,
        agent=agent,
        channel=request.channel,
        audio_in=request.audio_in,
        audio_out=request.audio_out,
        history=history or (),
        resumed=authorised.is_resumed,
        failed_transfer=request.failed_transfer,
        voicemail_message=agent.voicemail_message if request.to_machine else "",
        doubt_ms=request.doubt_ms,
    )


def agent_filled(version: AgentVersion, request: ConnectRequest, principal: Principal) -> AgentSpec:
    """The agent with its texts as this caller meets them."""
    agent = agent_spec(version)
    known = Circumstances(
        agent=agent.name,
        organisation=principal.organisation.name,
        channel=request.channel.value,
        time_zone=agent.time_zone,
        language=agent.language,
        callers_name=principal.person,
        callers_number=_callers_number(principal.organisation, request.line),
    )
    values = filled(request.variables, platform_values(known, timezone.now()), dict(agent.variables))
    return rendered(agent, values)


def _callers_number(organisation: Organisation, line: PhoneLine | None) -> str:
    """Empty also where a number of the organisation's stands for a caller who has none and was put through
    from there."""
    number = line.persons_number if line else ""
    return "" if is_own_number(organisation=organisation, number=number) else number


def _history(principal: Principal, agent: AgentSpec, session_id: str) -> tuple[Message, ...] | None:
    return history_load(organisation_id=principal.organisation.pk, agent_id=agent.id, session_id=session_id)


def _agent_version(principal: Principal, asked_id: str) -> AgentVersion:
    # A token was made for one agent; asking for another with it finds nothing.
    if principal.agent_id and asked_id not in ("", principal.agent_id):
        agent = None
    else:
        agent = agent_for_call(
            organisation=principal.organisation, agent_id=asked_id or principal.agent_id or None
        )
    if agent is None or agent.current_version is None:
        raise Refusal(
            RefusalCode.AGENT_NOT_FOUND,
            "There is no active agent with this id in the organisation. Look under My Agents.",
        )
    return agent.current_version


def _ports(organisation: Organisation, agent: AgentSpec) -> tuple[Ports, tuple[str, ...]]:
    """With the vendors that are reached with a key of the organisation's own.

    Raises Refusal for what the plan does not include, and for what is switched off or has no key.
    """
    catalogue = catalogue_of(organisation)
    if obstacle := obstacle_of(catalogue, agent):
        is_above_plan = obstacle.is_above_plan
        code = RefusalCode.MODEL_NOT_ALLOWED if is_above_plan else RefusalCode.PROVIDER_UNAVAILABLE
        raise Refusal(code, obstacle.sentences)
    accesses = catalogue.vendors.accesses()
    try:
        ports = registry.ports_for(agent, accesses=accesses, offered=catalogue.usable)
    except ProviderError as error:
        message = f"A provider of this agent cannot be used: {error}. Choose another in the agent's settings."
        raise Refusal(RefusalCode.PROVIDER_UNAVAILABLE, message) from error
    return ports, tuple(vendor for vendor, access in accesses.items() if access.key_id)
