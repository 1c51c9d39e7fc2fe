"""Other people's label numbers as VerSe numbers. Voxels get other numbers, never other places."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from backend.science.errors import BadInput
from backend.science.geometry import MaskMethod, resample_mask
from backend.science.labels import SACRUM, VALID_LABELS, label_of
from backend.science.volume import Mask, MaskArray, VolumeGeometry

_PREFIX = re.compile(r"^(vertebrae|vertebra|vert)[\s_-]+", re.IGNORECASE)
_SACRUM = frozenset({"S", "S1", "SACRUM"})


def verse_label(name: str) -> int | None:
    """The VerSe number of a structure's name (``vertebrae_L5``, ``T12``, ``sacrum``), else None."""
    bare = _PREFIX.sub("", name.strip()).upper()
    if bare in _SACRUM:
        return SACRUM
    try:
        return label_of(bare)
    except KeyError:
        return None


def table_from_names(labels: Mapping[str, Any]) -> dict[int, int]:
    """From ``{"background": 0, "vertebrae_L5": 1}`` (nnU-Net's dataset.json) to ``{1: 24}``.

    Structures that are no vertebra are left out. Raises `BadInput` where no name is a vertebra's, and for
    regions (lists of numbers), which nnU-Net allows but which say nothing of single voxels.
    """
    table = {}
    for name, number in labels.items():
        verse = verse_label(name)
        if verse is None:
            continue
        if not isinstance(number, int):
            raise BadInput("regions", f"the label {name!r} is a region of several numbers: not supported")
        table[number] = verse
    if not table:
        raise BadInput("no_vertebra_names", "none of the labels' names is a vertebra's, such as vertebrae_L1")
    return table


def relabel(array: MaskArray, table: Mapping[int, int]) -> MaskArray:
    """The array with each number replaced; numbers that the table does not hold become background."""
    lookup = np.zeros(256, np.uint8)
    for number, verse in table.items():
        if verse not in VALID_LABELS:
            raise BadInput("unknown_labels", f"{verse} names no vertebra")
        lookup[number] = verse
    return np.asfortranarray(lookup[array])


def verse_table() -> dict[int, int]:
    """For programs that write VerSe numbers already."""
    return {label: label for label in VALID_LABELS}


def on_grid(mask: Mask, geometry: VolumeGeometry, method: MaskMethod = "nearest") -> Mask:
    """The mask on the CT's grid; its axes may be stored in another order, its voxels may be of another size.

    A mask on the CT's own grid is returned voxel for voxel, so heights stay what the program made them.
    """
    if mask.geometry.matches(geometry):
        return Mask(geometry, np.asfortranarray(mask.array))
    return resample_mask(mask, geometry, method=method)
