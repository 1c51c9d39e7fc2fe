"""Whether a vertebra is the same in two masks of one grid, told by a short digest of each."""

from __future__ import annotations

import hashlib

import numpy as np

from backend.science.volume import MaskArray

_DIGEST_BYTES = 12


def shape_digests(mask: MaskArray) -> dict[int, str]:
    """A digest of each label's name and voxels, in hex.

    Two masks of one grid give a label the same digest where exactly the same voxels have it. What surrounds
    the vertebra makes no odds.
    """
    from scipy import ndimage  # here: no process waits for it at its start

    found: dict[int, str] = {}
    # read in the order in which it lies in memory: ten times as fast where that is Fortran's
    boxes = [box and box[::-1] for box in ndimage.find_objects(mask.T)]
    for label, box in enumerate(boxes, start=1):
        if box is None:
            continue
        inside = mask[box] == label
        digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
        corner = [span.start for span in box]
        digest.update(repr((label, corner, list(inside.shape))).encode())
        digest.update(np.packbits(inside.ravel(order="F")).tobytes())
        found[label] = digest.hexdigest()
    return found
