"""Writes: an organisation's Twilio account. Twilio is asked outside of transactions."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from accounts.models import Organisation, User
from agents.models import TwilioAccount, VendorCredential
from agents.twilio_account.selectors import TWILIO, TokenUnreadable, twilio_access_of
from agents.vendor_keys.seal import Secret, Unreadable, resealed, seal
from voice.core.errors import CredentialsError, ProviderError
from voice.providers.twilio.access import TwilioAccess, connect

State = VendorCredential.State
SAID_LENGTH = 500


@sensitive_variables("auth_token", "access")
def twilio_account_save(
    *,
    organisation: Organisation,
    account_sid: str,
    auth_token: str,
    even_unverified: bool = False,
    created_by: User | None,
) -> TwilioAccount:
    """Stored once Twilio has taken it; `even_unverified`: also when Twilio cannot be asked.

    Takes the place of the one before. From now on webhooks and streams must be signed with the token. Raises
    ProviderError, and nothing is stored.
    """
    access = TwilioAccess(account_sid, auth_token, settings.TWILIO_BASE_URL)
    state, said = State.WORKS, ""
    try:
        said = connect(access).account_name()
    except ProviderError as error:
        if not (error.retryable and even_unverified):
            raise
        state, said = State.UNVERIFIED, error.message
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=organisation.pk)  # two at once: the later one stays
        TwilioAccount.objects.for_org(organisation).delete()
        return TwilioAccount.objects.create(
            organisation=organisation,
            account_sid=account_sid,
            # The SID stands where a vendor's address does: a token moved to another SID does not open.
            sealed=seal(Secret(organisation.pk, TWILIO, account_sid, auth_token)),
            last_four=auth_token[-4:],
            state=state,
            said=said[:SAID_LENGTH],
            checked_at=timezone.now() if state == State.WORKS else None,
            created_by=created_by,
        )


def twilio_account_test(*, account: TwilioAccount) -> str:
    """Asks Twilio again, and keeps what it says. Returns the account's name there; raises ProviderError."""
    try:
        said = connect(twilio_access_of(account)).account_name()
    except TokenUnreadable:
        error = CredentialsError(TWILIO, "the stored token cannot be read any more")
        _note(account, State.REFUSED, error.message)
        raise error from None
    except ProviderError as error:
        if not error.retryable:
            _note(account, State.REFUSED, error.message)
        raise
    _note(account, State.WORKS, said)
    return said


def twilio_account_remove(*, account: TwilioAccount) -> None:
    """For good. From now on the key in the webhook's address admits alone."""
    TwilioAccount.objects.filter(pk=account.pk).delete()


def twilio_accounts_reseal() -> tuple[int, list[str]]:
    """As `vendor_keys_reseal`: how many there were, and the ids of those that no key opens."""
    done, unreadable = 0, []
    for account_id, sealed in TwilioAccount.objects.order_by("pk").values_list("pk", "sealed").iterator():
        try:
            newest = resealed(sealed)
        except Unreadable:
            unreadable.append(account_id)
            continue
        # One that was replaced meanwhile is another row.
        TwilioAccount.objects.filter(pk=account_id).update(sealed=newest)
        done += 1
    return done, unreadable


def _note(account: TwilioAccount, state: State, said: str) -> None:
    TwilioAccount.objects.filter(pk=account.pk).update(
        state=state, said=said[:SAID_LENGTH], checked_at=timezone.now()
    )
