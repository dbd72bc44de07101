"""Writes: organisations' own vendor keys, what vendors said of them, and switching a vendor off."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from accounts.models import Organisation, User
from agents.models import VendorCredential
from agents.vendor_keys.check import ask_vendor
from agents.vendor_keys.organisation_vendors import access_of
from agents.vendor_keys.seal import Secret, Unreadable, resealed, seal
from agents.vendor_keys.server_names import ServerNames
from voice.core.errors import CredentialsError, ProviderError
from voice.providers.access import VendorAccess

State = VendorCredential.State
# Below this, four characters would be too much of a key to show.
SHORTEST_SHOWN = 16
SAID_LENGTH = 500
ROWS_AT_ONCE = 500
NO_NAMES = ServerNames()


@sensitive_variables("api_key", "access")
def vendor_key_save(
    *,
    organisation: Organisation,
    vendor: str,
    api_key: str,
    base_url: str = "",
    names: ServerNames = NO_NAMES,
    even_unverified: bool = False,
    created_by: User | None,
) -> VendorCredential:
    """Stored once the vendor has taken it; `even_unverified`: also when the vendor cannot be asked.

    Takes the place of the one before, which is gone. Raises ProviderError, and nothing is stored.
    """
    access = VendorAccess(vendor, api_key, base_url)
    state, said = State.WORKS, ""
    try:
        said = ask_vendor(access)
    except ProviderError as error:
        if not (error.retryable and even_unverified):
            raise
        state, said = State.UNVERIFIED, error.message
    return _store(organisation, access, names, state, said, created_by)


@sensitive_variables("access")
@transaction.atomic
def _store(
    organisation: Organisation,
    access: VendorAccess,
    names: ServerNames,
    state: State,
    said: str,
    created_by: User | None,
) -> VendorCredential:
    Organisation.objects.select_for_update().get(pk=organisation.pk)  # two at once: the later one stays
    before = VendorCredential.objects.for_org(organisation).filter(vendor=access.vendor)
    is_enabled = all(before.values_list("is_enabled", flat=True))
    before.delete()
    return VendorCredential.objects.create(
        organisation=organisation,
        vendor=access.vendor,
        is_enabled=is_enabled,
        sealed=seal(Secret(organisation.pk, access.vendor, access.base_url, access.api_key)),
        last_four=access.api_key[-4:] if len(access.api_key) >= SHORTEST_SHOWN else "",
        base_url=access.base_url,
        model_names=list(names.models),
        voice_names=list(names.voices),
        transcriber_names=list(names.transcribers),
        state=state,
        said=said[:SAID_LENGTH],
        checked_at=timezone.now() if state == State.WORKS else None,
        created_by=created_by,
    )


def vendor_key_test(*, credential: VendorCredential) -> str:
    """Asks the vendor again, and keeps what it says. Returns what the key gives; raises ProviderError."""
    access = access_of(credential)
    try:
        if access is None:
            raise CredentialsError(credential.vendor, "the stored key cannot be read any more")
        said = ask_vendor(access)
    except ProviderError as error:
        if not error.retryable:
            vendor_key_refused(credential_id=credential.pk, said=error.message)
        raise
    _note(credential.pk, State.WORKS, said)
    return said


def vendor_key_refused(*, credential_id: str, said: str) -> None:
    """The vendor refused it, in a test or a call. `said`: its words, without the key."""
    _note(credential_id, State.REFUSED, said)


@transaction.atomic
def vendor_key_remove(*, credential: VendorCredential) -> None:
    """For good. Calls that run on it go on; that the vendor is switched off stays so.

    A key that was replaced meanwhile is gone already, and the newer one stays.
    """
    Organisation.objects.select_for_update().get(pk=credential.organisation_id)
    now = VendorCredential.objects.filter(pk=credential.pk).first()  # it may have been switched off since
    if now is None:
        return
    now.delete()
    if not now.is_enabled:
        VendorCredential.objects.create(
            organisation_id=now.organisation_id, vendor=now.vendor, is_enabled=False
        )


@transaction.atomic
def vendor_switch(*, organisation: Organisation, vendor: str, is_enabled: bool) -> None:
    """Off: no call uses the vendor, with whosever key."""
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    rows = VendorCredential.objects.for_org(organisation).filter(vendor=vendor)
    if is_enabled:
        rows.filter(sealed="").delete()
        rows.update(is_enabled=True)
    elif not rows.update(is_enabled=False):
        VendorCredential.objects.create(organisation=organisation, vendor=vendor, is_enabled=False)


def vendor_keys_reseal() -> tuple[int, list[str]]:
    """Encrypts all of them under the newest of CREDENTIALS_KEYS. May run twice, and beside a running server.

    How many there were, and the ids of those that no key opens.
    """
    done, unreadable, last_id = 0, [], ""
    stored = VendorCredential.objects.exclude(sealed="").order_by("pk").values_list("pk", "sealed")
    while rows := list(stored.filter(pk__gt=last_id)[:ROWS_AT_ONCE]):
        last_id = rows[-1][0]
        with transaction.atomic():
            for credential_id, sealed in rows:
                try:
                    newest = resealed(sealed)
                except Unreadable:
                    unreadable.append(credential_id)
                    continue
                # A key that was replaced meanwhile is another row, under the newest key already.
                VendorCredential.objects.filter(pk=credential_id).update(sealed=newest)
                done += 1
    return done, unreadable


def _note(credential_id: str, state: State, said: str) -> None:
    VendorCredential.objects.filter(pk=credential_id).update(
        state=state, said=said[:SAID_LENGTH], checked_at=timezone.now()
    )
