"""Links to recordings that open without signing in, for a few minutes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlencode

from django.core import signing
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.addresses import absolute_url
from calls.models import Recording

SALT = "calls.recordings.links"
GOOD_FOR_S = 300


class FileKind(StrEnum):
    WAV = "wav"
    MP3 = "mp3"


class LinkInvalid(Exception):
    """It was altered, or made for something else."""


class LinkExpired(LinkInvalid):
    """It was good once."""


@dataclass(frozen=True, slots=True)
class Link:
    url: str
    expires_at: datetime


def link_create(recording: Recording, kind: FileKind, request: HttpRequest) -> Link:
    """For whoever may know of the call. The token stands behind the question mark, which logs leave out."""
    path = reverse("calls:recording-link", args=[recording.call_id, kind.value])
    token = signing.dumps([recording.pk, kind.value], salt=SALT)
    expires_at = timezone.now() + timedelta(seconds=GOOD_FOR_S)
    return Link(f"{absolute_url(path, request)}?{urlencode({'token': token})}", expires_at)


def recording_of_link(call_id: str, kind: str, token: str) -> Recording | None:
    """None where the recording is no more. Raises LinkInvalid."""
    try:
        found = signing.loads(token, salt=SALT, max_age=GOOD_FOR_S)
    except signing.SignatureExpired:
        raise LinkExpired from None
    except signing.BadSignature:
        raise LinkInvalid from None
    recording_id, of_kind = found
    if of_kind != kind:
        raise LinkInvalid
    return Recording.objects.select_related("call").filter(pk=recording_id, call_id=call_id).first()
