"""Any server that speaks OpenAI's chat completions (Ollama, vLLM, OpenAI itself), through OpenAI's SDK."""

from __future__ import annotations

from typing import Any

import httpx2
import openai

from voice.core.spec import AgentSpec
from voice.providers.access import VendorAccess
from voice.providers.chat.completions import ChatCompletions
from voice.providers.openai_compatible.client import address


class OpenAICompatibleModel(ChatCompletions):
    # A model on a machine of one's own may be slow, and is still the one that was chosen.
    silence_limit_ms = 5_000.0

    def __init__(self, access: VendorAccess) -> None:
        super().__init__(access, openai, httpx2, openai.AsyncOpenAI)

    def address(self, base_url: str) -> str | None:
        return address(base_url)

    def options(self, agent: AgentSpec) -> dict[str, Any]:
        """The older name of the limit: not every server knows the newer one."""
        return {"max_tokens": agent.model.max_tokens, "stream_options": {"include_usage": True}}
