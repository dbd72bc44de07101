"""μ-law as the telephone network has it."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from voice.audio.mulaw import SILENCE, mulaw_of_pcm, pcm_of_mulaw

EVERY_SAMPLE = np.arange(-32_768, 32_768).astype("<i2").tobytes()
EVERY_CODE = bytes(range(256))


@pytest.fixture
def audioop() -> Any:
    """The standard library's, which is gone from Python 3.13 on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return pytest.importorskip("audioop")


def test_it_decodes_as_the_reference_does(audioop: Any) -> None:
    assert pcm_of_mulaw(EVERY_CODE) == audioop.ulaw2lin(EVERY_CODE, 2)


def test_it_encodes_as_near_as_the_reference(audioop: Any) -> None:
    def error(mulaw: bytes) -> np.ndarray:
        decoded = np.frombuffer(pcm_of_mulaw(mulaw), "<i2").astype(int)
        return np.abs(decoded - np.frombuffer(EVERY_SAMPLE, "<i2").astype(int))

    ours, reference = error(mulaw_of_pcm(EVERY_SAMPLE)), error(audioop.lin2ulaw(EVERY_SAMPLE, 2))
    assert ours.max() == reference.max()
    assert ours.mean() <= reference.mean() + 1


def test_a_code_that_was_decoded_is_encoded_as_it_was() -> None:
    again = mulaw_of_pcm(pcm_of_mulaw(EVERY_CODE))
    assert again.replace(b"\x7f", b"\xff") == EVERY_CODE.replace(b"\x7f", b"\xff")  # both are zero


def test_silence_is_zero() -> None:
    assert pcm_of_mulaw(bytes([SILENCE])) == b"\0\0"
    assert mulaw_of_pcm(b"\0\0") == bytes([SILENCE])
