"""Any server that speaks OpenAI's chat completions (Ollama, vLLM, OpenAI itself), through OpenAI's SDK."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import httpx2
import openai

from voice.core.spec import AgentSpec
from voice.providers.access import VendorAccess
from voice.providers.chat.completions import ChatCompletions


class OpenAICompatibleModel(ChatCompletions):
    # A model on a machine of one's own may be slow, and is still the one that was chosen.
    silence_limit_ms = 5_000.0

    def __init__(self, access: VendorAccess) -> None:
        super().__init__(access, openai, httpx2, openai.AsyncOpenAI)

    def address(self, base_url: str) -> str | None:
        """With or without the path, which is /v1 nearly everywhere."""
        base_url = base_url.rstrip("/")
        return base_url if urlsplit(base_url).path else f"{base_url}/v1"

    def options(self, agent: AgentSpec) -> dict[str, Any]:
        """The older name of the limit: not every server knows the newer one."""
        return {"max_tokens": agent.model.max_tokens, "stream_options": {"include_usage": True}}
