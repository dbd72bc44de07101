"""Pages of My Agents: the list, the form, versions, and what one does with an agent."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import OrgRequest, org_view
from accounts.roles import Permission, may
from agents import selectors, services
from agents.best_choice import best_choice
from agents.cards import agent_cards
from agents.catalogue.organisation_catalogue import OrganisationCatalogue
from agents.catalogue.selectors import catalogue_of
from agents.forms import AgentForm, initial_of
from agents.knowledge import BasePairFormSet, pair_form_set
from agents.models import Agent
from agents.phone_numbers.selectors import numbers_answered_by
from agents.prompts.variables import PLATFORM_VARIABLES
from agents.snapshot import DEFAULTS, Settings, complete


@require_GET
@org_view(Permission.READ)
def agent_list(request: OrgRequest) -> HttpResponse:
    return render(request, "agents/list.html", {"cards": agent_cards(request.organisation)})


@require_http_methods(["GET", "POST"])
@org_view(Permission.EDIT_AGENTS)
def agent_create(request: OrgRequest) -> HttpResponse:
    catalogue = catalogue_of(request.organisation)
    form, pairs = _forms(request, best_choice({}, catalogue), catalogue=catalogue)
    if request.method == "POST" and form.is_valid() and pairs.is_valid():
        agent = services.agent_create(
            organisation=request.organisation,
            settings=form.settings(pairs.pairs()),
            created_by=request.user,
            is_active=form.cleaned_data["is_active"],
        )
        messages.success(request, f"{agent.name} is ready. Press Talk to try it.")
        return redirect(_address_after_saving(request), request.organisation.pk, agent.pk)
    return _form_page(request, form, pairs, None)


@require_http_methods(["GET", "POST"])
@org_view(Permission.READ)
def agent_edit(request: OrgRequest, agent_id: str) -> HttpResponse:
    """A viewer reads the same page, with every control switched off."""
    agent = agent_or_404(request, agent_id)
    settings = agent.current_version.settings if agent.current_version else DEFAULTS
    form, pairs = _forms(request, settings, agent)
    if request.method == "POST":
        if not may(request.role, Permission.EDIT_AGENTS):
            raise PermissionDenied("Changing an agent is for members and above.")
        if form.is_valid() and pairs.is_valid():
            try:
                saved = services.agent_update(
                    agent=agent,
                    settings=form.settings(pairs.pairs()),
                    changed_by=request.user,
                    seen_version=form.cleaned_data["seen_version"],
                )
            except services.AgentChanged as changed:
                form.add_error(
                    None,
                    f"Somebody saved version {changed.version} while you were editing. Open the agent in "
                    "another tab, copy your changes over, and save there.",
                )
            else:
                services.agent_set_active(agent=saved, is_active=form.cleaned_data["is_active"])
                number = saved.current_version.number if saved.current_version else 0
                messages.success(request, f"Saved. New calls run on version {number}.")
                return redirect(_address_after_saving(request), request.organisation.pk, agent.pk)
    return _form_page(request, form, pairs, agent)


@require_POST
@org_view(Permission.EDIT_AGENTS)
def agent_duplicate(request: OrgRequest, agent_id: str) -> HttpResponse:
    copy = services.agent_duplicate(agent=agent_or_404(request, agent_id), created_by=request.user)
    messages.success(request, "This is the copy. It takes no calls until you make it active.")
    return redirect("agents:edit", request.organisation.pk, copy.pk)


@require_POST
@org_view(Permission.EDIT_AGENTS)
def agent_activate(request: OrgRequest, agent_id: str) -> HttpResponse:
    agent = agent_or_404(request, agent_id)
    services.agent_set_active(agent=agent, is_active=not agent.is_active)
    messages.success(request, f"{agent.name} is {'active' if agent.is_active else 'inactive'} now.")
    return redirect("agents:list", request.organisation.pk)


@require_POST
@org_view(Permission.EDIT_AGENTS)
def agent_delete(request: OrgRequest, agent_id: str) -> HttpResponse:
    agent = agent_or_404(request, agent_id)
    services.agent_delete(agent=agent)
    messages.success(request, f"{agent.name} was deleted. Its conversations stay.")
    return redirect("agents:list", request.organisation.pk)


@require_GET
@org_view(Permission.READ)
def agent_versions(request: OrgRequest, agent_id: str) -> HttpResponse:
    agent = agent_or_404(request, agent_id)
    return render(
        request, "agents/versions.html", {"agent": agent, "versions": selectors.versions_listed(agent)}
    )


@require_POST
@org_view(Permission.EDIT_AGENTS)
def agent_restore(request: OrgRequest, agent_id: str, number: int) -> HttpResponse:
    """An older version's settings become the newest version."""
    agent = agent_or_404(request, agent_id)
    version = selectors.version_find(agent=agent, number=number)
    if version is None:
        raise Http404
    saved = services.agent_update(agent=agent, settings=version.settings, changed_by=request.user)
    current = saved.current_version.number if saved.current_version else 0
    messages.success(request, f"Version {number} is back, as version {current}.")
    return redirect("agents:versions", request.organisation.pk, agent.pk)


def agent_or_404(request: OrgRequest, agent_id: str) -> Agent:
    agent = selectors.agent_find(organisation=request.organisation, agent_id=agent_id)
    if agent is None:
        raise Http404("No such agent.")
    return agent


def _forms(
    request: OrgRequest,
    settings: Settings,
    agent: Agent | None = None,
    catalogue: OrganisationCatalogue | None = None,
) -> tuple[AgentForm, BasePairFormSet]:
    seen = agent.current_version.number if agent and agent.current_version else None
    initial = initial_of(settings, is_active=agent.is_active if agent else True, seen_version=seen)
    data = request.POST if request.method == "POST" else None
    form = AgentForm(
        data,
        initial=initial,
        catalogue=catalogue or catalogue_of(request.organisation),
        answered_numbers=numbers_answered_by(agent) if agent else (),
    )
    if not may(request.role, Permission.EDIT_AGENTS):
        for field in form.fields.values():
            field.disabled = True
    return form, pair_form_set(data, knowledge=complete(settings)["knowledge"])


def _form_page(
    request: OrgRequest, form: AgentForm, pairs: BasePairFormSet, agent: Agent | None
) -> HttpResponse:
    failed = form.is_bound and not (form.is_valid() and pairs.is_valid())
    context: dict[str, Any] = {
        "form": form,
        "pairs": pairs,
        "agent": agent,
        "failed": failed,
        "platform_variables": PLATFORM_VARIABLES,
    }
    return render(cast(HttpRequest, request), "agents/form.html", context, status=422 if failed else 200)


def _address_after_saving(request: OrgRequest) -> str:
    return "agents:talk" if request.POST.get("then") == "talk" else "agents:edit"
