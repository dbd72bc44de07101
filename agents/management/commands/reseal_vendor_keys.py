"""Encrypts all vendor keys and Twilio tokens under the first of CREDENTIALS_KEYS: older ones can then go."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from agents.twilio_account.services import twilio_accounts_reseal
from agents.vendor_keys.services import vendor_keys_reseal


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        count, unreadable = vendor_keys_reseal()
        tokens, unreadable_tokens = twilio_accounts_reseal()
        unreadable += unreadable_tokens
        self.stdout.write(f"{count} vendor keys are encrypted under the newest key.")
        self.stdout.write(f"{tokens} Twilio tokens are encrypted under the newest key.")
        if unreadable:
            raise CommandError(
                f"{len(unreadable)} could not be read with any key and stay as they are. Bring back what they"
                f" were encrypted with, or have them stored anew: {', '.join(unreadable)}"
            )
