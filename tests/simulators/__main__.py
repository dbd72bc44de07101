"""The whole product against simulated vendors: `script/server --simulated-vendors`."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from typing import Any

from tests.simulators.deepgram import DeepgramSimulator
from tests.simulators.elevenlabs import ElevenLabsSimulator
from tests.simulators.groq import GroqSimulator
from tests.simulators.server import Simulator
from tests.simulators.tool_calls import ToolUse

SCRIPT = (
    "Hello, I have a question.",
    "When are you open?",
    "And what does it cost?",
    "Can I talk to somebody?",
    "Thank you, that was all. Goodbye.",
)


def answer(messages: list[dict[str, Any]]) -> str | ToolUse:
    """The entry of the agent's knowledge that shares most words with the question; a goodbye hangs up.

    An agent that may not hang up cannot be made to: then the vendor refuses the call, and asks for words.
    """
    if re.search(r"\b(?:goodbye|bye)\b", messages[-1]["content"] or "", re.IGNORECASE):
        return ToolUse((("hang_up", '{"closing": "Thank you for your call. Goodbye."}'),))
    entries = re.findall(r"Question: (.+)\nAnswer: (.+)", messages[0]["content"])
    asked = set(re.findall(r"\w{3,}", messages[-1]["content"].lower()))
    scored = [(len(asked & set(re.findall(r"\w{3,}", question.lower()))), told) for question, told in entries]
    best = max(scored, default=(0, ""))
    return best[1] if best[0] else f"I am a simulated model, and you said: {messages[-1]['content']}"


def vendors() -> list[Simulator]:
    """As quick as the vendors are on a good day."""
    return [
        DeepgramSimulator(SCRIPT, interim_ms=100, final_ms=150, repeats=True),
        GroqSimulator(answer, first_token_ms=200, tokens_a_second=300),
        ElevenLabsSimulator(first_audio_ms=100, times_real_time=8),
    ]


async def run(program: list[str]) -> int:
    """Starts the vendors, then the program with their addresses; hands signals on, and ends with it."""
    environment = {"VOICEX_DATA_DIR": "var/simulated-vendors", **os.environ}
    simulators = vendors()
    for simulator in simulators:
        await simulator.start()
        name = simulator.vendor.upper()
        environment |= {f"{name}_API_KEY": "simulated", f"{name}_BASE_URL": simulator.base_url}
        print(f"→ Simulated {simulator.vendor} on {simulator.base_url}", flush=True)  # noqa: T201
    print("→ The simulated transcriber hears these sentences in turn:", " ".join(SCRIPT), flush=True)  # noqa: T201
    process = await asyncio.create_subprocess_exec(*program, env=environment, start_new_session=True)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, process.send_signal, number)
    code = await process.wait()
    for simulator in simulators:
        await simulator.stop()
    return code


if __name__ == "__main__":
    raise SystemExit(asyncio.run(run(sys.argv[1:])))
