"""Reads: an organisation's Twilio account, and the token that Twilio signs with."""

from __future__ import annotations

import logging

from django.conf import settings

from accounts.models import Organisation
from agents.models import TwilioAccount
from agents.vendor_keys.seal import Unreadable, unseal
from voice.providers.twilio.access import TwilioAccess

logger = logging.getLogger(__name__)

TWILIO = "twilio"


class TokenUnreadable(Exception):
    """There is a token that CREDENTIALS_KEYS do not open: nothing that should be signed may be believed."""


def twilio_account_find(organisation: Organisation) -> TwilioAccount | None:
    return TwilioAccount.objects.for_org(organisation).select_related("created_by").first()


def twilio_access_of(account: TwilioAccount) -> TwilioAccess:
    """The way to Twilio, with the token. Raises TokenUnreadable."""
    try:
        secret = unseal(
            account.sealed,
            organisation_id=account.organisation_id,
            vendor=TWILIO,
            base_url=account.account_sid,
        )
    except Unreadable:
        logger.error("the Twilio token of organisation %s cannot be read", account.organisation_id)
        raise TokenUnreadable from None
    return TwilioAccess(account.account_sid, secret.api_key, settings.TWILIO_BASE_URL)


def twilio_access_find(organisation: Organisation) -> TwilioAccess | None:
    """None where the organisation has stored no account. Raises TokenUnreadable."""
    account = twilio_account_find(organisation)
    return twilio_access_of(account) if account else None
