"""Counts what a call uses of its providers, and what of that came to nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

from voice.core.usage import Meter, TokenUsage, UsageLine, VoiceUsage

# Where a model's answer was cut off before the vendor had counted it.
CHARACTERS_A_TOKEN = 4


@dataclass(slots=True)
class _Count:
    used: float = 0.0
    in_vain: float = 0.0


class UsageMeter:
    """One call's. Who stands in is counted for itself."""

    def __init__(self) -> None:
        self._counts: dict[tuple[Meter, str, str], _Count] = {}

    def listened(self, provider: str, model: str, duration_ms: float, *, again: bool = False) -> None:
        """`again`: another transcriber had heard it before."""
        self.add(Meter.TRANSCRIBER_S, provider, model, duration_ms / 1000, in_vain=again)

    def add(self, meter: Meter, provider: str, name: str, quantity: float, *, in_vain: bool = False) -> None:
        if quantity <= 0:
            return
        count = self._counts.setdefault((meter, provider, name), _Count())
        if in_vain:
            count.in_vain += quantity
        else:
            count.used += quantity

    def lines(self) -> tuple[UsageLine, ...]:
        return tuple(
            UsageLine(meter, provider, name, round(count.used, 3), round(count.in_vain, 3))
            for (meter, provider, name), count in self._counts.items()
        )


@dataclass(slots=True)
class ReplyUsage:
    """What one utterance asked of models and voices; settled once, when it is known what was heard of it."""

    _meter: UsageMeter
    # By request: each ends with the vendor's own figures, if it is let.
    _requests: list[TokenUsage] = field(default_factory=list)
    _written_characters: int = 0
    _voices: list[VoiceUsage] = field(default_factory=list)
    _is_settled: bool = False

    def wrote(self, text: str, tokens: TokenUsage | None) -> None:
        """A piece of a model's answer. A request begins with none of its output counted."""
        if tokens is not None and tokens.output_tokens and self._requests:
            self._requests[-1] = tokens
        elif tokens is not None:
            self._count_unfinished()
            self._requests.append(tokens)
            self._written_characters = 0
        self._written_characters += len(text)

    def spoke(self, usage: VoiceUsage) -> None:
        self._voices.append(usage)

    def settle(self, heard_share: float, *, counts: bool) -> None:
        """May be called again, which changes nothing.

        `heard_share` of what was spoken, from 0 to 1. `counts`: the caller had something of it; a draft that
        was dropped and a reply that nobody heard were written in vain.
        """
        if self._is_settled:
            return
        self._is_settled = True
        self._count_unfinished()
        for tokens in self._requests:
            who = tokens.provider, tokens.name
            self._meter.add(Meter.MODEL_INPUT_TOKENS, *who, tokens.input_tokens, in_vain=not counts)
            self._meter.add(Meter.MODEL_OUTPUT_TOKENS, *who, tokens.output_tokens, in_vain=not counts)
        heard = round(heard_share * sum(voice.spoken for voice in self._voices))
        for voice in self._voices:
            used = min(heard, voice.spoken)
            heard -= used
            who = voice.provider, voice.name
            self._meter.add(Meter.VOICE_CHARACTERS, *who, used)
            self._meter.add(Meter.VOICE_CHARACTERS, *who, voice.characters - used, in_vain=True)

    def _count_unfinished(self) -> None:
        """A request that was cut off is charged for what it had written."""
        if self._requests and not self._requests[-1].output_tokens:
            last = self._requests[-1]
            written = -(-self._written_characters // CHARACTERS_A_TOKEN)
            self._requests[-1] = TokenUsage(last.input_tokens, written, last.provider, last.name)
