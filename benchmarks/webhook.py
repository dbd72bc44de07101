"""How soon Twilio is told what to do with a call: the webhook, one after the other and several at once."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import time
from collections.abc import Sequence
from urllib.parse import urlencode

import httpx

from benchmarks.conversation import shares
from benchmarks.product.measured_product import MeasuredProduct, measured_product
from benchmarks.talk import row

CALLS = 300
AT_ONCE = 5
# Nearly as many a second as the phone benchmark's callers begin at most.
EVERY_S = 0.2
LIMIT_S = 10.0


def a_call() -> dict[str, str]:
    """What Twilio posts when somebody rings."""
    return {
        "CallSid": f"CA{secrets.token_hex(16)}",
        "AccountSid": f"AC{secrets.token_hex(16)}",
        "From": "+14155550100",
        "To": "+14155550101",
        "CallStatus": "ringing",
        "Direction": "inbound",
        "ApiVersion": "2010-04-01",
    }


async def answered_ms(client: httpx.AsyncClient, url: str, call: dict[str, str]) -> tuple[float, str]:
    began_s = time.perf_counter()
    response = await client.post(url, data=call)
    took_ms = (time.perf_counter() - began_s) * 1000
    if response.status_code != 200 or "<Stream" not in response.text:
        raise SystemExit(f"the webhook answered {response.status_code}: {response.text[:200]}")
    return took_ms, response.text


async def measure(product: MeasuredProduct, calls: int) -> None:
    query = urlencode({"api_key": product.api_key, "agent_id": product.agent_id})
    url = f"{product.address.replace('ws', 'http', 1)}/api/twilio/voice?{query}"
    async with httpx.AsyncClient(timeout=LIMIT_S) as client:
        first_ms, _ = await answered_ms(client, url, a_call())
        row("the first of a process", f"{first_ms:.0f} ms")
        alone: list[float] = []
        for _ in range(calls):
            alone.append((await answered_ms(client, url, a_call()))[0])
            await asyncio.sleep(EVERY_S)
        tell(f"{calls} calls, five a second", alone)
        together: list[float] = []
        for _ in range(calls // AT_ONCE):
            some = await asyncio.gather(*(answered_ms(client, url, a_call()) for _ in range(AT_ONCE)))
            together += [took_ms for took_ms, _ in some]
            await asyncio.sleep(AT_ONCE * EVERY_S)
        tell(f"{calls} calls, {AT_ONCE} at the same instant", together)


def tell(name: str, took_ms: Sequence[float]) -> None:
    row(f"{name}: p50 / p99 / worst", f"{shares(took_ms, 0.5, 0.99, 1.0)} ms", "p99 <= 100 ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=CALLS)
    parser.add_argument("--port", type=int, default=3097)
    arguments = parser.parse_args()
    with measured_product(arguments.port, is_probed=False) as product:
        asyncio.run(measure(product, arguments.calls))


if __name__ == "__main__":
    main()
