"""Writes: phone numbers, and what they ask at Twilio. Twilio is asked outside of transactions."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from accounts.models import Organisation, User
from accounts.services import api_key_create, api_key_revoke
from agents.models import Agent, PhoneNumber
from agents.phone_numbers.webhooks import PublicAddress
from agents.twilio_account.selectors import TWILIO, TokenUnreadable, twilio_access_find
from voice.core.errors import CredentialsError, RequestError
from voice.providers.twilio.access import connect


class NumberTaken(Exception):
    """The organisation has this number already."""


def phone_number_create(
    *,
    organisation: Organisation,
    number: str,
    label: str = "",
    agent: Agent | None = None,
    fallback_number: str = "",
    voicemail_number: str = "",
) -> PhoneNumber:
    """All numbers must have been cleaned. Raises NumberTaken."""
    try:
        with transaction.atomic():
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
    """`fields` of `phone_number_create` but the number itself: another number is another row."""
    for name, value in fields.items():
        setattr(phone_number, name, value)
    phone_number.save(update_fields=list(fields))
    return phone_number


@transaction.atomic
def phone_number_remove(*, phone_number: PhoneNumber) -> None:
    """Also the key that stands in its address at Twilio: from now on it is told that it is not set up."""
    if phone_number.api_key is not None:
        api_key_revoke(api_key=phone_number.api_key)
    PhoneNumber.objects.filter(pk=phone_number.pk).delete()


@sensitive_variables("raw_key")
def phone_number_configure(*, phone_number: PhoneNumber, address: PublicAddress, by: User | None) -> None:
    """Has the number at Twilio ask us, with a new key of its own. The one before is revoked once it does.

    Raises ProviderError, and nothing is changed.
    """
    organisation = phone_number.organisation
    try:
        access = twilio_access_find(organisation)
    except TokenUnreadable:
        raise CredentialsError(TWILIO, "the stored token cannot be read any more") from None
    if access is None:
        raise CredentialsError(TWILIO, "no Twilio account is stored")
    rest = connect(access)
    at_twilio = rest.number_find(phone_number.number)
    if at_twilio is None:
        raise RequestError(TWILIO, f"the account has no number {phone_number.number}")
    api_key, raw_key = api_key_create(
        organisation=organisation, name=f"Phone {phone_number.number}", created_by=by
    )
    try:
        rest.number_configure(at_twilio.sid, address.webhooks(raw_key))
    except BaseException:
        api_key_revoke(api_key=api_key)
        raise
    before = phone_number.api_key
    with transaction.atomic():
        PhoneNumber.objects.filter(pk=phone_number.pk).update(api_key=api_key, configured_at=timezone.now())
        if before is not None:
            api_key_revoke(api_key=before)
