"""The REST API's shape of an agent."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from agents.models import Agent
from agents.snapshot import complete


class LanguageModelSerializer(serializers.Serializer[Any]):
    provider = serializers.CharField()
    name = serializers.CharField()
    temperature = serializers.FloatField()
    max_tokens = serializers.IntegerField()
    history_tokens = serializers.IntegerField()
    fallback = serializers.CharField(allow_blank=True)


class VoiceSerializer(serializers.Serializer[Any]):
    provider = serializers.CharField()
    id = serializers.CharField()
    speed = serializers.FloatField()
    style = serializers.CharField(allow_blank=True)  # type: ignore[assignment]  # a field's own is of another kind
    accent = serializers.CharField(allow_blank=True)
    fallback = serializers.CharField(allow_blank=True)


class TranscriberSerializer(serializers.Serializer[Any]):
    provider = serializers.CharField()
    model = serializers.CharField()
    key_terms = serializers.ListField(child=serializers.CharField())
    fallback = serializers.CharField(allow_blank=True)


class TurnTakingSerializer(serializers.Serializer[Any]):
    interruption_sensitivity = serializers.FloatField()
    silence_ms = serializers.IntegerField()
    finished_silence_ms = serializers.IntegerField()
    unfinished_silence_ms = serializers.IntegerField()
    end_confidence = serializers.FloatField()
    early_end_confidence = serializers.FloatField()
    drafts = serializers.BooleanField()
    interruption_words = serializers.IntegerField()
    stop_phrases = serializers.ListField(child=serializers.CharField())
    acknowledgements = serializers.ListField(child=serializers.CharField())
    resume_ms = serializers.IntegerField()
    transcript_wait_ms = serializers.IntegerField()


class LimitsSerializer(serializers.Serializer[Any]):
    reminder_s = serializers.IntegerField()
    reminders = serializers.IntegerField()
    hang_up_s = serializers.IntegerField()
    max_call_s = serializers.IntegerField()


class ClientToolSerializer(serializers.Serializer[Any]):
    """A tool that runs in the caller's page. `parameters`: the JSON schema of an object."""

    name = serializers.CharField()
    description = serializers.CharField()
    parameters = serializers.DictField()
    time_limit_s = serializers.FloatField()


class ToolsSerializer(serializers.Serializer[Any]):
    hang_up = serializers.BooleanField(help_text="The agent may end the call.")
    send_dtmf = serializers.BooleanField(help_text="The agent may press keys of the telephone.")
    hold_music = serializers.BooleanField(help_text="The agent may play music while the caller waits.")
    client = ClientToolSerializer(many=True)


class FillersSerializer(serializers.Serializer[Any]):
    """A few words while the caller would wait in silence."""

    enabled = serializers.BooleanField()
    after_ms = serializers.IntegerField()


class AgentRecordingSerializer(serializers.Serializer[Any]):
    """What callers are told before anything else in a call that is recorded, unless `is_told` is false."""

    is_on = serializers.BooleanField()
    is_told = serializers.BooleanField()
    consent_line = serializers.CharField(
        allow_blank=True,
        help_text="Empty: “This call is recorded.” in the agent's language where that is English, German, "
        "French or Spanish, and else in English.",
    )


class TransferTargetSerializer(serializers.Serializer[Any]):
    """`to`: a number in E.164 or a SIP address. `line`: what the agent says first."""

    name = serializers.CharField()
    to = serializers.CharField()
    line = serializers.CharField(allow_blank=True)


class TransferSerializer(serializers.Serializer[Any]):
    """Whom callers may be put through to, and for how long it rings there."""

    targets = TransferTargetSerializer(many=True)
    ring_s = serializers.IntegerField()


class KeypadSerializer(serializers.Serializer[Any]):
    """`collects`: telephone keys are one message, to `terminator`, a pause or the last of `most_digits`."""

    collects = serializers.BooleanField()
    terminator = serializers.CharField(allow_blank=True)
    pause_ms = serializers.IntegerField()
    most_digits = serializers.IntegerField()


class KnowledgeEntrySerializer(serializers.Serializer[Any]):
    """Plain text has an empty question."""

    question = serializers.CharField(allow_blank=True)
    answer = serializers.CharField()


class PronunciationSerializer(serializers.Serializer[Any]):
    """A whole word or phrase, and how it is spoken."""

    written = serializers.CharField()
    spoken = serializers.CharField()
    case_sensitive = serializers.BooleanField()


class VariableSerializer(serializers.Serializer[Any]):
    """What a call may give for the agent's texts. `default` stands where it does not."""

    name = serializers.CharField()
    default = serializers.CharField(allow_blank=True)


class AgentSerializer(serializers.Serializer[Agent]):
    """An agent with the settings of its newest version. What has no source yet is null or empty."""

    id = serializers.CharField()
    name = serializers.CharField()
    language = serializers.CharField()
    greeting = serializers.CharField(allow_blank=True)
    greeting_interruptible = serializers.BooleanField()
    system_prompt = serializers.CharField(allow_blank=True)
    persona = serializers.CharField(allow_blank=True)
    time_zone = serializers.CharField()
    variables = VariableSerializer(many=True)
    model = LanguageModelSerializer()
    voice = VoiceSerializer()
    transcriber = TranscriberSerializer()
    turn_taking = TurnTakingSerializer()
    limits = LimitsSerializer()
    channels = serializers.ListField(child=serializers.DictField())
    tools = ToolsSerializer()
    fillers = FillersSerializer()
    transfer = TransferSerializer()
    keypad = KeypadSerializer()
    voicemail_message = serializers.CharField(allow_blank=True)
    knowledge = KnowledgeEntrySerializer(many=True)
    pronunciations = PronunciationSerializer(many=True)
    recording = AgentRecordingSerializer()
    retention = serializers.IntegerField(allow_null=True)
    is_active = serializers.BooleanField()
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    def to_representation(self, agent: Agent) -> dict[str, Any]:
        version = agent.current_version
        shape = {
            **complete(version.settings if version else {}),
            "id": agent.pk,
            "name": agent.name,
            "channels": [],
            "retention": None,
            "is_active": agent.is_active,
            "version": version.number if version else 0,
            "created_at": agent.created_at,
            "updated_at": agent.updated_at,
        }
        return super().to_representation(shape)  # type: ignore[arg-type]  # fields read keys as attributes
