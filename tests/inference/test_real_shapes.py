"""The weights that ship on the shapes of a real thoracolumbar spine that they never saw.

Of `verse004` only the mask is at hand, so that its CT is painted: trabecular and cortical bone, soft tissue,
fat, lungs, noise. Shapes, postures and the collapsed L1 are real; ribs, sacrum and scanner are not there.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from backend.science.formats.nifti import read_mask
from backend.science.geometry import to_canonical
from backend.science.labels import sort_labels
from backend.science.volume import Mask, Volume
from inference.centres import mask_centres
from inference.engine import SpineEngine
from inference.evaluation import dice, run_engine
from tests.science.real_data import real_data

pytestmark = pytest.mark.slow


def painted(mask: Mask) -> Volume:
    """A CT of the mask in canonical order."""
    spacing = np.array(mask.geometry.spacing_mm)
    bone = mask.array > 0
    places = np.indices(bone.shape, dtype=np.float32)
    at = np.argwhere(bone).mean(axis=0)
    x, y = ((places[axis] - at[axis]) * spacing[axis] for axis in (0, 1))
    depth = (x / 170) ** 2 + ((y - 50) / 130) ** 2
    lungs = (np.abs(x) > 35) & (((np.abs(x) - 85) / 55) ** 2 + ((y - 55) / 80) ** 2 < 1)
    lungs &= places[2] > bone.shape[2] - 150 / spacing[2]
    rng = np.random.default_rng(0)
    hu = np.select([depth > 1, lungs, depth > 0.85], [-1000, -850, -100], 45).astype(np.float32)
    texture = 300 * ndimage.gaussian_filter(rng.standard_normal(bone.shape).astype(np.float32), 2)
    shell = ndimage.distance_transform_edt(bone, sampling=spacing) < 1.2
    hu[bone] = np.where(shell, 420, 130 + texture)[bone]
    noisy = ndimage.gaussian_filter(hu, 0.6 / spacing) + rng.normal(0, 20, bone.shape)
    return Volume(mask.geometry, noisy.astype(np.int16))


@pytest.mark.real_ct
def test_nine_vertebrae_of_a_painted_real_spine_are_found_and_named_in_order() -> None:
    reference = to_canonical(read_mask(real_data("verse004/sub-verse004_seg-vert_msk.nii.gz")))
    result = run_engine(SpineEngine(), painted(reference), {})
    levels = list(range(16, 25))
    assert sort_labels(result.centroids_ras_mm) == levels
    assert result.report["naming"]["statement"].startswith("T9 to L5: the naming is a guess")
    true = mask_centres(reference, levels)
    for label, centre in true.items():
        assert np.linalg.norm(np.subtract(result.centroids_ras_mm[label], centre)) < 5
    scores = [dice(result.mask.array == label, reference.array == label) for label in levels]
    assert len(true) >= 8
    assert min(scores) > 0.8
    assert np.mean(scores) > 0.87
