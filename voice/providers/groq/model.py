"""Groq's language models, through Groq's own SDK."""

from __future__ import annotations

from typing import Any

import groq
import httpx

from voice.core.spec import AgentSpec
from voice.providers.access import VendorAccess
from voice.providers.chat.completions import ChatCompletions

# What a reasoning model thinks before it writes counts as written.
REASONING_TOKENS = 400


class GroqModel(ChatCompletions):
    """Its address is a host only."""

    path = "/openai/v1/chat/completions"

    def __init__(self, access: VendorAccess) -> None:
        super().__init__(access, groq, httpx, groq.AsyncGroq)

    def options(self, agent: AgentSpec) -> dict[str, Any]:
        """Reasoning is kept short and to itself: a caller hears only what comes after it."""
        model, max_tokens = agent.model.name, agent.model.max_tokens
        if model.startswith("openai/gpt-oss"):
            return {
                "max_completion_tokens": max_tokens + REASONING_TOKENS,
                "reasoning_effort": "low",
                "include_reasoning": False,
            }
        if model.startswith("qwen/"):
            return {"max_completion_tokens": max_tokens, "reasoning_effort": "none"}
        return {"max_completion_tokens": max_tokens}
