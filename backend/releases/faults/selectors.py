"""Which reports of faults somebody reads: managers all, others their own."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from backend.accounts.models import User
from backend.annotation.selectors import cases_rated_now_by
from backend.releases.embargo import is_sealed
from backend.releases.models import AccessRequest, FaultReport, Release, ReleaseItem
from backend.releases.selectors import is_manager
from backend.science.labels import name_of


def faults_seen_by(user: User, release: Release) -> QuerySet[FaultReport]:
    """Those that wait first; of a case that one rates blindly now none, whatever other role one has."""
    rows = FaultReport.objects.filter(item__release=release).exclude(item__case__in=cases_rated_now_by(user))
    if not is_manager(user, release):
        rows = rows.filter(reporter=user)
    return rows.select_related(
        "item__case__volume__series", "item__release_patient", "reporter", "access", "picture"
    ).order_by("-state", "-created_at")


def items_of_a_link(access: AccessRequest) -> list[ReleaseItem]:
    """The cases that whoever holds a link has in their archives, of which everything is open."""
    rows = access.release.items.select_related("release_patient", "case__volume__series")
    rows = rows.order_by("release_patient__subject", "case__volume__series__number")
    return [item for item in rows if not is_sealed(access.release, item.release_patient.split)]


def linked_faults(access: AccessRequest) -> list[dict[str, Any]]:
    """What was reported by a link, and what was answered; nothing else of the work on it."""
    rows = access.faults.select_related("item__case__volume__series", "item__release_patient")
    return [linked_row(row) for row in rows.order_by("-created_at")]


def linked_row(report: FaultReport) -> dict[str, Any]:
    return {
        "id": report.pk,
        "subject": report.item.release_patient.subject,
        "series": report.item.case.volume.series.number,
        "level": None if report.label is None else name_of(report.label),
        "text": report.text,
        "has_picture": report.picture_id is not None,
        "state": report.state,
        "answer": report.answer,
        "created_at": report.created_at,
    }


def reported_by(report: FaultReport) -> str:
    """The name of an account, or what somebody without one said of themselves when they asked for access."""
    if report.access is not None:
        return f"{report.access.name}, {report.access.institution}"
    return report.reporter.name if report.reporter is not None else ""


def fault_row(report: FaultReport, user: User, release: Release) -> dict[str, Any]:
    """What one person reads of a report; who reported it, and the case in the project, its managers alone."""
    manages = is_manager(user, release)
    root = f"/api/v1/releases/{release.pk}/faults/{report.pk}"
    return {
        "id": report.pk,
        "item_id": report.item_id,
        "subject": report.item.release_patient.subject,
        "series": report.item.case.volume.series.number,
        "level": None if report.label is None else name_of(report.label),
        "text": report.text,
        "picture": f"{root}/picture" if report.picture_id else None,
        "state": report.state,
        "answer": report.answer,
        "answered_at": report.answered_at,
        "created_at": report.created_at,
        "mine": report.reporter_id == user.pk,
        "reporter": reported_by(report) if manages else None,
        "case_id": report.item.case_id if manages else None,
    }
