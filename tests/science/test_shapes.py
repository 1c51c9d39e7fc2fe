"""A vertebra is the same, or it is not: its digest tells; and the levels that a sentence names."""

from __future__ import annotations

import numpy as np
import pytest

from backend.science.labels import label_of
from backend.science.named_levels import levels_named
from backend.science.shapes import shape_digests


def spine() -> np.ndarray:
    mask = np.zeros((12, 10, 20), np.uint8, order="F")
    mask[2:8, 2:8, 2:8] = 20
    mask[2:8, 2:8, 10:16] = 21
    return mask


def test_a_digest_follows_voxels_and_name_of_its_own_vertebra_alone() -> None:
    mask = spine()
    before = shape_digests(mask)
    assert set(before) == {20, 21}
    painted = mask.copy(order="F")
    painted[7, 7, 15] = 0
    after = shape_digests(painted)
    assert after[20] == before[20]
    assert after[21] != before[21]
    renamed = np.where(mask == 21, 22, mask).astype(np.uint8)
    assert shape_digests(renamed)[22] != before[21]
    assert shape_digests(np.ascontiguousarray(mask)) == before, "however the voxels lie in memory"


def test_the_same_shape_elsewhere_is_another() -> None:
    mask = spine()
    assert shape_digests(np.roll(mask, 1, axis=2))[20] != shape_digests(mask)[20]
    swapped = np.where(mask == 20, 21, np.where(mask == 21, 20, mask)).astype(np.uint8)
    assert not set(shape_digests(swapped).values()) & set(shape_digests(mask).values())


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Mend L1", "L1"),
        ("the arch of T11, and l2-L4", "T11 L2 L3 L4"),
        ("T11 to L1 are one too high", "T11 T12 L1"),
        ("T11 - T13", "T11 T12 T13"),
        ("L4\u2013L2: gaps", "L2 L3 L4"),
        ("T10 and T1", "T10 T1"),
        ("Leak into the sacrum", "S"),
        ("It's the L5S1 disc; T14, XL1 and C99 are none", ""),
        ("Everything is cut", ""),
    ],
)
def test_levels_named_in_a_sentence(text: str, names: str) -> None:
    assert levels_named(text) == {label_of(name) for name in names.split()}
