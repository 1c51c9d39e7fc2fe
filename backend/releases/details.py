"""A release as a person may see it."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from backend.accounts.models import User
from backend.releases.citing import citations
from backend.releases.content import case_paths
from backend.releases.embargo import day_told, is_sealed, still_sealed_q
from backend.releases.listing import Manifest
from backend.releases.manifest import Counts, count_content, full_counts
from backend.releases.models import Custodian, Erratum, Release, ReleasePatient, ReleaseState, Split
from backend.releases.published import Standing, publication_of, standing_of
from backend.releases.selectors import (
    archive_rows,
    has_accepted,
    is_manager,
    items_open_to,
    reads_custody,
    sees_sealed,
    visible_listing,
)
from backend.releases.services.building import items_of
from backend.science.formats.verse import SPLIT_FOLDERS


def with_counts(rows: QuerySet[Release], *, manages: bool) -> QuerySet[Release]:
    """Releases with ``patients_count`` and ``cases_count``, for lists.

    A sealed part is counted for those who manage the project only, and once it has custodians not for them.
    """
    kept = Exists(Custodian.objects.filter(release=OuterRef("pk"), accepted_at__isnull=False))
    sealed = still_sealed_q() & Q(open_test_images=False)
    if manages:
        sealed &= Q(kept)
    test = Q(patients__split=Split.TEST), Q(items__release_patient__split=Split.TEST)
    told = [~(sealed & part) for part in test]
    return rows.annotate(
        patients_count=Count("patients", distinct=True, filter=told[0]),
        cases_count=Count("items", distinct=True, filter=told[1]),
    ).order_by("-created_at")


def release_detail(release: Release, user: User) -> dict[str, Any]:
    """Everything its page shows."""
    manages = is_manager(user, release)
    accepted = has_accepted(user, release)
    publication = publication_of(release)
    gone = standing_of(release) == Standing.WITHDRAWN
    files = visible_listing(release, user) if manages or (accepted and not gone) else []
    cases = _case_of_path(release, user) if files else {}
    return {
        "id": release.pk,
        "project": {"slug": release.project.slug, "name": release.project.name},
        "version": release.version,
        "title": release.title,
        "notes": release.notes,
        "licence": release.licence,
        "state": release.state,
        "standing": standing_of(release),
        "published_at": publication.published_at if publication else None,
        "public": bool(publication and publication.public),
        "withdrawn_reason": publication.withdrawn_reason if publication else "",
        "error": release.error if manages else "",
        "job_id": release.job_id if manages else None,
        "fractions": release.fractions,
        "seed": release.seed,
        "rules": release.rules,
        "embargo_until": day_told(release),
        "custody": reads_custody(user, release),
        "open_test_images": release.open_test_images,
        "creators": release.creators,
        "publisher": release.publisher,
        "doi": release.doi,
        "released_on": release.released_on,
        "dicom": release.dicom,
        "rater_masks": release.rater_masks,
        "stable_raters": release.stable_raters,
        "disagreement_maps": release.disagreement_maps,
        "probability_maps": release.probability_maps,
        "datasheet": release.datasheet,
        "citations": citations(release),
        "manifest_sha256": release.manifest_sha256,
        "frozen_at": release.frozen_at,
        "created_at": release.created_at,
        "counts": _counts(release, user),
        "patients": [
            {"pseudonym": row.subject, "split": row.split}
            for row in ([] if gone and not manages else _patients(release, user))
        ],
        "files": [
            {
                "path": file.path,
                "size_bytes": file.size_bytes,
                "sha256": file.blob_id,
                "split": file.split,
                "item_id": cases.get(file.path),
            }
            for file in files
        ],
        "terms": release.terms,
        "accepted": accepted,
        "archives": archive_rows(release, user),
        "errata": [
            {
                "id": erratum.pk,
                "subject": erratum.item.release_patient.subject if erratum.item else None,
                "text": erratum.text,
                "created_at": erratum.created_at,
            }
            for erratum in _errata(release, manages)
        ],
        "downloads": release.downloads.filter(bytes_from=0).count() if manages else 0,
    }


def _case_of_path(release: Release, user: User) -> dict[str, UUID]:
    """Which case of the release each of its files shows, of those that this person may look at."""
    items = list(items_open_to(user, release))
    series = Counter(release.items.values_list("release_patient_id", flat=True))
    found: dict[str, UUID] = {}
    for item in items:
        folder = SPLIT_FOLDERS[item.release_patient.split]
        paths = case_paths(item, series[item.release_patient_id])
        found |= {f"{folder}/{path}": item.pk for path in dataclasses.astuple(paths)}
    return found


def _counts(release: Release, user: User) -> Counts:
    if release.state != ReleaseState.FROZEN:
        return count_content(items_of(release))
    if not is_sealed(release, Split.TEST) or sees_sealed(user, release):
        return full_counts(release)
    counts: Counts = Manifest.read(release.manifest).counts.to_json()
    return counts


def _patients(release: Release, user: User) -> QuerySet[ReleasePatient]:
    rows = release.patients.order_by("subject")
    if not is_sealed(release, Split.TEST, image=True) or sees_sealed(user, release):
        return rows
    return rows.exclude(split=Split.TEST)


def _errata(release: Release, manages: bool) -> QuerySet[Erratum]:
    """What was found wrong; of a sealed case nothing, since it would tell its answer."""
    rows = release.errata.select_related("item__release_patient")
    if manages or not is_sealed(release, Split.TEST):
        return rows
    return rows.exclude(item__release_patient__split=Split.TEST)
