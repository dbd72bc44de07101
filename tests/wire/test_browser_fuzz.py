"""No input makes the browser's wire raise; what it lets through is sound. Deterministic: seeds are fixed."""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voice.core.audio import PCM_16000
from voice.core.errors import RefusalCode
from voice.core.events import AudioIn, ClientEvent, Heard, Malformed, TextIn
from voice.wire.browser import MAX_MESSAGE_BYTES, MAX_TEXT_CHARS, BrowserWire, Frame

INPUTS = 10_000
PAYLOAD_NAMES = ["text", "ms", "id", "result", "error"]
KINDS = ["text", "heard", "interrupt", "hangup", "toolResult", "audio", "connected", "__class__", "", "TEXT"]
GOOD = [
    '{"type":"text","payload":{"text":"Hello"}}',
    '{"type":"heard","payload":{"ms":1234.5}}',
    '{"type":"interrupt"}',
    '{"type":"hangup","payload":{}}',
]
ODD_VALUES: list[Any] = [
    None, True, False, 0, -1, 1e308, -1e308, 10**400, 1e-320, 2**63, "", " ", "\0", "\ud800", "x" * 5_000,
    "\N{SNOWMAN}", [], [[]], {}, {"text": {}}, {"ms": []}, {"type": "text"},
]  # fmt: skip


def check(message: Frame) -> list[ClientEvent]:
    """Translates, and holds what comes out to what the session expects."""
    wire = BrowserWire()
    events = wire.receive(message)
    assert events == wire.receive(message), "the wire remembers something"
    assert len(events) == 1
    for event in events:
        assert isinstance(event, get_args(ClientEvent))
        match event:
            case AudioIn(audio):
                assert audio == message
                assert len(audio) <= MAX_MESSAGE_BYTES
                assert len(audio) % PCM_16000.size_bytes(1000 / PCM_16000.rate_hz) == 0
            case TextIn(text):
                assert 0 < len(text) <= MAX_TEXT_CHARS
                assert text == text.strip()
                text.encode()
            case Heard(position_ms):
                assert 0 <= position_ms < 1e9
            case Malformed(code, told):
                assert code in (RefusalCode.MALFORMED, RefusalCode.MESSAGE_TOO_LARGE)
                assert told
    return events


def mutated(text: str, chance: random.Random) -> str:
    characters = list(text)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(characters) + 1)
        match chance.randrange(4):
            case 0:
                characters.insert(at, chr(chance.choice([0, 9, 34, 92, 123, 125, 0xD800, 0x1F600, 0x10FFFF])))
            case 1 if characters:
                del characters[min(at, len(characters) - 1)]
            case 2:
                characters[at:at] = characters[: chance.randrange(20)]
            case _:
                del characters[at:]
    return "".join(characters)


def odd_object(chance: random.Random) -> str:
    payload: Any = chance.choice(ODD_VALUES)
    if chance.random() < 0.7:
        payload = {chance.choice(["text", "ms", "x"]): chance.choice(ODD_VALUES) for _ in range(2)}
    body: Any = {"type": chance.choice([*KINDS, *ODD_VALUES]), "payload": payload}
    return json.dumps(body if chance.random() < 0.9 else payload)


def random_input(chance: random.Random) -> Frame:
    match chance.randrange(5):
        case 0:
            return chance.randbytes(chance.choice([0, 1, 2, 639, 640, 8192, MAX_MESSAGE_BYTES + 1]))
        case 1:
            return mutated(chance.choice(GOOD), chance)
        case 2:
            return odd_object(chance)
        case 3:
            return chance.choice("[{\"'-1N") * chance.choice([1, 10, 2_000])
        case _:
            return "".join(chr(chance.randrange(0x110000)) for _ in range(chance.randrange(40)))


def run(inputs: int, seed: int) -> Counter[str]:
    chance = random.Random(seed)
    return Counter(type(event).__name__ for _ in range(inputs) for event in check(random_input(chance)))


def test_ten_thousand_random_inputs() -> None:
    seen = run(INPUTS, seed=1)
    assert seen.total() == INPUTS
    # The fuzz reaches every reader, not only the first check.
    assert set(seen) >= {"AudioIn", "TextIn", "Heard", "InterruptIn", "HangUp", "Malformed"}


@pytest.mark.long
def test_many_more_random_inputs() -> None:
    assert run(300_000, seed=2).total() == 300_000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=1_000, deadline=None, derandomize=True)
@given(st.one_of(st.binary(max_size=2_000), st.text(max_size=500)))
def test_any_bytes_and_any_text(message: Frame) -> None:
    check(message)


@settings(max_examples=1_000, deadline=None, derandomize=True)
@given(
    st.fixed_dictionaries(
        {"type": st.sampled_from(KINDS) | JSON},
        optional={"payload": st.dictionaries(st.sampled_from(PAYLOAD_NAMES), JSON) | JSON},
    )
)
def test_any_json_object_of_the_right_outline(body: dict[str, Any]) -> None:
    check(json.dumps(body))
