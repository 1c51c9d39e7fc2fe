"""allauth's hooks."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal.ratelimit import get_ip
from django.contrib.auth.hashers import make_password

from backend.accounts.selectors import sign_up_is_open
from backend.accounts.signing_in import note_refused


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by invitation unless the site opens sign-up, which needs verified addresses."""

    def is_open_for_signup(self, request: Any) -> bool:
        return sign_up_is_open()

    def authentication_failed(self, request: Any, **credentials: Any) -> None:
        super().authentication_failed(request, **credentials)
        note_refused(email=str(credentials.get("email") or credentials.get("username") or ""))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        if template_prefix == "account/email/account_already_exists":
            make_password(email)  # a new account's password takes this time: how long it takes tells nothing
        super().send_mail(template_prefix, email, context)

    def _get_login_attempts_cache_key(self, request: Any, **credentials: Any) -> str:
        """Account and address together: whoever fails on purpose locks out nobody but themselves."""
        return f"{super()._get_login_attempts_cache_key(request, **credentials)}:{get_ip(request)}"
