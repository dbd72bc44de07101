"""An agent may use what this installation has a key for, and says beside the field why not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings as django_settings

from accounts.models import Plan
from agents.best_choice import best_choice
from agents.catalogue.organisation_catalogue import OrganisationCatalogue
from agents.forms import AgentForm, initial_of
from agents.vendor_keys.organisation_vendors import OrganisationVendors
from voice.providers import registry
from voice.providers.access import VendorAccess
from voice.providers.catalog import FIRST


@pytest.fixture
def keys() -> Iterator[None]:
    """Of all vendors."""
    registry.configure(vendors=[VendorAccess(name, "key") for name in ("deepgram", "elevenlabs", "groq")])
    yield
    registry.configure(decoders=django_settings.EMBEDDED_DECODERS)


@pytest.fixture
def own_server(settings: object) -> Iterator[None]:
    settings.OWN_TRANSCRIBERS = ["Systran/faster-whisper-small"]  # type: ignore[attr-defined]
    settings.OWN_VOICES = ["kokoro/af_heart"]  # type: ignore[attr-defined]
    registry.configure(vendors=[VendorAccess("openai_compatible", "", "http://127.0.0.1:9")])
    yield
    registry.configure(decoders=django_settings.EMBEDDED_DECODERS)


def catalogue(**plan: object) -> OrganisationCatalogue:
    return OrganisationCatalogue(FIRST, Plan(name="Free", **plan), OrganisationVendors())


def filled(**changes: str) -> AgentForm:
    data = initial_of({"name": "Ada"}) | changes
    return AgentForm(
        {name: "" if value is None else value for name, value in data.items()},
        catalogue=catalogue(),
    )


@pytest.mark.parametrize(
    ("field", "choice", "variable"),
    [
        ("model", "groq/openai/gpt-oss-20b", "GROQ_API_KEY"),
        ("voice", "elevenlabs/EXAVITQu4vr4xnSDxMaL", "ELEVENLABS_API_KEY"),
        ("transcriber", "deepgram/nova-3", "DEEPGRAM_API_KEY"),
    ],
)
def test_what_has_no_key_is_marked_and_cannot_be_saved(field: str, choice: str, variable: str) -> None:
    form = filled(**{field: choice})
    labels = dict(form.fields[field].choices)
    assert "no API key" in labels[choice]
    assert not form.is_valid()
    assert variable in form.errors[field][0]


def test_what_has_a_key_can_be_saved(keys: None) -> None:
    form = filled(model="groq/openai/gpt-oss-20b", transcriber="deepgram/nova-3")
    assert form.is_valid(), form.errors
    assert form.settings([])["model"]["name"] == "openai/gpt-oss-20b"
    assert "no API key" not in dict(form.fields["model"].choices)["groq/openai/gpt-oss-20b"]


def test_a_language_that_voice_or_transcriber_do_not_know_is_said_beside_them(keys: None) -> None:
    form = filled(language="de-DE")
    assert not form.is_valid()
    assert "German" in form.errors["voice"][0]
    assert "German" in form.errors["transcriber"][0]
    assert filled(
        language="de-DE", voice="elevenlabs/EXAVITQu4vr4xnSDxMaL", transcriber="deepgram/nova-3"
    ).is_valid()


def test_a_new_agent_begins_with_the_best_that_there_is(keys: None) -> None:
    chosen = best_choice({"name": "Ada", "voice": {"id": "slt"}}, catalogue())
    assert (chosen["model"]["provider"], chosen["model"]["name"]) == ("groq", "openai/gpt-oss-20b")
    assert chosen["model"]["fallback"] == ""
    assert chosen["transcriber"]["provider"] == "deepgram"
    assert (chosen["voice"]["provider"], chosen["voice"]["id"]) == ("elevenlabs", "EXAVITQu4vr4xnSDxMaL")
    assert chosen["name"] == "Ada"


def test_a_plan_that_does_not_allow_the_model_keeps_the_built_in_one(keys: None) -> None:
    chosen = best_choice({}, catalogue(allowed_models=["embedded/answerer"]))
    assert chosen["model"]["provider"] == "embedded"


def test_without_keys_a_new_agent_is_built_in() -> None:
    chosen = best_choice({}, catalogue())
    assert {chosen[part]["provider"] for part in ("model", "voice", "transcriber")} == {"embedded"}


def test_models_of_ones_own_server_are_offered_by_name(settings: object) -> None:
    settings.OWN_MODELS = ["qwen3:4b"]  # type: ignore[attr-defined]
    assert "openai_compatible/qwen3:4b" in dict(filled().fields["model"].choices)


def test_transcribers_and_voices_of_ones_own_server_are_offered_and_can_be_saved(own_server: None) -> None:
    form = filled(
        transcriber="openai_compatible/Systran/faster-whisper-small",
        voice="openai_compatible/kokoro/af_heart",
        accent="American",
        language="de-DE",
    )
    assert form.is_valid(), form.errors
    saved = form.settings([])
    assert (saved["transcriber"]["provider"], saved["transcriber"]["model"]) == (
        "openai_compatible",
        "Systran/faster-whisper-small",
    )
    assert (saved["voice"]["provider"], saved["voice"]["id"]) == ("openai_compatible", "kokoro/af_heart")


def test_a_new_agent_hears_and_speaks_with_ones_own_server_where_nothing_else_can_be_had(
    own_server: None,
) -> None:
    chosen = best_choice({}, catalogue())
    assert chosen["transcriber"]["model"] == "Systran/faster-whisper-small"
    assert chosen["voice"]["id"] == "kokoro/af_heart"


GPT = "groq/openai/gpt-oss-20b"
SARAH, THALIA = "elevenlabs/EXAVITQu4vr4xnSDxMaL", "deepgram/aura-2-thalia-en"


@pytest.mark.parametrize(
    ("field", "choice", "group"),
    [
        ("model_fallback", "groq/openai/gpt-oss-20b", "model"),
        ("voice_fallback", SARAH, "voice"),
        ("transcriber_fallback", "deepgram/nova-3", "transcriber"),
        ("model_fallback", "none", "model"),
        ("voice_fallback", "", "voice"),
    ],
)
def test_who_stands_in_is_saved_and_shown_again(keys: None, field: str, choice: str, group: str) -> None:
    form = filled(**{field: choice})
    assert form.is_valid(), form.errors
    saved = form.settings([])
    assert saved[group]["fallback"] == choice
    assert initial_of(saved)[field] == choice


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"model": GPT, "model_fallback": GPT}, "model_fallback", "itself"),
        ({"voice": SARAH, "voice_fallback": SARAH}, "voice_fallback", "itself"),
        (
            {"language": "de-DE", "voice": SARAH, "voice_fallback": THALIA,
             "transcriber": "deepgram/nova-3"},
            "voice_fallback", "German",
        ),
        (
            {"language": "de-DE", "voice": SARAH, "transcriber": "deepgram/nova-3",
             "transcriber_fallback": "embedded/pocketsphinx"},
            "transcriber_fallback", "German",
        ),
        ({"model_fallback": "groq/nobody"}, "model_fallback", "valid choice"),
    ],
)  # fmt: skip
def test_who_cannot_stand_in_is_refused_beside_the_field(
    keys: None, changes: dict[str, str], field: str, said: str
) -> None:
    form = filled(**changes)
    assert list(form.errors) == [field], form.errors
    assert said in form.errors[field][0]


@pytest.mark.parametrize(
    ("field", "choice"),
    [
        ("model_fallback", "groq/openai/gpt-oss-20b"),
        ("voice_fallback", SARAH),
        ("transcriber_fallback", "deepgram/nova-3"),
    ],
)
def test_a_vendor_without_a_key_cannot_stand_in(field: str, choice: str) -> None:
    form = filled(**{field: choice})
    assert "API_KEY" in form.errors[field][0]


def test_a_model_above_the_plan_cannot_stand_in(keys: None) -> None:
    plan = Plan(name="Small", allowed_models=["embedded/answerer"])
    data = initial_of({"name": "Ada"}) | {"model_fallback": "groq/openai/gpt-oss-20b"}
    shown = {name: "" if value is None else value for name, value in data.items()}
    form = AgentForm(shown, catalogue=OrganisationCatalogue(FIRST, plan, OrganisationVendors()))
    assert "does not include" in form.errors["model_fallback"][0]
