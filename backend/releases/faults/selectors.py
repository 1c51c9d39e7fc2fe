"""Which reports of faults somebody reads: managers all, others their own."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from backend.accounts.models import User
from backend.annotation.selectors import cases_rated_now_by
from backend.releases.models import FaultReport, Release
from backend.releases.selectors import is_manager
from backend.science.labels import name_of


def faults_seen_by(user: User, release: Release) -> QuerySet[FaultReport]:
    """Those that wait first; of a case that one rates blindly now none, whatever other role one has."""
    rows = FaultReport.objects.filter(item__release=release).exclude(item__case__in=cases_rated_now_by(user))
    if not is_manager(user, release):
        rows = rows.filter(reporter=user)
    return rows.select_related(
        "item__case__volume__series", "item__release_patient", "reporter", "picture"
    ).order_by("-state", "-created_at")


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
        "reporter": report.reporter.name if manages else None,
        "case_id": report.item.case_id if manages else None,
    }
