"""What measurements do when a series comes in."""

from __future__ import annotations

from backend.common.events import subscribe
from backend.imaging.events import VolumeReady
from backend.imaging.models import Series
from backend.measurements.calibrations import note_header_candidate


@subscribe(VolumeReady)
def on_volume_ready(event: VolumeReady) -> None:
    note_header_candidate(series=Series.objects.get(volume=event.volume_id))
