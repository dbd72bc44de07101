"""Writes: phone numbers, and what they ask at Twilio. Twilio is asked outside of transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from accounts.keys import key_digest
from accounts.models import ApiKey, Organisation, User
from accounts.services import api_key_create, api_key_replace, api_key_revoke
from agents.models import Agent, PhoneNumber
from agents.phone_numbers.selectors import leads_back, puts_back
from agents.phone_numbers.webhooks import PublicAddress, key_in
from agents.twilio_account.selectors import TWILIO, TokenUnreadable, twilio_access_find
from voice.core.errors import (
    CredentialsError,
    NonsenseError,
    ProviderError,
    RequestError,
    UnreachableError,
)
from voice.providers.twilio.access import TwilioAccess, connect

SENDS_BACK = "This number sends callers back here, directly or over others: they would go round in a circle."
PUTS_BACK = (
    "This agent puts callers through to this very number: they would go round in a circle. Take the number"
    " out of the agent's form first, under Telephone."
)
SENT_ON_TO = ("fallback_number", "voicemail_number")
# Longer than Twilio is waited for, twice.
CONFIGURING_TAKES = timedelta(seconds=30)
MAY_TAKE_EFFECT_WITHIN = timedelta(seconds=60)


class NumberTaken(Exception):
    """The organisation has this number already."""


class GoesRound(Exception):
    """What `field` names would send the call back to the number itself."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field
        self.message = PUTS_BACK if field == "agent" else SENDS_BACK


class BeingConfigured(Exception):
    """Somebody else is configuring the number at this moment."""

    message = "This number is being configured at this moment. Look again in a few seconds."


class NotReady(Exception):
    """Something is to be set up first. `code` is for programs, `message` for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class AnswerLost(Exception):
    """Twilio was told what the number is to ask, and whether it took that is not known."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.message = (
            f"Twilio's answer was lost: {cause}. Whether the number asks here now is not known; the new key"
            " stays good. Configure it again, or test the webhook in a minute."
        )


def phone_number_create(
    *,
    organisation: Organisation,
    number: str,
    label: str = "",
    agent: Agent | None = None,
    fallback_number: str = "",
    voicemail_number: str = "",
) -> PhoneNumber:
    """All numbers must have been cleaned. Raises NumberTaken, GoesRound."""
    if agent is not None and puts_back(agent, number):
        raise GoesRound("agent")
    try:
        with _sent_on(
            organisation, number, fallback_number=fallback_number, voicemail_number=voicemail_number
        ):
            return PhoneNumber.objects.create(
                organisation=organisation,
                number=number,
                label=label,
                agent=agent,
                fallback_number=fallback_number,
                voicemail_number=voicemail_number,
            )
    except IntegrityError:
        raise NumberTaken from None


def phone_number_update(*, phone_number: PhoneNumber, **fields: Any) -> PhoneNumber:
    """`fields` of `phone_number_create` but the number itself: another number is another row. Raises
    GoesRound."""
    if fields.get("agent") is not None and puts_back(fields["agent"], phone_number.number):
        raise GoesRound("agent")
    named = {name: str(fields[name]) for name in SENT_ON_TO if name in fields}
    with _sent_on(phone_number.organisation, phone_number.number, **named):
        for name, value in fields.items():
            setattr(phone_number, name, value)
        phone_number.save(update_fields=list(fields))
    return phone_number


@contextmanager
def _sent_on(organisation: Organisation, number: str, **named: str) -> Iterator[None]:
    """A transaction in which nobody else of the organisation makes a circle of it. Raises GoesRound."""
    with transaction.atomic():
        Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
        for field, to in named.items():
            if to and leads_back(organisation=organisation, number=number, to=to):
                raise GoesRound(field)
        yield


@transaction.atomic
def phone_number_remove(*, phone_number: PhoneNumber) -> None:
    """Also the key that stands in its address at Twilio: from now on it is told that it is not set up."""
    row = _locked(phone_number)
    for api_key in filter(None, (row.api_key, row.unconfirmed_key) if row else ()):
        api_key_revoke(api_key=api_key)
    PhoneNumber.objects.filter(pk=phone_number.pk).delete()


