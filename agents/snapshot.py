"""An agent's settings as one JSON object: its defaults, its ranges, and its way into a session's spec.

The object is the agent's REST shape without id, version, is_active and times; versions store it, forms and
the API fill it, and `spec_of` reads also those of older versions, which may lack newer settings.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import Any, TypedDict

from agents.client_tools import tool_specs
from agents.recording_notice import NOTICES, notice_in
from voice.core.spec import (
    AUTOMATIC,
    DEFAULT_HISTORY_TOKENS,
    AgentSpec,
    FillersSpec,
    KeypadSpec,
    KnowledgeEntry,
    LimitsSpec,
    ModelSpec,
    Pronunciation,
    RecordingSpec,
    TranscriberSpec,
    TransferSpec,
    TransferTarget,
    TurnTakingSpec,
    VoiceSpec,
)
from voice.providers.catalog import DEFAULT_LANGUAGE, DEFAULT_MODEL, DEFAULT_TRANSCRIBER, DEFAULT_VOICE

Settings = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Range:
    """Bounds of a number, both allowed, and the step of its slider."""

    low: float
    high: float
    step: float = 1


RANGES: dict[str, Range] = {
    "model.temperature": Range(0, 2, 0.1),
    "model.max_tokens": Range(20, 2000, 10),
    "model.history_tokens": Range(1000, 16_000, 500),
    "voice.speed": Range(0.5, 2, 0.05),
    "turn_taking.interruption_sensitivity": Range(0, 1, 0.05),
    "turn_taking.silence_ms": Range(200, 3000, 50),
    "turn_taking.finished_silence_ms": Range(100, 3000, 50),
    "turn_taking.unfinished_silence_ms": Range(200, 5000, 50),
    "turn_taking.interruption_words": Range(1, 10),
    "turn_taking.resume_ms": Range(200, 2000, 10),
    "turn_taking.transcript_wait_ms": Range(300, 5000, 100),
    "turn_taking.end_confidence": Range(0.5, 0.9, 0.05),
    "turn_taking.early_end_confidence": Range(0.3, 0.9, 0.05),
    "fillers.after_ms": Range(500, 5000, 100),
    "transfer.ring_s": Range(5, 60),
    "keypad.pause_ms": Range(1000, 10_000, 100),
    "keypad.most_digits": Range(1, 40),
    "limits.reminder_s": Range(0, 120),
    "limits.reminders": Range(0, 5),
    "limits.hang_up_s": Range(0, 600),
    "limits.max_call_s": Range(30, 7200),
}
LONGEST_PROMPT = 20_000
LONGEST_ANSWER = 4_000
MOST_KNOWLEDGE_ENTRIES = 300
MOST_KEY_TERMS = 100
MOST_PHRASES = 50
MOST_PRONUNCIATIONS = 200
LONGEST_WRITTEN = 80
LONGEST_SPOKEN = 200
LONGEST_CONSENT_LINE = 300
LONGEST_VOICEMAIL = 600


class PronunciationEntry(TypedDict):
    """Of the dictionary for names and words that are spoken otherwise than they are written."""

    written: str
    spoken: str
    case_sensitive: bool


DEFAULTS: Settings = {
    "name": "",
    "language": DEFAULT_LANGUAGE.code,
    "greeting": "",
    "greeting_interruptible": True,
    "system_prompt": "",
    "persona": "",
    "time_zone": "UTC",
    # Of the call: each with its name and what stands for it where the call does not give it.
    "variables": [],
    "knowledge": [],
    "pronunciations": [],
    "model": {
        "provider": DEFAULT_MODEL.provider,
        "name": DEFAULT_MODEL.name,
        "temperature": 0.4,
        "max_tokens": 300,
        "history_tokens": DEFAULT_HISTORY_TOKENS,
        "fallback": AUTOMATIC,
    },
    "voice": {
        "provider": DEFAULT_VOICE.provider,
        "id": DEFAULT_VOICE.id,
        "speed": 1.0,
        "style": "",
        "accent": "",
        "fallback": AUTOMATIC,
    },
    "transcriber": {
        "provider": DEFAULT_TRANSCRIBER.provider,
        "model": DEFAULT_TRANSCRIBER.model,
        "key_terms": [],
        "fallback": AUTOMATIC,
    },
    "turn_taking": {
        "interruption_sensitivity": 0.7,
        "silence_ms": 600,
        "finished_silence_ms": 350,
        "unfinished_silence_ms": 1500,
        "end_confidence": 0.7,
        "early_end_confidence": 0.5,
        "drafts": True,
        "interruption_words": 1,
        "stop_phrases": [],
        "acknowledgements": [],
        "resume_ms": 210,
        "transcript_wait_ms": 700,
    },
    "tools": {"hang_up": False, "send_dtmf": False, "hold_music": False, "client": []},
    "fillers": {"enabled": True, "after_ms": 1000},
    "transfer": {"targets": [], "ring_s": 20},
    "keypad": {"collects": True, "terminator": "#", "pause_ms": 2500, "most_digits": 20},
    "voicemail_message": "",
    "limits": {"reminder_s": 10, "reminders": 2, "hang_up_s": 30, "max_call_s": 1800},
    # Empty, the line is that of the language.
    "recording": {"is_on": False, "is_told": True, "consent_line": ""},
}


def complete(settings: Settings) -> Settings:
    """The settings with every gap filled from the defaults and nothing in them that is not a setting."""
    filled = deepcopy(DEFAULTS)
    for name, value in settings.items():
        if name not in filled:
            continue
        if isinstance(filled[name], dict) and isinstance(value, dict):
            filled[name] |= {key: deepcopy(inner) for key, inner in value.items() if key in filled[name]}
        else:
            filled[name] = deepcopy(value)
    recording = settings.get("recording", {})
    if "consent_line" in recording and "is_told" not in recording:
        filled["recording"] |= _recording_of_before(recording["consent_line"])
    return filled


def _recording_of_before(consent_line: str) -> Settings:
    """Of versions that hold the line itself: one default for all languages, and silence where it is empty."""
    is_own = consent_line != NOTICES["en"]
    return {"is_told": bool(consent_line.strip()), "consent_line": consent_line if is_own else ""}


def _recording(recording: Settings, language: str) -> RecordingSpec:
    line = recording["consent_line"].strip() or notice_in(language)
    return RecordingSpec(recording["is_on"], line if recording["is_told"] else "")


def spec_of(settings: Settings, *, agent_id: str, version: int) -> AgentSpec:
    """What a session runs on."""
    full = complete(settings)
    return AgentSpec(
        id=agent_id,
        version=version,
        name=full["name"],
        language=full["language"],
        greeting=full["greeting"],
        system_prompt=full["system_prompt"],
        persona=full["persona"],
        time_zone=full["time_zone"],
        variables=tuple((each["name"], each["default"]) for each in full["variables"]),
        knowledge=tuple(KnowledgeEntry(entry["question"], entry["answer"]) for entry in full["knowledge"]),
        pronunciations=tuple(Pronunciation(**entry) for entry in full["pronunciations"]),
        model=ModelSpec(**full["model"]),
        voice=VoiceSpec(**full["voice"]),
        transcriber=TranscriberSpec(
            provider=full["transcriber"]["provider"],
            model=full["transcriber"]["model"],
            key_terms=tuple(full["transcriber"]["key_terms"]),
            fallback=full["transcriber"]["fallback"],
        ),
        turn_taking=TurnTakingSpec(
            interruption_sensitivity=full["turn_taking"]["interruption_sensitivity"],
            silence_ms=full["turn_taking"]["silence_ms"],
            finished_silence_ms=full["turn_taking"]["finished_silence_ms"],
            unfinished_silence_ms=full["turn_taking"]["unfinished_silence_ms"],
            drafts=full["turn_taking"]["drafts"],
            end_confidence=full["turn_taking"]["end_confidence"],
            early_end_confidence=full["turn_taking"]["early_end_confidence"],
            interruption_words=full["turn_taking"]["interruption_words"],
            stop_phrases=tuple(full["turn_taking"]["stop_phrases"]),
            acknowledgements=tuple(full["turn_taking"]["acknowledgements"]),
            resume_ms=full["turn_taking"]["resume_ms"],
            transcript_wait_ms=full["turn_taking"]["transcript_wait_ms"],
            greeting_interruptible=full["greeting_interruptible"],
        ),
        limits=LimitsSpec(**full["limits"]),
        tools=tool_specs(full["tools"], [target["name"] for target in full["transfer"]["targets"]]),
        transfer=TransferSpec(
            tuple(TransferTarget(**target) for target in full["transfer"]["targets"]),
            full["transfer"]["ring_s"],
        ),
        keypad=KeypadSpec(**full["keypad"]),
        voicemail_message=full["voicemail_message"],
        fillers=FillersSpec(**full["fillers"]),
        recording=_recording(full["recording"], full["language"]),
    )
