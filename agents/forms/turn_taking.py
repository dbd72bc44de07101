"""Who speaks when."""

from __future__ import annotations

from typing import Any

from django import forms

from agents.forms.fields import PhrasesField, RangeField
from agents.forms.part import AgentFormPart, Heading
from agents.snapshot import MOST_PHRASES, Settings

# Those that no slider shows.
OWN_FIELDS = ("stop_phrases", "acknowledgements", "drafts")


class TurnTakingPart(AgentFormPart):
    heading = Heading("turns", "Turn taking", "Who speaks when.")

    interruption_sensitivity = RangeField(
        "turn_taking.interruption_sensitivity",
        label="Interruption sensitivity",
        help_text="0 never yields to the caller, 1 falls silent at the first sound.",
    )
    interruption_words = RangeField(
        "turn_taking.interruption_words",
        label="Words that interrupt, at least",
        whole=True,
        help_text="Fewer wait until the agent has finished. Below a sensitivity of 0.5 it takes two words, "
        "below 0.25 three.",
    )
    stop_phrases = PhrasesField(
        label="Phrases that always interrupt",
        most=MOST_PHRASES,
        help_text="One a line, beside “stop”, “wait”, “one moment” and the like in the agent's language. "
        "Never at a sensitivity of 0.",
    )
    acknowledgements = PhrasesField(
        label="Phrases that never interrupt",
        most=MOST_PHRASES,
        help_text="One a line, beside “mhm”, “okay”, “I see” and the like: a listener says them.",
    )
    resume_ms = RangeField(
        "turn_taking.resume_ms",
        label="Silence after a cough",
        unit="ms",
        whole=True,
        help_text="How long after a sound that was no interruption the agent goes on where it was.",
    )
    silence_ms = RangeField(
        "turn_taking.silence_ms",
        label="Silence that ends a turn",
        unit="ms",
        whole=True,
        help_text="How long a caller may pause before the agent answers.",
    )
    finished_silence_ms = RangeField(
        "turn_taking.finished_silence_ms",
        label="… after a finished sentence",
        unit="ms",
        whole=True,
        help_text="When the caller's words are plainly complete. It never waits longer than the one above.",
    )
    unfinished_silence_ms = RangeField(
        "turn_taking.unfinished_silence_ms",
        label="… in the middle of a sentence",
        unit="ms",
        whole=True,
        help_text="After “my number is”, “and”, or while digits are dictated.",
    )
    transcript_wait_ms = RangeField(
        "turn_taking.transcript_wait_ms",
        label="Wait for the final transcript",
        unit="ms",
        whole=True,
        help_text="After that the latest guess is answered. The built-in transcriber is waited for longer.",
    )
    end_confidence = RangeField(
        "turn_taking.end_confidence",
        label="How sure Flux must be that a turn is over",
        help_text="Only with Deepgram's Flux, which follows turns itself. Lower is quicker, and cuts "
        "more callers off.",
    )
    early_end_confidence = RangeField(
        "turn_taking.early_end_confidence",
        label="… to have the reply prepared",
        help_text="Lower is earlier, and prepares more in vain. It is never above the one before.",
    )
    drafts = forms.BooleanField(
        label="Prepare replies early",
        required=False,
        initial=True,
        help_text="The model is asked while it is not certain yet that the caller has finished: quicker, "
        "and up to twice as many requests to it.",
    )

    @classmethod
    def initial_of(cls, full: Settings) -> dict[str, Any]:
        return super().initial_of(full) | {name: full["turn_taking"][name] for name in OWN_FIELDS}

    def put_into(self, settings: Settings) -> None:
        super().put_into(settings)
        settings["turn_taking"] |= {name: self.cleaned_data[name] for name in OWN_FIELDS}
