"""A mask on its way to a program on somebody's desktop, and back: 3D Slicer, ITK-SNAP and their like."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from backend.science.errors import BadInput
from backend.science.formats import nifti
from backend.science.formats.label_table import itk_snap_table, slicer_table
from backend.science.formats.nifti_grid import Remark
from backend.science.formats.nrrd import MAGIC, is_nrrd
from backend.science.formats.segmentation import read_segmentation, segmentation_bytes
from backend.science.labels import VALID_LABELS
from backend.science.numbering import apply_numbering, needs_confirmation, numbering_called
from backend.science.numbering_proposal import NumberingProposal
from backend.science.placing import grids_differ, require_on
from backend.science.reading import numbering_remarks, proposals_for, question
from backend.science.volume import Mask, label_voxels

# Of the voxels that both masks draw, the share that must have kept its number: less, and the numbers of the
# file are others than those of the mask that was handed out.
KEPT_SHARE = 0.5
CT = "the task's CT"
# A web process reads these files: none may unpack to much more than its CT. Extents that are larger than the
# CT's, and segments that overlap, do a little.
MOST_GRIDS = 2
MOST_LAYERS = 8


@dataclass(frozen=True, slots=True, eq=False)
class EditedMask:
    """A mask that came back: in VerSe's numbers, on the grid that it was handed out on, with remarks."""

    mask: Mask
    remarks: tuple[Remark, ...]


class NumbersUnclear(BadInput):
    """Nobody can tell which levels the numbers of a file are; ``proposals`` are the readings."""

    def __init__(self, proposals: tuple[NumberingProposal, ...]) -> None:
        self.proposals = proposals
        super().__init__("numbering_unconfirmed", question(proposals))


def files_for(mask: Mask, *, stem: str) -> dict[str, bytes]:
    """What opens a mask of VerSe's numbers with names and colours, by the files' names.

    ``STEM.nii.gz`` with its tables ``STEM.label`` (ITK-SNAP) and ``STEM_ColorTable.ctbl`` (3D Slicer), and
    ``STEM.seg.nrrd`` (3D Slicer, with names, colours and terminology in it).
    """
    return {
        f"{stem}.nii.gz": nifti.mask_bytes(mask),
        f"{stem}.seg.nrrd": segmentation_bytes(mask),
        f"{stem}.label": itk_snap_table().encode(),
        f"{stem}_ColorTable.ctbl": slicer_table().encode(),
    }


def read_edited(path: Path, *, base: Mask, numbering: str | None = None) -> EditedMask:
    """A mask that was edited elsewhere, from NIfTI or ``.seg.nrrd``, on the grid of ``base``.

    Segments are known by terminology and name. The numbers of a NIfTI are VerSe's where they are levels and
    at least half of the voxels that both masks draw kept theirs; otherwise ``numbering`` has to say
    whose they are. Axes may be in another order and the extent cut to what is drawn; nothing is resampled.

    Raises
    ------
    NumbersUnclear
        the numbers may mean several things.
    BadInput
        ``other_grid``; what `segmentation.read_segmentation`, `nifti.read_mask` and
        `numbering.numbering_called` raise.
    """
    with path.open("rb") as stream:
        start = stream.read(len(MAGIC))
    if is_nrrd(start):
        found, remarks = read_segmentation(path, max_bytes=MOST_LAYERS * base.array.size)
        return EditedMask(_placed(found, base, path), tuple(remarks))
    grid = nifti.read_grid(path)
    if math.prod(grid.shape) > MOST_GRIDS * base.array.size:
        raise BadInput("other_grid", grids_differ(grid, base.geometry, of=CT), source=path)
    found, remarks = nifti.read_mask_said(path, labels=None)
    placed = _placed(found, base, path)
    if numbering is None and _kept_numbers(base, placed):
        return EditedMask(placed, tuple(remarks))
    chosen = _reading(found, path, numbering)
    return EditedMask(apply_numbering(placed, chosen.mapping), (*remarks, *numbering_remarks(chosen)))


def _placed(found: Mask, base: Mask, path: Path) -> Mask:
    return require_on(found, base.geometry, of=CT, source=path.name)


def _kept_numbers(base: Mask, edited: Mask) -> bool:
    """Whether a mask has the numbers of the one that was handed out."""
    if not set(label_voxels(edited.array)) <= VALID_LABELS:
        return False
    both = (base.array != 0) & (edited.array != 0)
    drawn = int(np.count_nonzero(both))
    same = int(np.count_nonzero(both & (base.array == edited.array)))
    return drawn > 0 and same >= KEPT_SHARE * drawn


def _reading(found: Mask, path: Path, numbering: str | None) -> NumberingProposal:
    try:
        if numbering is not None:
            return numbering_called(numbering, found)
        proposals = proposals_for(found, path.name)
        if needs_confirmation(proposals):
            raise NumbersUnclear(proposals)
        return proposals[0]
    except NumbersUnclear:
        raise
    except BadInput as error:
        raise error.about(path) from error
