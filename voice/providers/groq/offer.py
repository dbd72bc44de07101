"""What Groq offers: its production models that write fast enough for a conversation."""

from __future__ import annotations

from voice.providers.offers import Model

MODELS: tuple[Model, ...] = (
    Model("groq", "openai/gpt-oss-20b", "GPT-OSS 20B (Groq)", "The quickest to answer; good for most agents"),
    Model("groq", "openai/gpt-oss-120b", "GPT-OSS 120B (Groq)", "Understands more, answers a little later"),
)
