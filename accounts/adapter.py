"""Our hooks in django-allauth: whose address counts, what is throttled, where links lead."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailConfirmation
from allauth.core.internal import ratelimit
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from accounts.addresses import absolute_url, client_address

logger = logging.getLogger(__name__)

APP = "allauth.account"


class AccountAdapter(DefaultAccountAdapter):
    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Failures count by address and e-mail together, so that a stranger cannot lock a person out.

        allauth's own key holds the Host header, which whoever guesses may choose.
        """
        return f"{client_address(request)}|{_email(credentials)}"

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """A second, wider limit by e-mail alone stops those who guess from many addresses."""
        usage = ratelimit.consume(request, app=APP, action="login_failed_anywhere", key=_email(credentials))
        if not usage:
            raise self.validation_error("too_many_login_attempts")
        user = super().authenticate(request, **credentials)
        if user:
            usage.rollback()
        return user

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A mail that does not go out fails no page: it would tell who has an account, and lose a sign-up.

        The operator reads of it in the log; the pages say that the mail may not come.
        """
        try:
            super().send_mail(template_prefix, email, context)
        except OSError as error:  # smtplib's errors too
            logger.error("a mail did not go out (%s): %s", template_prefix, type(error).__name__)

    def get_reset_password_from_key_url(self, key: str) -> str:
        return self._ours(super().get_reset_password_from_key_url(key), self.request)

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: EmailConfirmation) -> str:
        return self._ours(super().get_email_confirmation_url(request, emailconfirmation), request)

    @staticmethod
    def _ours(url: str, request: HttpRequest) -> str:
        """The same page under PUBLIC_URL: a mail must not lead to whatever Host header asked for it."""
        return absolute_url(urlsplit(url).path, request)


def _email(credentials: dict[str, Any]) -> str:
    return str(credentials.get("email") or "").strip().lower()
