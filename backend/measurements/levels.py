"""What is known of a volume's vertebrae from its first mask, and what hangs on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from backend.imaging.models import Series
from backend.imaging.services.inclusion import check_series
from backend.masks.models import MaskSource, MaskVersion

FIRST_SOURCES = (MaskSource.ENGINE, MaskSource.IMPORT)


def levels_of(volume_ids: Iterable[UUID]) -> Mapping[UUID, list[int]]:
    """The labels of each volume's newest mask by an engine or an import; volumes without one are left out."""
    rows = MaskVersion.objects.filter(volume__in=list(volume_ids), source__in=FIRST_SOURCES)
    newest = dict(rows.order_by("number").values_list("volume_id", "label_voxels"))
    return {pk: [int(label) for label in voxels] for pk, voxels in newest.items() if voxels}


def check_levels(*, volume_id: UUID) -> None:
    """With a first mask the levels are known: check the rules about them, in all series of the patient."""
    series = Series.objects.select_related("patient").get(volume=volume_id)
    asked = Series.objects.filter(patient=series.patient_id, verdicts__isnull=False).distinct()
    for one in asked.select_related("project", "patient", "volume"):
        check_series(series=one)
