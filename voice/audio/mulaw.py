"""μ-law, the telephone's eight bits a sample (ITU-T G.711), to 16-bit PCM and back by table."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voice.audio.pcm import samples_of

# What stands for silence on the line.
SILENCE = 0xFF
_BIAS = 0x84
_CLIP = 32_635


def _decoded() -> npt.NDArray[np.int16]:
    code = ~np.arange(256) & 0xFF
    exponent, mantissa = (code >> 4) & 0x07, code & 0x0F
    magnitude = (((mantissa << 3) + _BIAS) << exponent) - _BIAS
    return np.where(code & 0x80, -magnitude, magnitude).astype("<i2")


def _encoded() -> npt.NDArray[np.uint8]:
    """Of every 16-bit sample, at its place as an unsigned number."""
    samples = np.arange(65_536, dtype=np.uint16).view(np.int16).astype(np.int32)
    magnitude = np.minimum(np.abs(samples), _CLIP) + _BIAS
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    sign = np.where(samples < 0, 0x80, 0)
    codes: npt.NDArray[np.uint8] = (~(sign | exponent << 4 | mantissa) & 0xFF).astype(np.uint8)
    return codes


_TO_PCM = _decoded()
_FROM_PCM = _encoded()
_TO_FLOATS = _TO_PCM.astype(np.float32) / 32_768


def pcm_of_mulaw(mulaw: bytes) -> bytes:
    """16-bit PCM of the same rate, two bytes for each one."""
    pcm: bytes = _TO_PCM.take(np.frombuffer(mulaw, np.uint8)).tobytes()
    return pcm


def floats_of_mulaw(mulaw: bytes, into: npt.NDArray[np.float32]) -> None:
    """-1 to 1, one for each byte; `into` has as many places."""
    # "clip" only says that no place needs to be checked: a byte has one.
    _TO_FLOATS.take(np.frombuffer(mulaw, np.uint8), out=into, mode="clip")


def mulaw_of_pcm(pcm: bytes) -> bytes:
    """Raises ValueError for an odd number of bytes."""
    mulaw: bytes = _FROM_PCM.take(samples_of(pcm).view(np.uint16)).tobytes()
    return mulaw
