"""Freezing a release: every file is written, read back, listed with its checksum, and then never changes."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import numpy as np
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from backend.accounts.models import User
from backend.audit import services as audit
from backend.audit.acts import product_acts
from backend.common.events import publish
from backend.common.models import Blob, JobState
from backend.common.software import software_version
from backend.common.storage import local_path, open_blob, own_copy, read_blob
from backend.common.tasks import JobContext, enqueue, finish_job
from backend.imaging.selectors import require_same_scans_answered
from backend.masks.selectors import load_mask
from backend.measurements.services import measure_version
from backend.releases import content, croissant, raters, selfcheck
from backend.releases.checksums import checksum_files
from backend.releases.datasheet.facts import facts_of
from backend.releases.datasheet.text import datasheet_text
from backend.releases.errors import NotADraft, PatientsChanged, SelfCheckFailed
from backend.releases.events import ReleaseChanged
from backend.releases.layouts import bids, challenges, dicom, monai, nnunet
from backend.releases.layouts.case import LaidOut
from backend.releases.listing import Manifest
from backend.releases.made import Made, text_blob
from backend.releases.manifest import add_manifests, count_content, open_counts
from backend.releases.measured import measured_files
from backend.releases.models import Release, ReleaseFile, ReleaseItem, ReleaseState
from backend.releases.planning.standing import require_as_drafted
from backend.releases.raters import RaterFile
from backend.releases.statistics import report_of_items
from backend.science.formats.gradings import PatientRow

FREEZE_KIND = "releases.freeze"
CHUNK_BYTES = 1 << 20


@transaction.atomic
def start_freeze(*, release_id: UUID, actor: User) -> Release:
    """Begin to build a draft (or one whose building failed) in the background.

    Raises
    ------
    NotADraft, PatientsChanged, CasesChanged, SameScansOpen, PlacesInvalid, OpensTooEarly
        It is being built, or frozen; patients were merged, or cases taken out or changed, since it was
        drafted; two of its series are one scan, and nobody has said of which patient; another version has
        been frozen since that holds patients elsewhere.
    """
    release = Release.objects.select_for_update().get(pk=release_id)
    if release.state not in (ReleaseState.DRAFT, ReleaseState.FAILED):
        raise NotADraft
    _require_patients_as_drafted(release)
    require_as_drafted(release)
    release.state = ReleaseState.BUILDING
    release.error = ""
    release.job = enqueue(
        FREEZE_KIND,
        subject_id=release.pk,
        project_id=release.project_id,
        requested_by=actor,
        release_id=str(release.pk),
    )
    release.save(update_fields=["state", "error", "job", "updated_at"])
    audit.record(
        actor=actor, act=product_acts.ReleaseFreezing(), subject=release, project_id=release.project_id
    )
    publish(ReleaseChanged(release.pk, release.project_id, release.state))
    return release


def _require_patients_as_drafted(release: Release) -> None:
    """One patient lies in one split: what was drafted before patients were found to be one may break that."""
    moved = release.items.exclude(case__volume__series__patient=F("release_patient__patient"))
    if moved.exists():
        raise PatientsChanged
    require_same_scans_answered(release.items.values_list("case__volume__series_id", flat=True))


def run_freeze(*, job: JobContext, release_id: UUID) -> Release:
    """Build, check and freeze. Run twice, it leaves a frozen release as it is; blobs are stored once anyway.

    Raises
    ------
    SelfCheckFailed
        Something written does not read back as what was accepted.
    """
    release = Release.objects.select_related("project").get(pk=release_id)
    if release.state != ReleaseState.BUILDING:
        return release
    items = items_of(release)
    _measure(job, items)
    files = _make_files(job, release, items)
    files += add_manifests(release, files, items, software_version())
    return _freeze(job, release_id, files)


def items_of(release: Release) -> list[ReleaseItem]:
    """The cases of a release with all that its files are made from."""
    return list(
        release.items.select_related(
            "release_patient__patient", "case__volume__series", "case__volume__nifti", "mask__volume"
        ).order_by("release_patient__subject", "case__volume__series__number")
    )


def _measure(job: JobContext, items: list[ReleaseItem]) -> None:
    """Measure what no worker has measured yet: the statistics would lack it in silence."""
    for item in items:
        job.check_cancelled()
        measure_version(mask_id=item.mask_id)


def _make_files(job: JobContext, release: Release, items: list[ReleaseItem]) -> list[Made]:
    files: list[Made] = []
    patients: dict[str, list[PatientRow]] = {}
    series = Counter(item.release_patient_id for item in items)
    cases: list[LaidOut] = []
    by_raters: list[RaterFile] = []
    asked = raters.asks_for_raters(release)
    handed = raters.rated_by_several(item.case_id for item in items) if asked else {}
    for number, item in enumerate(items):
        job.check_cancelled()
        job.progress(number / (len(items) + 1), f"Writing case {number + 1} of {len(items)}")
        paths = content.case_paths(item, series[item.release_patient_id])
        made = list(content.case_files(item, paths))
        check_case(item, made)
        files += made
        graded = content.grading_rows(item, str(item.case.volume.series.number))
        alone = series[item.release_patient_id] == 1
        ct, mask, centroids, preview = made
        cases.append(LaidOut(item, ct, mask, centroids, preview, graded, alone))
        files += [*bids.case_files(cases[-1]), *nnunet.case_files(release, cases[-1])]
        files += challenges.case_files(cases[-1])
        by_raters += raters.case_files(release, cases[-1], handed.get(item.case_id, []))
        if release.dicom:
            files += dicom.case_files(release, cases[-1])
        row = content.patient_row(item)
        rows = patients.setdefault(item.release_patient.split, [])
        if all(row.subject != other.subject for other in rows):
            rows.append(row)
    files += [file.made for file in by_raters]
    for split, rows in patients.items():
        listed = list(raters.table(split, by_raters)) if asked else []
        files += _split_files(release, split, [case for case in cases if case.split == split], rows, listed)
    files += monai.datalists(release, cases)
    files += nnunet.shared_files(release, cases, content.licence_text(release))
    files += challenges.shared_files(release, cases, content.licence_text(release))
    everyone = [row for rows in patients.values() for row in rows]
    counts = open_counts(release, count_content(items))
    sheet = datasheet_text(release, facts_of(release, items), counts)
    files.append(Made("datasheet.md", "", text_blob(sheet, "text/markdown")))
    files += content.shared_files(release, everyone, counts)
    return [*files, *checksum_files(files)]


def _split_files(
    release: Release,
    split: str,
    cases: list[LaidOut],
    patients: list[PatientRow],
    by_raters: list[Made],
) -> Iterator[Made]:
    """What stands once in a split: tables, statistics, and what makes its cases a BIDS dataset."""
    items = [case.item for case in cases]
    tables = [
        *croissant.case_table(split, cases),
        *content.table_files(split, [row for case in cases for row in case.gradings]),
        *by_raters,
    ]
    yield from tables
    yield croissant.croissant_file(release, split, tables)
    yield from content.inclusion_file(split, items)
    yield from measured_files(release, split, items)
    yield from content.statistics_files(split, report_of_items(release, items))
    yield from bids.shared_files(release, split, patients, content.licence_text(release))


def check_case(item: ReleaseItem, made: list[Made]) -> None:
    """Read the case's files back with nibabel and hold them against the accepted mask, voxel by voxel.

    Raises
    ------
    SelfCheckFailed
        Naming the file and what differs.
    """
    import nibabel as nib  # here: no process waits for it at its start

    load: Any = nib.load  # without types
    ct, mask, centroids = made[0], made[1], made[2]
    image = load(local_path(ct.blob, suffix=".nii.gz"))
    with own_copy(mask.blob, suffix=".nii.gz") as label_path:
        labels = load(label_path)
        if not content.same_grid(image, labels):
            raise SelfCheckFailed(message=f"{mask.path} lies on another grid than its CT.")
        accepted = load_mask(item.mask).array
        if not np.array_equal(np.asarray(labels.dataobj), accepted):
            raise SelfCheckFailed(message=f"{mask.path} does not hold the accepted voxels.")
        selfcheck.check_headers({ct.path: image, mask.path: labels})
        selfcheck.check_labels(mask.path, accepted)
        selfcheck.check_centroids(centroids.path, json.loads(read_blob(centroids.blob))[1:], accepted)


def crc32_of(blob: Blob) -> int:
    """The CRC-32 that the zip's records need, read in pieces."""
    crc = 0
    with open_blob(blob) as stream:
        while chunk := stream.read(CHUNK_BYTES):
            crc = zlib.crc32(chunk, crc)
    return crc


