"""One scan is known by its voxels, however they are stored."""

from __future__ import annotations

import hashlib
import itertools

import numpy as np
import pytest

from backend.science.pixels import pixel_digest
from backend.science.volume import Volume, VolumeGeometry


def digest(array: np.ndarray, affine: np.ndarray | None = None) -> str:
    geometry = VolumeGeometry(array.shape, np.eye(4) if affine is None else affine)
    return pixel_digest(Volume(geometry, np.asfortranarray(array)))


@pytest.fixture(scope="module")
def array() -> np.ndarray:
    return np.random.default_rng(4).integers(-1024, 3000, (7, 6, 5)).astype(np.int16)


def test_axis_order_direction_and_place_do_not_matter(array: np.ndarray) -> None:
    expected = digest(array)
    assert digest(array, np.diag([0.7, 0.7, 3.0, 1.0])) == expected
    for order in itertools.permutations(range(3)):
        for flips in itertools.product((1, -1), repeat=3):
            turned = array.transpose(order)[tuple(slice(None, None, step) for step in flips)]
            assert digest(turned) == expected


def test_one_voxel_more_or_less_of_anything_matters(array: np.ndarray) -> None:
    expected = digest(array)
    changed = array.copy()
    changed[3, 2, 1] += 1
    assert digest(changed) != expected
    swapped = array.copy()  # the same values, two of them in each other's place
    swapped[0, 0, 0], swapped[6, 5, 4] = array[6, 5, 4], array[0, 0, 0]
    assert digest(swapped) != expected
    assert digest(array[:, :, 1:]) != expected
    rolled = np.roll(array, 1, axis=2)
    assert digest(rolled) != expected


def test_the_extremes_of_int16_are_counted() -> None:
    low, high = np.full((2, 2, 2), -(1 << 15), np.int16), np.full((2, 2, 2), (1 << 15) - 1, np.int16)
    assert digest(low) != digest(high)


def test_the_digest_is_what_stored_ones_were_made_by() -> None:
    """Digests are kept and compared for years: worked out here once more, step by step, for three voxels."""
    counts = [0] * 65536
    for value in (-1000, 5, 7):
        counts[32768 + value] += 1
    # the profiles along the axes, the shortest first: one slice with the sum of all (twice), three slices
    # read from their lesser end
    profiles = [[1, -988], [1, -988], [3, -1000, 5, 7]]
    content = b"".join(np.array(part, "<i8").tobytes() for part in (counts, *profiles))
    array = np.array([7, 5, -1000], np.int16).reshape(1, 3, 1)
    assert digest(array) == hashlib.sha256(content).hexdigest()
