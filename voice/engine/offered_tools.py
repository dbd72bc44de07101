"""Which of an agent's tools can be had on a call."""

from __future__ import annotations

from dataclasses import replace

from voice.core.spec import Channel, SessionSpec
from voice.core.tools import PHONE_ONLY


def with_offered_tools(spec: SessionSpec) -> SessionSpec:
    """Without those that need a telephone, where there is none."""
    if spec.channel is Channel.PHONE:
        return spec
    tools = tuple(tool for tool in spec.agent.tools if tool.kind not in PHONE_ONLY)
    return replace(spec, agent=replace(spec.agent, tools=tools))
