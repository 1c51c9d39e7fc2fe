"""Labelled cases as files on this machine, for a trainer that reads files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from backend.common.storage import local_path
from backend.imaging.models import Volume
from backend.masks.models import MaskVersion
from backend.masks.selectors import load_mask
from backend.pipeline.registry.reports import TrainedCase
from backend.science.formats.nifti import write_mask
from backend.science.training_api import LabelledCase, UnlabelledCase


def case_files(cases: Sequence[TrainedCase], folder: Path) -> tuple[LabelledCase, ...]:
    """The CT and the mask of each case as NIfTI files."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = MaskVersion.objects.select_related("volume__nifti").in_bulk([UUID(case.mask) for case in cases])
    made = []
    for case in cases:
        version = rows[UUID(case.mask)]
        path = folder / f"{version.pk}.nii.gz"
        if not path.exists():
            write_mask(path, load_mask(version))
        made.append(LabelledCase(case.id, local_path(version.volume.nifti, suffix=".nii.gz"), path))
    return tuple(made)


def undrawn_files(cases: Sequence[TrainedCase]) -> tuple[UnlabelledCase, ...]:
    """The CT of each case that nobody has drawn."""
    rows = Volume.objects.select_related("nifti").in_bulk([UUID(case.volume) for case in cases])
    return tuple(
        UnlabelledCase(case.id, local_path(rows[UUID(case.volume)].nifti, suffix=".nii.gz"))
        for case in cases
        if UUID(case.volume) in rows
    )
