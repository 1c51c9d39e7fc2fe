"""Webhooks, what was sent to them, and how often somebody wants mail."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from backend.common.models import BaseModel
from backend.projects.models import Project


class Webhook(BaseModel):
    """An address of another program that is told what happens in a project.

    ``seen`` is the last act of the audit chain that was looked at. Acts are written one after the other, so
    none is ever behind it: what happened is told though the site, a worker or the other program was away.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="webhooks")
    address = models.URLField(max_length=500)
    events = models.JSONField(default=list)  # verbs of `kinds.TOLD`
    secret = models.CharField(max_length=80)  # signs what is sent, so it is kept as it is
    active = models.BooleanField(default=True)
    paused = models.BooleanField(default=False)  # by the site: too many were given up one after the other
    seen = models.BigIntegerField(default=0)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["created_at"]


class DeliveryState(models.TextChoices):
    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given_up"


class Delivery(BaseModel):
    """One message to one webhook. ``body`` is kept as text, so that it is the same each time it is sent."""

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    event_id = models.CharField(max_length=64)  # the same each time: who has had it can tell
    event = models.CharField(max_length=80)
    body = models.TextField()
    state = models.CharField(max_length=16, choices=DeliveryState, default=DeliveryState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    last_status = models.PositiveSmallIntegerField(null=True)  # of the other program's last answer
    last_error = models.CharField(max_length=300, blank=True)  # why it was not reached, or did not take it
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["webhook", "event_id"], name="one_delivery_per_event"),
        ]
        indexes = [models.Index(fields=["next_at"], condition=Q(state="waiting"), name="deliveries_due")]


class Often(models.TextChoices):
    NEVER = "never"
    DAILY = "daily"
    WEEKLY = "weekly"


class MailWish(models.Model):
    """How often somebody wants to be told by mail what is new; without a row: daily."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="mail_wish"
    )
    often = models.CharField(max_length=8, choices=Often, default=Often.DAILY)
    looked_at = models.DateTimeField(null=True)  # up to when all that was new has been told