@transaction.atomic
def _freeze(job: JobContext, release_id: UUID, files: list[Made]) -> Release:
    finish_job(job)
    release = Release.objects.select_for_update().get(pk=release_id)
    if release.state != ReleaseState.BUILDING:
        return release
    ReleaseFile.objects.filter(release=release).delete()
    ReleaseFile.objects.bulk_create(
        ReleaseFile(
            release=release,
            layout=made.layout,
            split=made.split,
            path=made.path,
            blob=made.blob,
            size_bytes=made.blob.size_bytes,
            crc32=crc32_of(made.blob),
            image=made.image,
        )
        for made in files
    )
    release.manifest = Manifest.read(json.loads(read_blob(files[-1].blob))).written()
    release.manifest_sha256 = files[-1].blob.sha256
    release.state = ReleaseState.FROZEN
    release.frozen_at = timezone.now()
    release.save()
    audit.record(
        actor=release.created_by,
        act=product_acts.ReleaseFrozen(manifest_sha256=release.manifest_sha256, files=len(files)),
        subject=release,
        project_id=release.project_id,
    )
    publish(ReleaseChanged(release.pk, release.project_id, release.state))
    return release


@transaction.atomic
def fail_release(*, release_id: UUID, error: str) -> None:
    """Note why building came to nothing; the draft can be frozen again once that is mended."""
    release = Release.objects.select_for_update().filter(pk=release_id).first()
    if release is None or release.state != ReleaseState.BUILDING:
        return
    release.state = ReleaseState.FAILED
    release.error = error[:2000]
    release.save(update_fields=["state", "error", "updated_at"])
    publish(ReleaseChanged(release.pk, release.project_id, release.state))


def resume_lost_builds() -> int:
    """Releases that count as being built although their job has ended: failed, so that one may try again."""
    ended = (JobState.FAILED, JobState.CANCELLED, JobState.SUCCEEDED)
    lost = list(Release.objects.filter(state=ReleaseState.BUILDING, job__state__in=ended))
    for release in lost:
        fail_release(release_id=release.pk, error="The building ended before the release was frozen.")
    return len(lost)
