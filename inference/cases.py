"""Labelled CTs on disk: what trains and what measures the engine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from backend.science import hu_values
from backend.science.errors import BadInput
from backend.science.formats.dicom import read_slice
from backend.science.formats.nifti import read_mask, read_volume_said
from backend.science.formats.pixels import decode_stack
from backend.science.formats.series_key import find_series
from backend.science.formats.stack import check_stack
from backend.science.geometry import to_canonical
from backend.science.volume import Mask, Volume


@dataclass(frozen=True)
class CaseFiles:
    """A CT (a NIfTI file, or a folder with one DICOM series) and its mask."""

    name: str
    ct: Path
    mask: Path

    def load(self) -> tuple[Volume, Mask]:
        """Read both, with their axes in closest canonical order (a mask may store those of its CT in
        another). Raises `BadInput` where the mask is not on the CT's grid."""
        volume, mask = to_canonical(read_ct(self.ct)), to_canonical(read_mask(self.mask))
        if not volume.geometry.matches(mask.geometry):
            raise BadInput("other_grid", f"{self.mask.name}: the mask is not on the grid of its CT")
        return volume, mask


def read_ct(path: Path) -> Volume:
    """Read a NIfTI file, or the largest series of a folder of DICOM files. Raises as `read_ct_said` does."""
    return read_ct_said(path)[0]


def read_ct_said(path: Path) -> tuple[Volume, list[str]]:
    """The same, with what should be said of the file, such as two transforms that differ.

    Raises `BadInput`: not_hounsfield for values that no CT has, and what reading raises.
    """
    if path.is_dir():
        volume, said = _largest_series(path), []
    else:
        volume, remarks = read_volume_said(path)
        said = [f"{path.name}: {remark.message}" for remark in remarks]
    try:
        doubt = hu_values.doubt(hu_values.require_hounsfield_values(volume.array))
    except BadInput as error:
        raise error.about(path) from error
    if doubt:
        said.append(f"{path.name}: {doubt}: the values may not be Hounsfield units")
    return volume, said


def _largest_series(folder: Path) -> Volume:
    slices = [read_slice(file, file.name) for file in sorted(folder.iterdir()) if file.is_file()]
    if not slices:
        raise BadInput("no_slices", f"{folder.name}: the folder holds no DICOM file")
    largest = max(find_series(slices), key=lambda part: len(part.slices))
    stack = check_stack(largest.slices)
    return decode_stack(stack.slices, stack.geometry).volume
