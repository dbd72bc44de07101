"""The addresses that Twilio is given with a call: they say what comes next, and are good for it alone."""

from __future__ import annotations

from enum import StrEnum
from urllib.parse import urlencode, urlsplit

from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, QueryDict
from django.urls import reverse

from accounts.addresses import absolute_url
from accounts.ids import is_id

STREAM_PATH = "/ws/twilio/stream"
SALT = "voicex.phone.line"
# Longer than any call with everything that follows it.
LIFE_S = 24 * 3600


class Stage(StrEnum):
    """What has just been over when Twilio asks. `of` of its address is a call, or else a phone number."""

    STREAM = "stream"
    HANDOVER = "handover"
    FALLBACK = "fallback"
    VOICEMAIL = "voicemail"


VIEWS = {Stage.STREAM: "twilio:after"}


def stream_url(request: HttpRequest) -> str:
    """Without a query, which Twilio would drop."""
    return "ws" + absolute_url(STREAM_PATH, request).removeprefix("http")


def next_url(request: HttpRequest, stage: Stage, of: str, carrier_sid: str) -> str:
    """What Twilio asks once this stage of its call is over. `of`: the id of a call or a phone number."""
    token = TimestampSigner(salt=SALT).sign(_claim(stage, of, carrier_sid))
    # Nothing in it is escaped: an escape that somebody on the way writes otherwise breaks the signature.
    query = urlencode({"stage": stage.value, "of": of, "token": token}, safe=":")
    return absolute_url(f"{reverse(VIEWS.get(stage, 'twilio:dialled'))}?{query}", request)


def stage_of(request: HttpRequest, carrier_sid: str) -> tuple[Stage, str] | None:
    """Stage and `of` of an address that we gave with this call of Twilio's. None for every other."""
    return _stage_in(request.GET, carrier_sid)


def stage_told(url: str, carrier_sid: str) -> tuple[Stage, str] | None:
    """The same of an address that Twilio says it could not have."""
    try:
        return _stage_in(QueryDict(urlsplit(url).query), carrier_sid)
    except ValueError:
        return None


def _stage_in(query: QueryDict, carrier_sid: str) -> tuple[Stage, str] | None:
    stage, of = query.get("stage", ""), query.get("of", "")
    if stage not in set(Stage) or not is_id(of) or not carrier_sid:
        return None
    try:
        signed = TimestampSigner(salt=SALT).unsign(query.get("token", ""), max_age=LIFE_S)
    except BadSignature:
        return None
    return (Stage(stage), of) if signed == _claim(Stage(stage), of, carrier_sid) else None


def _claim(stage: Stage, of: str, carrier_sid: str) -> str:
    return f"{stage}.{of}.{carrier_sid}"
