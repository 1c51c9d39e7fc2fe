"""What Django and allauth tell of accounts, whichever of their many ways it came about."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import user_logged_in
from allauth.usersessions.models import UserSession
from django.contrib.auth.signals import user_logged_out
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from backend.accounts import services
from backend.accounts.events import SessionEnded
from backend.accounts.models import User
from backend.accounts.signing_in import note_signed_in
from backend.common.events import publish


@receiver(post_save, sender=User)
def on_saved(instance: User, created: bool, **kwargs: Any) -> None:
    """A save with a password that was just set: by the page, a reset link, or the command line."""
    if not created and getattr(instance, "_password", None) is not None:
        services.end_what_the_password_opened(user=instance)


@receiver(user_logged_in)
def on_signed_in(user: User, **kwargs: Any) -> None:
    """The last step of signing in, behind the second factor."""
    note_signed_in(user=user)


@receiver(user_logged_out)
def on_signed_out(request: Any, **kwargs: Any) -> None:
    key = request.session.session_key
    if key:
        publish(SessionEnded(key))


@receiver(post_delete, sender=UserSession)
def on_session_ended(instance: Any, **kwargs: Any) -> None:
    publish(SessionEnded(instance.session_key))
