"""Reads of measurements. Who may see a mask, and so what was measured of it, is decided above."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db.models import Exists, OuterRef, QuerySet

from backend.common.models import Job
from backend.common.software import software_version
from backend.imaging.models import Volume
from backend.imaging.selectors import geometry_of
from backend.masks.models import MaskSource, MaskVersion
from backend.measurements.grading_schema import FULL, Schema
from backend.measurements.measuring import MEASURE_KIND, Row, heights_of, measure_mask
from backend.measurements.models import GradingSchema, VertebraMeasurement
from backend.projects.models import Project
from backend.science.labels import sort_labels
from backend.science.morphometry.measure import UNRELIABLE
from backend.science.volume import Mask, MaskArray

CACHE_SECONDS = 3600
# Flags that come from the CT: measuring after an edit reads the mask alone, and keeps them.
CT_FLAGS = ("metal", "sclerotic")


def measurements_of(mask_ids: Iterable[UUID]) -> dict[UUID, dict[int, VertebraMeasurement]]:
    """The rows of several mask versions, by label."""
    found: dict[UUID, dict[int, VertebraMeasurement]] = {}
    for row in VertebraMeasurement.objects.filter(mask__in=list(mask_ids)):
        found.setdefault(row.mask_id, {})[row.label] = row
    return found


def schema_of(project: Project) -> Schema:
    """What the project asks of each vertebra; the full schema where none was set."""
    row = GradingSchema.objects.filter(project=project).first()
    return Schema.read(row.schema) if row is not None else FULL


def measured_rows(volume: Volume, digest: str) -> list[Row]:
    """What is stored of a mask with this tree digest; empty where no such version is measured yet."""
    rows = VertebraMeasurement.objects.filter(mask__volume=volume, mask__digest=digest)
    # the same mask may be several versions; any of them has the same rows
    by_label: dict[int, Row] = {row.label: row.detail for row in rows.order_by("-created_at")}
    return [by_label[label] for label in sort_labels(by_label)]


def rows_of_mask(*, volume: Volume, digest: str, array: MaskArray) -> list[Row]:
    """All rows of a mask as it stands: stored, kept from a moment ago, or measured now (heights only)."""
    rows = measured_rows(volume, digest)
    if rows:
        return rows
    key = f"measured:{software_version().replace(' ', '-')}:{volume.pk}:{digest}"
    kept: list[Row] | None = cache.get(key)
    if kept is None:
        kept = measure_mask(Mask(geometry_of(volume), array))
        cache.set(key, kept, CACHE_SECONDS)
    return kept


def row_of_label(*, volume: Volume, array: MaskArray, label: int, beside: Iterable[Row]) -> Row | None:
    """One vertebra measured now, against the rows that are known of the mask before it changed.

    None where the mask has no such vertebra. HU are those of the CT and not read again here.
    """
    others = list(beside)
    reliable = [row for row in others if row["label"] != label and not UNRELIABLE & set(row["flags"])]
    rows = measure_mask(Mask(geometry_of(volume), array), labels=[label], known=heights_of(reliable))
    if not rows:
        return None
    former: dict[str, Any] = next((row for row in others if row["label"] == label), {"flags": []})
    from_ct = [flag for flag in CT_FLAGS if flag in former["flags"]]
    row = {**rows[0], "flags": [*rows[0]["flags"], *from_ct]}
    if UNRELIABLE & set(from_ct):
        row |= {"suggested_grade": None, "suggested_type": None}
    return row


def unmeasured_versions() -> QuerySet[MaskVersion]:
    """Versions that nobody measures, for the sweep: no rows, and no job that did or will do it."""
    jobs = Job.objects.filter(kind=MEASURE_KIND, subject_id=OuterRef("pk"))
    return (
        MaskVersion.objects.exclude(source=MaskSource.EMPTY)
        .exclude(label_voxels={})
        .filter(measurements__isnull=True)
        .filter(~Exists(jobs))
    )
