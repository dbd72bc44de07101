"""What a language model is told of its part: the agent's prompt, how to speak, and what it knows."""

from __future__ import annotations

from collections.abc import Sequence

from voice.core.spec import AgentSpec, KnowledgeEntry, Message, Role

# About 3,000 tokens: beyond that a model reads for longer than a caller likes to wait.
KNOWLEDGE_CHARACTERS = 12_000

MANNER = """\
You are on a voice call: what you write is spoken aloud to the caller as you write it.
- Answer in one to three short sentences, the most important first. Ask one question at a time.
- Write plain words only: no lists, headings, Markdown, emoji, stage directions or links.
- The caller's words come from a transcriber and may be misheard. Take the likeliest meaning; where that
  would matter (names, numbers, dates), repeat what you understood and ask.
- A reply of yours that ends in a dash was cut off there by the caller, who has not heard the rest of it.
- If you do not know something, say so. Never make up facts, prices, times or promises.
- Answer in {language}, unless the caller asks for another language."""


def instructions(agent: AgentSpec, language: str, knowledge: Sequence[KnowledgeEntry]) -> str:
    """The system message. `language`: its name as people write it; `knowledge`: what is worth telling."""
    parts = [agent.system_prompt.strip() or f"You are {agent.name}, who answers callers."]
    if agent.persona.strip():
        parts.append(f"# Who you are\n{agent.persona.strip()}")
    parts.append(f"# How you speak\n{MANNER.format(language=language)}")
    if knowledge:
        told = "\n\n".join(_entry(entry) for entry in knowledge)
        parts.append(f"# What you know\nAnswer from this where it applies.\n\n{told}")
    return "\n\n".join(parts)


def chat_messages(messages: Sequence[Message]) -> list[dict[str, str]]:
    """As chat APIs take them; what the caller cut off ends in a dash."""
    return [
        {
            "role": "user" if message.role is Role.USER else "assistant",
            "content": f"{message.text} –" if message.interrupted else message.text,
        }
        for message in messages
    ]


def _entry(entry: KnowledgeEntry) -> str:
    return f"Question: {entry.question}\nAnswer: {entry.answer}" if entry.question else entry.answer
