"""Groq's chat completions as they arrive at a client: server-sent events, its headers, its errors."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from aiohttp import web

from tests.simulators.server import Delay, Fault, Request, Simulator, wait
from tests.simulators.tool_calls import ToolUse, deltas, refusal

Messages = list[dict[str, Any]]
HEADERS = {
    "x-ratelimit-limit-requests": "14400",
    "x-ratelimit-limit-tokens": "250000",
    "x-ratelimit-remaining-requests": "14399",
    "x-ratelimit-remaining-tokens": "249000",
    "x-ratelimit-reset-requests": "6s",
    "x-ratelimit-reset-tokens": "240ms",
    "x-request-id": "req_01jadadp0femyae9kav1gpkhe8",
}
ERRORS = {
    401: {"message": "Invalid API Key", "type": "invalid_request_error", "code": "invalid_api_key"},
    404: {
        "message": "The model `x` does not exist or you do not have access to it.",
        "type": "invalid_request_error",
        "code": "model_not_found",
    },
    429: {
        "message": "Rate limit reached for model `x` on tokens per minute (TPM)",
        "type": "tokens",
        "code": "rate_limit_exceeded",
    },
    503: {"message": "Service Unavailable", "type": "internal_server_error", "code": None},
}


def answer_plainly(messages: Messages) -> str:
    """What is said when a test says nothing else: shows that the question arrived."""
    asked = [message["content"] for message in messages if message["role"] == "user"]
    return f"You said: {asked[-1]}" if asked else "Hello."


class GroqSimulator(Simulator):
    vendor = "groq"
    path = "/openai/v1"
    # Of a call's arguments.
    sends_fragments = False

    def __init__(
        self,
        answer: Callable[[Messages], str | ToolUse] = answer_plainly,
        *,
        first_token_ms: Delay = 0.0,
        tokens_a_second: float = 0.0,
    ) -> None:
        """`tokens_a_second` 0: as fast as it goes."""
        super().__init__()
        self.answer = answer
        self.first_token_ms = first_token_ms
        self.tokens_a_second = tokens_a_second

    def routes(self) -> Sequence[web.RouteDef]:  # type: ignore[override]
        return [
            web.post(f"{self.path}/chat/completions", self._complete),
            web.get(f"{self.path}/models", self._models),
        ]

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        noted = self.note(request, body)
        fault = self.next_fault()
        if fault.status or "bad" in request.headers.get("Authorization", ""):
            return self._refuse(fault)
        if fault.stalls:
            await self.stall()
        if fault.answer:
            return web.Response(text=fault.answer, content_type="text/event-stream")
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", **HEADERS})
        await response.prepare(request)
        try:
            await self._stream(response, request, noted, fault)
        except (ConnectionResetError, asyncio.CancelledError):
            noted.abortion.set()
            raise
        return response

    async def _stream(
        self, response: web.StreamResponse, request: web.Request, noted: Request, fault: Fault
    ) -> None:
        body = noted.body

        async def send(chunk: dict[str, Any]) -> None:
            await response.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")

        model, x_id = body["model"], {"id": "req_01jadadp0femyae9kav1gpkhe8"}
        await wait(self.first_token_ms)
        await send(_chunk(model, {"role": "assistant", "content": ""}, x_groq=x_id))
        answer = self.answer(body["messages"])
        use = answer if isinstance(answer, ToolUse) else None
        if refused := refusal(body, use):
            # Once the answer has begun there is no other place for it.
            await response.write(b"event: error\ndata: " + json.dumps({"error": refused}).encode() + b"\n\n")
            await response.write_eof()
            return
        tokens = re.findall(r"\s*\S+", use.text if use else str(answer))
        for number, token in enumerate(tokens):
            if fault.cut_after == number:
                assert request.transport is not None
                request.transport.abort()
                return
            if fault.stalls_after == number:
                await self.stall()
            if fault.endless:
                await send_without_end(response)
            if fault.garbage:
                await response.write(b"data: {nonsense\n\n")
            noted.leaves(token)
            await asyncio.sleep(fault.drips_ms / 1000)
            await send(_chunk(model, {"content": token}))
            if self.tokens_a_second:
                await asyncio.sleep(1 / self.tokens_a_second)
        usage = {
            "queue_time": 0.01,
            "prompt_tokens": 20,
            "completion_tokens": len(tokens),
            "total_tokens": 20 + len(tokens),
        }
        for delta in deltas(use, in_fragments=self.sends_fragments) if use else ():
            await send(_chunk(model, delta))
        await send(_chunk(model, {}, "tool_calls" if use else "stop", x_groq=x_id | {"usage": usage}))
        await response.write(b"data: [DONE]\n\n")
        await response.write_eof()

    def _refuse(self, fault: Fault) -> web.Response:
        status = fault.status or 401
        body = fault.body or {"error": ERRORS.get(status, ERRORS[503])}
        return web.json_response(body, status=status, headers={**HEADERS, **fault.headers})

    async def _models(self, request: web.Request) -> web.Response:
        self.note(request)
        if "bad" in request.headers.get("Authorization", ""):
            return self._refuse(Fault())
        names = ("openai/gpt-oss-20b", "openai/gpt-oss-120b")
        data = [
            {
                "id": name,
                "object": "model",
                "created": 1764000000,
                "owned_by": "OpenAI",
                "active": True,
                "context_window": 131072,
            }
            for name in names
        ]
        return web.json_response({"object": "list", "data": data}, headers=HEADERS)


async def send_without_end(response: web.StreamResponse) -> None:
    """An event that goes on until the client goes away."""
    await response.write(b"data: ")
    while True:
        await response.write(b"x" * 65_536)


def _chunk(model: str, delta: dict[str, Any], finish: str | None = None, **more: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return {
        "id": "chatcmpl-e7f8a1",
        "object": "chat.completion.chunk",
        "created": 1764000000,
        "model": model,
        "system_fingerprint": "fp_3bc1",
        "choices": [choice],
        **more,
    }


def said_to(request: Request) -> Messages:
    """The messages that a request told the model."""
    found: Messages = request.body["messages"]
    return found
