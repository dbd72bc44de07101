"""Recordings to hear and to keep: for people of the organisation, and for whoever holds a link."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from accounts.access import OrgRequest, org_view
from accounts.models import Role
from calls import selectors
from calls.models import Recording
from calls.recordings.links import FileKind, LinkExpired, LinkInvalid, recording_of_link
from calls.recordings.serving import recording_response

KINDS = {each.value for each in FileKind}


@require_safe
@org_view(Role.VIEWER)
def recording_file(request: OrgRequest, call_id: str, kind: str) -> HttpResponseBase:
    """From the call's page."""
    call = selectors.call_find(request.organisation, call_id)
    recording: Recording | None = getattr(call, "recording", None)
    if recording is None or kind not in KINDS:
        raise Http404("There is no such recording.")
    return recording_response(recording, FileKind(kind), request)


@require_safe
def recording_link(request: HttpRequest, call_id: str, kind: str) -> HttpResponseBase:
    """By a link of the API, with no session and no key."""
    try:
        recording = recording_of_link(call_id, kind, request.GET.get("token", ""))
    except LinkExpired:
        return _refusal("This link has expired. Ask the API for the call again: it gives a new one.")
    except LinkInvalid:
        return _refusal("This is no link to a recording.")
    if recording is None:
        raise Http404("The recording is gone.")
    return recording_response(recording, FileKind(kind), request)


def _refusal(message: str) -> HttpResponse:
    return HttpResponse(message + "\n", status=403, content_type="text/plain; charset=utf-8")
