"""The preview of an agent's texts beside the form in which they are written."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from accounts.access import OrgRequest, org_view
from accounts.roles import Permission
from agents.prompts.preview import preview, warnings


@require_POST
@org_view(Permission.EDIT_AGENTS)
def agent_prompt_preview(request: OrgRequest) -> HttpResponse:
    """A part of the page, for htmx. Nothing is saved, and nothing is too unfinished to be shown."""
    written = {name: value for name, value in request.POST.items() if isinstance(value, str)}
    texts = preview(written, organisation=request.organisation.name, person=request.user.name)
    context = {"texts": texts, "warnings": warnings(written)}
    return render(cast(HttpRequest, request), "agents/_prompt_texts.html", context)