@sensitive_variables("raw_key")
def phone_number_configure(*, phone_number: PhoneNumber, address: PublicAddress, by: User | None) -> None:
    """Has the number at Twilio ask us, with a new key of its own. The one before is revoked once it does.

    Raises NotReady, ProviderError or BeingConfigured, and nothing is changed; AnswerLost, and the new key is
    good beside the one before until `phone_number_settle`, or this, has found out which of them
    Twilio has.
    """
    if not address.is_secure and not settings.TWILIO_BASE_URL:
        message = "Twilio needs to reach this installation: set PUBLIC_URL to its public https address."
        raise NotReady("no_public_address", message)
    rest = connect(_access(phone_number.organisation))
    with _claimed(phone_number):
        at_twilio = rest.number_find(phone_number.number)
        if at_twilio is None:
            raise RequestError(TWILIO, f"the account has no number {phone_number.number}")
        _settle(phone_number, at_twilio.voice_url)
        raw_key = _unconfirmed_key_create(phone_number, by)
        try:
            rest.number_configure(at_twilio.sid, address.webhooks(raw_key))
        except (UnreachableError, NonsenseError) as error:
            raise AnswerLost(error.message) from error
        except ProviderError:
            _decide(phone_number, has_taken_it=False)
            raise
        _decide(phone_number, has_taken_it=True)


def phone_number_settle(*, phone_number: PhoneNumber, voice_url: str) -> None:
    """`voice_url`: what the number at Twilio asks. Where the answer to a configuring was lost, this tells
    whether it took effect; what has just been asked for may still do so, and is left open for a minute."""
    key = phone_number.unconfirmed_key
    if key is None:
        return
    is_new = timezone.now() - key.created_at < MAY_TAKE_EFFECT_WITHIN
    if is_new and key_digest(key_in(voice_url)) != key.digest:
        return
    try:
        with _claimed(phone_number):
            _settle(phone_number, voice_url, only=key)
    except BeingConfigured:
        return


def _access(organisation: Organisation) -> TwilioAccess:
    try:
        access = twilio_access_find(organisation)
    except TokenUnreadable:
        raise CredentialsError(TWILIO, "the stored token cannot be read any more") from None
    if access is None:
        raise NotReady("no_twilio_account", "No Twilio account is stored. Store its SID and token first.")
    return access


@contextmanager
def _claimed(phone_number: PhoneNumber) -> Iterator[None]:
    """One at a time, so that each new key is known to whoever comes next. Raises BeingConfigured."""
    now = timezone.now()
    until = now + CONFIGURING_TAKES
    row = PhoneNumber.objects.filter(pk=phone_number.pk)
    free = Q(configuring_until=None) | Q(configuring_until__lt=now)
    if not row.filter(free).update(configuring_until=until):
        raise BeingConfigured
    try:
        yield
    finally:
        row.filter(configuring_until=until).update(configuring_until=None)


@sensitive_variables("raw_key")
def _unconfirmed_key_create(phone_number: PhoneNumber, by: User | None) -> str:
    """Kept with the number before Twilio is told: whatever happens then, it is known."""
    with transaction.atomic():
        api_key, raw_key = api_key_create(
            organisation=phone_number.organisation, name=f"Phone {phone_number.number}", created_by=by
        )
        if not PhoneNumber.objects.filter(pk=phone_number.pk).update(unconfirmed_key=api_key):
            raise RequestError(TWILIO, "the number has been removed here")
    return raw_key


def _locked(phone_number: PhoneNumber) -> PhoneNumber | None:
    """As it is now; None where it was removed."""
    rows = PhoneNumber.objects.select_for_update(of=("self",)).select_related("api_key", "unconfirmed_key")
    return rows.filter(pk=phone_number.pk).first()


def _settle(phone_number: PhoneNumber, voice_url: str, only: ApiKey | None = None) -> None:
    """`only`: of this key `voice_url` tells, of one that is newer it does not."""
    row = PhoneNumber.objects.select_related("unconfirmed_key").filter(pk=phone_number.pk).first()
    key = row.unconfirmed_key if row else None
    if key is not None and only in (None, key):
        _decide(phone_number, has_taken_it=key_digest(key_in(voice_url)) == key.digest)


@transaction.atomic
def _decide(phone_number: PhoneNumber, *, has_taken_it: bool) -> None:
    """Of the key before and the unconfirmed one the other is revoked."""
    row = _locked(phone_number)
    if row is None:  # its keys went with it
        return
    before, new = row.api_key, row.unconfirmed_key
    row.unconfirmed_key = None
    if has_taken_it:
        row.api_key, row.configured_at = new, timezone.now()
    row.save(update_fields=["api_key", "configured_at", "unconfirmed_key"])
    stray = before if has_taken_it else new
    if stray is not None:
        api_key_replace(api_key=stray)  # callers who are on the line stay there
