"""How this installation reaches vendors, read from the environment."""

from __future__ import annotations

from environs import Env


def vendor_access(env: Env) -> dict[str, tuple[str, str]]:
    """Key and address of each vendor; without an address its own."""
    return {
        "deepgram": (env.str("DEEPGRAM_API_KEY", ""), env.str("DEEPGRAM_BASE_URL", "")),
        "elevenlabs": (env.str("ELEVENLABS_API_KEY", ""), env.str("ELEVENLABS_BASE_URL", "")),
        "groq": (env.str("GROQ_API_KEY", ""), env.str("GROQ_BASE_URL", "")),
        "openai_compatible": (
            env.str("OPENAI_COMPATIBLE_API_KEY", ""),
            env.str("OPENAI_COMPATIBLE_BASE_URL", ""),
        ),
    }


def over_http(env: Env) -> set[str]:
    """Vendors that are not to be reached over a socket, where there is another way."""
    return {"elevenlabs"} if env.bool("ELEVENLABS_OVER_HTTP", False) else set()


def own_server(env: Env) -> tuple[list[str], list[str], list[str]]:
    """What the server at OPENAI_COMPATIBLE_BASE_URL can be asked for: models, transcribers, voices."""
    return (
        env.list("OPENAI_COMPATIBLE_MODELS", []),
        env.list("OPENAI_COMPATIBLE_TRANSCRIBERS", []),
        env.list("OPENAI_COMPATIBLE_VOICES", []),
    )
