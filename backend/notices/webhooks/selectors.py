"""Reads of webhooks: which there are, what was sent, and which have something to do."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet

from backend.audit.models import Record
from backend.common.models import Job, JobState
from backend.common.selectors import one_of
from backend.notices.kinds import TOLD
from backend.notices.models import Delivery, DeliveryState, Webhook
from backend.projects.models import Project

DELIVER_KIND = "notices.deliver"


def webhooks_of(project: Project) -> QuerySet[Webhook]:
    """The project's webhooks, each with how much waits, was given up, and when it was last reached."""
    state = "deliveries__state"
    return (
        Webhook.objects.filter(project=project)
        .order_by("created_at")
        .annotate(
            waiting=Count("deliveries", filter=Q(**{state: DeliveryState.WAITING})),
            given_up=Count("deliveries", filter=Q(**{state: DeliveryState.GIVEN_UP})),
            last_sent_at=Max("deliveries__sent_at"),
        )
    )


def webhook_of(project: Project, webhook_id: UUID) -> Webhook:
    """One of them; `NotFound`."""
    return one_of(webhooks_of(project), webhook_id)


def deliveries_of(webhook: Webhook) -> QuerySet[Delivery]:
    """What was sent or waits to be, newest first."""
    return Delivery.objects.filter(webhook=webhook).order_by("-created_at", "-pk")


def due_of(webhook_id: UUID, now: datetime) -> QuerySet[Delivery]:
    """What is to be sent now, oldest first."""
    waiting = Delivery.objects.filter(webhook=webhook_id, state=DeliveryState.WAITING, next_at__lte=now)
    return waiting.order_by("created_at", "pk")


def with_work(now: datetime) -> QuerySet[Webhook]:
    """Webhooks that have something to send or to look at, and no job for it, in one query."""
    acts = Record.objects.filter(
        project_id_ref=OuterRef("project_id"), sequence__gt=OuterRef("seen"), verb__in=[*TOLD]
    )
    due = Delivery.objects.filter(webhook=OuterRef("pk"), state=DeliveryState.WAITING, next_at__lte=now)
    at_work = Job.objects.filter(
        kind=DELIVER_KIND, subject_id=OuterRef("pk"), state__in=(JobState.QUEUED, JobState.RUNNING)
    )
    active = Webhook.objects.filter(active=True, paused=False, project__archived_at__isnull=True)
    return active.filter(Exists(acts) | Exists(due), ~Exists(at_work)).order_by(F("updated_at").asc())
