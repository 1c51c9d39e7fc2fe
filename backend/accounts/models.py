"""Users. Sign-in, second factor and e-mail addresses are allauth's."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models

from backend.common.scopes import Scope


class Language(models.TextChoices):
    """What the pages and the mails to a person are written in."""

    ENGLISH = "en", "English"
    GERMAN = "de", "Deutsch"


class User(AbstractUser):
    """A person with an account. Site administrators are ``is_staff``; all else is per project."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    display_name = models.CharField(max_length=120, blank=True)
    preferences = models.JSONField(default=dict, blank=True)  # viewer windows, hotkeys, layout
    language = models.CharField(max_length=8, choices=Language, blank=True)  # "": never chosen
    project_right = models.BooleanField(default=False)  # may create projects; administrators may anyhow

    @property
    def name(self) -> str:
        return self.display_name or self.email

    @property
    def may_create_projects(self) -> bool:
        """Whether the site lets this person begin data sets."""
        return self.is_staff or self.project_right


class ApiToken(models.Model):
    """A bearer token for scripts, for a time and a purpose; only its SHA-256 is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    token_sha256 = models.CharField(max_length=64, unique=True)
    scope = models.CharField(max_length=16, choices=Scope)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)


class ProgramRequest(models.Model):
    """A program that asks a person to let it sign in (RFC 8628), for ten minutes; of its codes only digests.

    ``user`` is who entered the code first, and alone answers it; ``allowed`` is what they said. Once its
    token is fetched the row is gone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    program = models.CharField(max_length=60)
    machine = models.CharField(max_length=60, blank=True)
    scope = models.CharField(max_length=16, choices=Scope)
    device_sha256 = models.CharField(max_length=64, unique=True)
    code_sha256 = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    allowed = models.BooleanField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)
    asked_at = models.DateTimeField(null=True)
    interval_seconds = models.PositiveSmallIntegerField()
