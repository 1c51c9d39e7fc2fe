"""A release as a person may see it."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, QuerySet

from backend.accounts.models import User
from backend.releases.content import count_content
from backend.releases.models import Release, ReleaseState
from backend.releases.selectors import archive_rows, has_accepted, is_manager, visible_listing
from backend.releases.services.building import items_of


def with_counts(rows: QuerySet[Release]) -> QuerySet[Release]:
    """Releases with ``patients_count`` and ``cases_count``, for lists."""
    return rows.annotate(
        patients_count=Count("patients", distinct=True), cases_count=Count("items", distinct=True)
    ).order_by("-created_at")


def release_detail(release: Release, user: User) -> dict[str, Any]:
    """Everything its page shows."""
    frozen = release.state == ReleaseState.FROZEN
    manages = is_manager(user, release)
    return {
        "id": release.pk,
        "project": {"slug": release.project.slug, "name": release.project.name},
        "version": release.version,
        "title": release.title,
        "notes": release.notes,
        "licence": release.licence,
        "state": release.state,
        "error": release.error if manages else "",
        "job_id": release.job_id if manages else None,
        "fractions": release.fractions,
        "seed": release.seed,
        "embargo_until": release.embargo_until,
        "open_test_images": release.open_test_images,
        "manifest_sha256": release.manifest_sha256,
        "frozen_at": release.frozen_at,
        "created_at": release.created_at,
        "counts": release.manifest["counts"] if frozen else count_content(items_of(release)),
        "patients": [
            {"pseudonym": row.subject, "split": row.split} for row in release.patients.order_by("subject")
        ],
        "files": [
            {
                "path": file.path,
                "size_bytes": file.size_bytes,
                "sha256": file.blob_id,
                "split": file.split,
            }
            for file in visible_listing(release, user)
        ],
        "terms": release.terms,
        "accepted": has_accepted(user, release),
        "archives": archive_rows(release, user),
        "errata": [
            {
                "id": erratum.pk,
                "subject": erratum.item.release_patient.subject if erratum.item else None,
                "text": erratum.text,
                "created_at": erratum.created_at,
            }
            for erratum in release.errata.select_related("item__release_patient")
        ],
        "downloads": release.downloads.count() if manages else 0,
    }
