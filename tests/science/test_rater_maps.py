"""Maps of what several raters made of each voxel, held against numbers worked out by hand."""

from __future__ import annotations

import gzip

import nibabel as nib
import numpy as np
import pytest

from backend.science.formats.nifti import map_bytes
from backend.science.rater_maps import DISAGREEMENT, PROBABILITY, disagreement_map, probability_map
from backend.science.volume import MaskArray, VolumeGeometry

# five voxels: all agree; one left it out; all name it otherwise; two names; nothing but in the released mask
RELEASED, A, B, C = (
    np.array(row, dtype=np.uint8).reshape(5, 1, 1)
    for row in ([20, 20, 20, 0, 21], [20, 20, 19, 20, 0], [20, 0, 19, 21, 0], [20, 20, 19, 0, 0])
)
RATERS: list[MaskArray] = [A, B, C]


def test_disagreement_is_the_share_that_differs_from_the_released_mask() -> None:
    found = disagreement_map(RELEASED, RATERS)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.ravel(), [0, 1 / 3, 1, 2 / 3, 1], rtol=1e-6)


def test_probability_is_the_share_that_marked_any_vertebra() -> None:
    found = probability_map(RATERS)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.ravel(), [1, 2 / 3, 1, 2 / 3, 0], rtol=1e-6)


def test_a_share_of_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="one rater"):
        probability_map([])


def test_a_map_says_in_its_header_what_it_is() -> None:
    """And is the same bytes when written again, on the very grid it was given."""
    affine = np.diag([0.7, 0.8, 2.0, 1.0])
    affine[:3, 3] = (-11.5, 3.25, 40)
    geometry = VolumeGeometry((5, 1, 1), affine)
    values = disagreement_map(RELEASED, RATERS)
    for said in (DISAGREEMENT, PROBABILITY):
        data = map_bytes(geometry, values, said)
        assert data == map_bytes(geometry, values, said)
        image = nib.Nifti1Image.from_bytes(gzip.decompress(data))
        assert bytes(image.header["descrip"].tobytes()).rstrip(b"\0").decode() == said
        np.testing.assert_array_equal(np.asarray(image.dataobj), values)
        np.testing.assert_allclose(image.affine, affine, atol=1e-5)
    with pytest.raises(ValueError, match="79"):
        map_bytes(geometry, values, "x" * 80)
