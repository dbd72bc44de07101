"""How long a caller waits in silence when a provider fails in the call: each fault, several times."""

from __future__ import annotations

import argparse
import asyncio

from benchmarks.talk import at_share
from tests.faults.held_call import hold
from tests.faults.scenarios import SCENARIOS

WANTED_MS = 2_000.0


async def measured(rounds: int) -> dict[str, list[float]]:
    """One call at a time: others would stretch its silences."""
    return {each.name: [(await hold(each)).gap_ms for _ in range(rounds)] for each in SCENARIOS}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="calls for each fault (default 5)")
    found = asyncio.run(measured(parser.parse_args().rounds))
    print("| what fails | longest silence, p50 / worst, ms |\n|---|---|")
    for name, gaps in found.items():
        print(f"| {name} | {at_share(gaps, 0.5):.0f} / {max(gaps):.0f} |")
    faults = [gap for name, gaps in found.items() if name != SCENARIOS[0].name for gap in gaps]
    p50, p95 = at_share(faults, 0.5), at_share(faults, 0.95)
    print(f"\nAll faults: p50 {p50:.0f} ms, p95 {p95:.0f} ms (at most {WANTED_MS:.0f} wanted)")


if __name__ == "__main__":
    main()
