"""Measuring mask versions: heights, losses, suggestions and HU, stored with the version they belong to."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from uuid import UUID

from django.db import transaction

from backend.imaging.selectors import load_volume
from backend.masks.models import MaskVersion
from backend.masks.services import load_mask
from backend.measurements.models import VertebraMeasurement
from backend.science.morphometry import VertebraMeasurement as Measured
from backend.science.morphometry import measure


def software_version() -> str:
    """What a stored measurement names as the program that made it."""
    try:
        return f"vertebase {version('vertebase')}"
    except PackageNotFoundError:
        return "vertebase 0.1.0"


def measure_version(*, mask_id: UUID) -> list[VertebraMeasurement]:
    """Measure every vertebra of a version. A version never changes, so one measured before is left alone."""
    mask = MaskVersion.objects.select_related("volume__series", "volume__nifti").get(pk=mask_id)
    standing = list(mask.measurements.order_by("label"))
    if standing or not mask.label_voxels:
        return standing
    centres = {
        int(label): (float(row["body"][0]), float(row["body"][1]), float(row["body"][2]))
        for label, row in mask.centroids_ras_mm.items()
        if row.get("body")
    }
    found = measure(load_mask(mask), volume=load_volume(mask.volume), centroids_ras_mm=centres or None)
    return _store(mask, list(found.vertebrae.values()))


@transaction.atomic
def _store(mask: MaskVersion, measured: list[Measured]) -> list[VertebraMeasurement]:
    software = software_version()
    for vertebra in measured:
        told = vertebra.to_json()
        VertebraMeasurement.objects.get_or_create(
            mask=mask,
            label=vertebra.label,
            defaults={
                "volume_ml": told["volume_ml"],
                "anterior_mm": told["anterior_mm"],
                "middle_mm": told["middle_mm"],
                "posterior_mm": told["posterior_mm"],
                "loss_percent": told["loss_percent"],
                "expected_loss_percent": told["expected_loss_percent"],
                "suggested_grade": told["suggested_grade"],
                "suggested_type": told["suggested_type"] or "",
                "hu_mean": told["hu_mean"],
                "flags": told["flags"],
                "detail": told,
                "software_version": software,
            },
        )
    return list(mask.measurements.order_by("label"))
