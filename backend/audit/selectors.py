"""Reads of the audit chain: which records, by what was done, when and in which words."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from backend.audit.acts.sentences import sayings_with
from backend.audit.acts.verb import Verb
from backend.audit.models import Record

SEEING = (Verb.CASE_SEEN, Verb.CASE_UNBLINDED, Verb.RELEASE_DOWNLOADED, Verb.AUDIT_SAVED)
"""Acts by which somebody saw or took away what others made."""


def records_of(project_id: UUID, kinds: Collection[str]) -> QuerySet[Record]:
    """Acts in a project upon the given kinds of things, newest first."""
    return Record.objects.filter(project_id_ref=project_id, subject_kind__in=kinds).order_by("-sequence")


def said_q(words: str) -> Q:
    """Records whose sentence has each of these words."""
    asked = Q(pk__in=[])
    for verb, saying in sayings_with(words):
        fits = Q(verb=verb)
        for key, value in saying.where.items():
            fits &= Q(**{f"detail__{key}": value})
        asked |= fits
    return asked


def between_q(since: date | None, until: date | None) -> Q:
    """Records of these days, both of them included, by the clock of the site."""
    asked = Q()
    if since is not None:
        asked &= Q(at__gte=_midnight(since))
    if until is not None:
        asked &= Q(at__lt=_midnight(until + timedelta(days=1)))
    return asked


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
