"""The Talk page, the token that opens its socket, and the sample of a voice."""

from __future__ import annotations

from asgiref.sync import async_to_sync
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from accounts.access import OrgRequest, org_view
from accounts.minute_limit import within_limit
from accounts.roles import Permission
from accounts.tokens import talk_token_create
from agents.catalogue.obstacle import obstacle_of
from agents.catalogue.selectors import catalogue_of
from agents.preview import LONGEST_TEXT, voice_preview
from agents.selectors import agent_spec
from agents.snapshot import RANGES
from agents.views import agent_or_404
from voice.core.errors import ProviderError
from voice.core.spec import VoiceSpec
from voice.providers import catalog

PREVIEWS_A_MINUTE = 30


@require_GET
@org_view(Permission.TALK)
def agent_talk(request: OrgRequest, agent_id: str) -> HttpResponse:
    """Where a call would be refused, the page says why instead of beginning one."""
    agent = agent_or_404(request, agent_id)
    version = agent.current_version if agent.is_active else None
    obstacle = obstacle_of(catalogue_of(request.organisation), agent_spec(version)) if version else None
    return render(request, "agents/talk.html", {"agent": agent, "obstacle": obstacle})


@require_POST
@org_view(Permission.TALK)
def agent_talk_token(request: OrgRequest, agent_id: str) -> HttpResponse:
    """One token for one connection."""
    agent = agent_or_404(request, agent_id)
    token = talk_token_create(
        organisation_id=request.organisation.pk, agent_id=agent.pk, user_id=request.user.pk
    )
    return JsonResponse({"token": token}, headers={"Cache-Control": "no-store"})


@require_POST
@org_view(Permission.EDIT_AGENTS)
def agent_voice_preview(request: OrgRequest) -> HttpResponse:
    """A WAV file; for bad input JSON with `message`."""
    text = (
        request.POST.get("text", "").strip()[:LONGEST_TEXT]
        or "Hello, this is how I sound. How can I help you?"
    )
    bounds = RANGES["voice.speed"]
    try:
        speed = float(request.POST.get("speed") or 1)
    except ValueError:
        speed = float("nan")
    voice = request.POST.get("voice", "")
    style = request.POST.get("style", "")
    catalogue = catalogue_of(request.organisation)
    if catalogue.offered.voice_find(voice) is None or catalog.style_find(style) is None:
        return _unusable("This voice or style is unknown.", 400)
    if not bounds.low <= speed <= bounds.high:
        return _unusable(f"The speed must lie between {bounds.low:g} and {bounds.high:g}.", 400)
    if not within_limit(f"voice-preview:{request.user.pk}", PREVIEWS_A_MINUTE):
        return _unusable("That were many samples. Wait a minute.", 429)
    provider, voice_id = voice.split("/", 1)
    if why_not := catalogue.vendors.why_not(provider):
        return _unusable(why_not, 503)
    spec = VoiceSpec(provider=provider, id=voice_id, speed=speed, style=style)
    language = request.POST.get("language") or catalog.DEFAULT_LANGUAGE.code
    try:
        sound = async_to_sync(voice_preview)(spec, language, text, catalogue.vendors.accesses())
    except ProviderError as error:
        return _unusable(f"This voice cannot be had at the moment: {error.message}.", 503)
    return HttpResponse(sound, content_type="audio/wav", headers={"Cache-Control": "no-store"})


def _unusable(message: str, status: int) -> JsonResponse:
    return JsonResponse({"message": message}, status=status)
