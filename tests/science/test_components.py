"""Pieces of masks against `scipy.ndimage.label`, however thin the mask is."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import ndimage

from backend.science.components import pieces_of

Connectivity = Literal[6, 26]


def same(inside: np.ndarray, connectivity: Connectivity) -> None:
    structure = ndimage.generate_binary_structure(3, 1 if connectivity == 6 else 3)
    expected, count = ndimage.label(inside, structure)
    pieces, found = pieces_of(inside, connectivity)
    assert (found, pieces.shape) == (count, inside.shape)
    pairs = {(int(a), int(b)) for a, b in zip(pieces.ravel(), expected.ravel(), strict=True)}
    assert len(pairs) == count + int(not inside.all()), "one to one"
    assert ((pieces > 0) == inside).all()


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 3, 1), (3, 1, 1)])
@pytest.mark.parametrize("order", ["C", "F"])
def test_two_voxels_in_a_row_with_a_gap_are_two_pieces(
    shape: tuple[int, int, int], order: Literal["C", "F"]
) -> None:
    row = np.array([True, False, True]).reshape(shape, order=order)
    same(np.asarray(row, order=order), 26)
    padded = np.zeros([n + 2 for n in shape], bool, order=order)
    padded[1:-1, 1:-1, 1:-1] = row
    same(padded[1:-1, 1:-1, 1:-1], 26)


@settings(deadline=None, max_examples=200)
@given(
    arrays.arrays(np.bool_, st.tuples(*[st.integers(1, 5)] * 3)),
    st.sampled_from([6, 26]),
    st.sampled_from("CF"),
)
def test_pieces_are_those_of_scipy(
    inside: np.ndarray, connectivity: Connectivity, order: Literal["C", "F"]
) -> None:
    same(np.asarray(inside, order=order), connectivity)
