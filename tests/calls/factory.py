"""What tests about calls stand on: an agent with a version, calls, and journals as an edge writes them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings

from accounts.ids import new_id
from accounts.models import Organisation
from agents.models import Agent, AgentVersion
from calls import services
from calls.journal import JournalWriter
from calls.models import Call
from voice.core.spec import Channel


def make_agent(organisation: Organisation, name: str = "Reception") -> Agent:
    agent = Agent.objects.create(organisation=organisation, name=name)
    agent.current_version = AgentVersion.objects.create(
        organisation=organisation, agent=agent, number=1, settings={}
    )
    agent.save()
    return agent


def admit(agent: Agent, session_id: str | None = None, **given: Any) -> Call:
    return services.call_admit(
        organisation=agent.organisation,
        agent_version=agent.current_version,
        session_id=session_id or new_id(),
        channel=Channel.BROWSER,
        **given,
    )


def turn(index: int, role: str, text: str, **fields: Any) -> dict[str, Any]:
    return {
        "index": index,
        "role": role,
        "text": text,
        "heard_text": text,
        "interrupted": False,
        "started_at_ms": index * 1000.0,
        "ended_at_ms": index * 1000.0 + 800,
        "is_complete": True,
        "words": [],
        "alternatives": [],
        "latency": None,
        "understood": True,
        "timeline": None,
    } | fields


GREETING = turn(0, "agent", "Hello, how can I help?")
QUESTION = turn(1, "user", "When are you open?")
ANSWER = turn(
    2,
    "agent",
    "We are open from nine to five, Monday to Friday.",
    heard_text="We are open from nine",
    interrupted=True,
    latency={
        "endpointing_ms": 400.0,
        "transcript_ms": 250.0,
        "first_token_ms": 60.0,
        "first_sentence_ms": 90.0,
        "first_audio_ms": 120.0,
        "first_audio_sent_ms": 5.0,
        "own_ms": 15.0,
        "voice_to_voice_ms": 630.0,
    },
    timeline={
        "last_speech_ms": 1800.0,
        "transcript_ms": 2050.0,
        "decided_ms": 2200.0,
        "model_asked_ms": 2205.0,
        "first_token_ms": 2265.0,
        "first_sentence_ms": 2295.0,
        "model_done_ms": 2500.0,
        "voice_asked_ms": 2300.0,
        "first_audio_ms": 2420.0,
        "voice_done_ms": 3000.0,
        "playable_ms": 2425.0,
        "released_ms": 2200.0,
        "first_sent_ms": 2430.0,
    },
)
SWITCH = {"port": "model", "failed": "groq", "instead": "openai_compatible", "error": "UnreachableError"}
SWITCHED_AT_MS = 2240.0


def journal(call: Call) -> JournalWriter:
    return JournalWriter(Path(settings.JOURNAL_DIR), call.pk)


def write_call(
    call: Call, *turns: dict[str, Any], switches: Sequence[dict[str, Any]] = (), end: bool = True
) -> None:
    """A whole journal: by default a greeting, a question and an interrupted answer, hung up by the caller."""
    writer = journal(call)
    writer.append("start", 0)
    for fields in turns or (GREETING, QUESTION, ANSWER):
        writer.append("turn", fields["started_at_ms"], **fields)
    for switch in switches:
        writer.append("switch", SWITCHED_AT_MS, **switch)
    writer.append("heartbeat", 5000)
    if end:
        write_end(writer)
    writer.close()


def write_end(writer: JournalWriter, code: str = "client_hangup", duration_ms: float = 6000.0) -> None:
    counters = {"interruptions": 1, "false_interruptions": 2}
    writer.append(
        "end", duration_ms, code=code, by="caller", message="", counters=counters, duration_ms=duration_ms
    )


def ended_call(agent: Agent, *turns: dict[str, Any], switches: Sequence[dict[str, Any]] = ()) -> Call:
    """Admitted, talked, closed and processed."""
    call = admit(agent)
    write_call(call, *turns, switches=switches)
    services.call_close(call_id=call.pk)
    assert services.call_process(call_id=call.pk)
    call.refresh_from_db()
    return call
