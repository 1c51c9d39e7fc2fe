"""Connected pieces of a mask."""

from __future__ import annotations

from typing import Any, Literal

import cc3d
import numpy as np
import numpy.typing as npt


def pieces_of(inside: npt.NDArray[np.bool_], connectivity: Literal[6, 26]) -> tuple[npt.NDArray[Any], int]:
    """The pieces of a mask, numbered from 1 (0 is outside), and how many there are.

    cc3d 4.1 counts on too few pieces where two axes have one voxel ("maximum length exception"): such a row
    of voxels gets a neighbour of air.
    """
    thin = [axis for axis, length in enumerate(inside.shape) if length == 1]
    if len(thin) < 2:
        pieces, count = cc3d.connected_components(inside, connectivity=connectivity, return_N=True)
        return pieces, int(count)
    beside = [(0, int(axis == thin[0])) for axis in range(inside.ndim)]
    pieces, count = cc3d.connected_components(
        np.pad(inside, beside), connectivity=connectivity, return_N=True
    )
    return np.take(pieces, [0], axis=thin[0]), int(count)
