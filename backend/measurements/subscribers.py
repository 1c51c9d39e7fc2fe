"""What measurements do when a series or a mask comes in, and what they add to a series."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from backend.common.events import subscribe
from backend.imaging.events import VolumeReady
from backend.imaging.inclusion import LEVELS, check_series
from backend.imaging.models import Series
from backend.imaging.selectors import register_day_settler, register_series_facts
from backend.masks.events import MaskAdded
from backend.masks.models import MaskSource, MaskVersion
from backend.measurements.calibrations import note_header_candidate, settle_periods

FIRST_SOURCES = (MaskSource.ENGINE, MaskSource.IMPORT)


def levels_of(volume_ids: Iterable[UUID]) -> Mapping[UUID, list[int]]:
    """The labels of each volume's newest mask by an engine or an import; volumes without one are left out."""
    rows = MaskVersion.objects.filter(volume__in=list(volume_ids), source__in=FIRST_SOURCES)
    newest = {row.volume_id: row for row in rows.order_by("number")}
    return {pk: [int(label) for label in row.label_voxels] for pk, row in newest.items() if row.label_voxels}


register_series_facts(LEVELS, levels_of)
register_day_settler(settle_periods)


@subscribe(VolumeReady)
def on_volume_ready(event: VolumeReady) -> None:
    note_header_candidate(series=Series.objects.get(volume=event.volume_id))


@subscribe(MaskAdded)
def on_mask_added(event: MaskAdded) -> None:
    """With a first mask the levels are known: rules about them can be checked, for all of the patient."""
    if event.source not in FIRST_SOURCES:
        return
    series = Series.objects.select_related("patient").get(volume=event.volume_id)
    asked = Series.objects.filter(patient=series.patient_id, verdicts__isnull=False).distinct()
    for one in asked.select_related("project", "patient", "volume"):
        check_series(series=one)
