"""From the files of a batch to patients, series and volumes.

Safe to run twice: a series that this batch has brought already is passed over, one that another batch
brought is refused by name, and the raw files are deleted only when everything else is written.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
from django.db import transaction

from backend.audit import services as audit
from backend.audit.acts import scan_acts
from backend.common.events import publish
from backend.common.models import Blob
from backend.common.storage import put_blob
from backend.common.tasks import JobCancelled, JobContext, finish_job
from backend.imaging.events import BatchChanged, VolumeReady
from backend.imaging.models import (
    COPY_FORMAT,
    BatchState,
    Patient,
    Series,
    SeriesSource,
    Upload,
    UploadBatch,
    UploadState,
    Volume,
    VolumeBlob,
)
from backend.imaging.outcomes import Outcomes, Refusal
from backend.imaging.selectors import day_settlers
from backend.imaging.services.held_masks import as_proposed, hold_mask
from backend.imaging.services.inclusion import check_series
from backend.imaging.services.same_scans import note_same_scans
from backend.imaging.services.withdrawing import batch_folder, delete_files
from backend.projects.models import Project
from backend.science import edits
from backend.science.formats.nifti import volume_bytes
from backend.science.formats.slabs import build_slabs
from backend.science.limits import limited_address_space
from backend.science.previews import thumbnail_png

if TYPE_CHECKING:
    from backend.science.ingest import IngestedSeries

LOG_PATIENCE_MS = 3000  # for readers of the database to end: nobody waits for a worker
ALREADY_THERE = Refusal("duplicate_series", "This series is in the project already.")


def ingest_batch(*, job: JobContext, batch_id: UUID) -> None:
    """Ingest every file of the batch; what cannot be used goes to quarantine and the rest goes on."""
    from backend.science.ingest import Refused, ingest_each  # here: with pydicom, no process starts with it

    batch = UploadBatch.objects.select_related("project", "created_by").get(pk=batch_id)
    if batch.state != BatchState.PROCESSING:
        return
    outcomes = Outcomes(Upload.objects.filter(batch=batch, state=UploadState.RECEIVED))
    uploads = outcomes.uploads
    seen: set[str] = set()
    job.progress(0.02, f"Reading {len(uploads)} files")
    with _scratch(batch) as scratch:
        items = ingest_each(
            outcomes.owners.sources(),
            secret=bytes.fromhex(batch.project.pseudonym_secret),
            working_spacing_mm=batch.project.working_spacing_mm,
            scratch=scratch,
        )
        with limited_address_space():
            for item in items:
                job.check_cancelled()
                if isinstance(item, Refused):
                    outcomes.refuse([item.name], Refusal(item.code, item.message))
                elif item.uid_hmac in seen or (series := add_series(batch=batch, found=item)) is None:
                    outcomes.refuse(item.source_names, ALREADY_THERE)
                else:
                    _note_sources(series, outcomes.use(item.source_names))
                    seen.add(item.uid_hmac)  # once more in one upload: its mask would be lost without a word
                known = outcomes.settled
                job.progress(0.1 + 0.9 * known / len(uploads), f"{known} of {len(uploads)} files")
        _finish(job, batch=batch, outcomes=outcomes)


@contextmanager
def _scratch(batch: UploadBatch) -> Iterator[Path]:
    """A folder for what archives hold, beside the raw files: what a killed worker leaves is found there."""
    folder = batch_folder(batch) / "unpacked"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _require_wanted(batch_id: UUID) -> None:
    """Stop where somebody has withdrawn the batch meanwhile; locks its row."""
    row = UploadBatch.objects.select_for_update().get(pk=batch_id)
    if row.state != BatchState.PROCESSING:
        raise JobCancelled


def add_series(*, batch: UploadBatch, found: IngestedSeries) -> Series | None:
    """Store one series with its volume; None where another batch has brought it before.

    Files are stored first, outside of any transaction; rows follow in one.
    """
    known = Series.objects.filter(project=batch.project, uid_hmac=found.uid_hmac).first()
    if known is not None:
        return known if known.batch_id == batch.pk else None
    index, slabs = build_slabs(found.volume)
    coarse = index["coarse"]["sha256"]
    blobs = [
        (put_blob(data=content), "coarse" if sha256 == coarse else "slab")
        for sha256, content in slabs.items()
    ]
    nifti = put_blob(data=volume_bytes(found.volume), media_type="application/gzip")
    held = found.held
    shown = found.mask if held is None else as_proposed(held.mask, held.proposals)
    thumbnail = put_blob(data=thumbnail_png(found.volume, shown), media_type="image/png")
    blobs += [(nifti, "nifti"), (thumbnail, "thumbnail")]
    if found.mask is not None:
        blobs.append((put_blob(data=edits.encode_mask(found.mask.array)), "import_mask"))
    with transaction.atomic():
        _require_wanted(batch.pk)
        Project.objects.select_for_update().get(pk=batch.project_id)  # pseudonyms are counted in the project
        again = Series.objects.filter(project=batch.project, uid_hmac=found.uid_hmac).first()
        if again is not None:
            return again if again.batch_id == batch.pk else None
        series = _create_series(batch, found)
        volume = _create_volume(series, found, index, nifti, thumbnail)
        if held is not None:
            hold_mask(series=series, mask=held.mask, proposals=held.proposals)
        note_same_scans(series=series, volume=volume)
        VolumeBlob.objects.bulk_create(
            [VolumeBlob(volume=volume, blob=blob, role=role) for blob, role in blobs], ignore_conflicts=True
        )
        audit.record(
            actor=batch.created_by,
            act=scan_acts.SeriesIngested(batch=batch.pk, voxels_sha256=volume.voxels_sha256),
            subject=series,
            project_id=batch.project_id,
        )
        publish(VolumeReady(volume.pk))
        publish(BatchChanged(batch.pk, batch.project_id, batch.state))
    return series


def _note_sources(series: Series, uploads: Iterable[Upload]) -> None:
    rows = [SeriesSource(series=series, upload=upload) for upload in uploads]
    SeriesSource.objects.bulk_create(rows, ignore_conflicts=True)  # noted before, where the job runs again


def _create_series(batch: UploadBatch, found: IngestedSeries) -> Series:
    project = batch.project
    identity = Patient.objects.filter(project=project, identity_hmac=found.patient_hmac)
    patient = identity.select_related("merged_into").first()
    if patient is not None and patient.merged_into is not None:
        patient = patient.merged_into
    if patient is None:
        count = Patient.objects.filter(project=project).count()
        patient = Patient.objects.create(
            project=project,
            pseudonym=f"sub-{count + 1:04d}",
            identity_hmac=found.patient_hmac,
            sex=found.sex or "",
            age_years=found.age_years,
        )
    series = Series.objects.create(
        patient=patient,
        project=project,
        batch=batch,
        number=Series.objects.filter(patient=patient).exclude(source_format=COPY_FORMAT).count() + 1,
        uid_hmac=found.uid_hmac,
        pixels_hmac=found.pixels_hmac,
        source_format=found.source_format,
        facts=found.facts,
        checks=found.checks,
        acquired_year=found.acquired.year if found.acquired is not None else None,
    )
    # the day of the scan is known here and nowhere after: what hangs on it is settled now
    check_series(series=series, acquired=found.acquired)
    if found.acquired is not None:
        for settle in day_settlers():
            settle(series, found.acquired)
    return series


def _create_volume(
    series: Series, found: IngestedSeries, index: dict[str, Any], nifti: Blob, thumbnail: Blob
) -> Volume:
    geometry, array = found.volume.geometry, found.volume.array
    return Volume.objects.create(
        series=series,
        **geometry.to_json(),
        hu_min=int(array.min()),
        hu_max=int(array.max()),
        voxels_sha256=hashlib.sha256(np.asfortranarray(array).tobytes(order="F")).hexdigest(),
        nifti=nifti,
        slab_index=index,
        thumbnail=thumbnail,
        imported_centroids_ras_mm={
            str(label): [float(x) for x in point] for label, point in found.centroids_ras_mm.items()
        },
    )


def _finish(job: JobContext, *, batch: UploadBatch, outcomes: Outcomes) -> None:
    """Write what became of each file, close batch and job, then delete the raw files that were used."""
    with transaction.atomic():
        finish_job(job)
        _require_wanted(batch.pk)
        spent = outcomes.write()
        row = UploadBatch.objects.get(pk=batch.pk)
        row.state = BatchState.DONE
        row.save()
        publish(BatchChanged(row.pk, row.project_id, row.state))
    delete_files(spent, patience_ms=LOG_PATIENCE_MS)
