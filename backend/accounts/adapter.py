"""allauth's hooks."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by invitation unless the site opens sign-up."""

    def is_open_for_signup(self, request: Any) -> bool:
        return bool(settings.VERTEBASE_OPEN_SIGNUP)
