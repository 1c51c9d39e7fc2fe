"""The dens goes to C2, on two real atlases and axes as experts drew them, and nothing else does."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from backend.science.formats.nifti import read_mask
from backend.science.geometry import to_canonical
from inference.stages.dens import ATLAS, AXIS, dens_to_axis
from tests.science.real_data import real_data

MASKS = ("sub-gl003_dir-ax_seg-vert_msk.nii.gz", "sub-gl017_seg-vert_msk.nii.gz")
SPACING = (1.0, 1.0, 1.0)


def neck(*, dens_is: int) -> npt.NDArray[np.uint8]:
    """A ring with a peg inside, on a block with a spine behind: 1 mm voxels."""
    x, y, z = np.indices((60, 70, 60)) - np.array([30, 40, 0])[:, None, None, None]
    mask = np.zeros((60, 70, 60), np.uint8)
    away = np.hypot(x, y)
    mask[(away > 20) & (away < 26) & (z >= 30) & (z < 42)] = ATLAS
    mask[(np.abs(x) < 22) & (y > 0) & (y < 24) & (z >= 5) & (z < 22)] = AXIS
    mask[(np.abs(x) <= 5) & (y > 6) & (y < 17) & (z >= 22) & (z < 30)] = AXIS
    mask[(np.abs(x) <= 5) & (y > 6) & (y < 17) & (z >= 30) & (z < 40)] = dens_is
    return mask


def test_a_dens_that_was_given_to_the_atlas_goes_to_the_axis() -> None:
    mask = neck(dens_is=ATLAS)
    assert dens_to_axis(mask, SPACING) == 11 * 10 * 10
    assert np.array_equal(mask, neck(dens_is=AXIS))


def test_of_an_arch_that_has_grown_together_with_the_dens_the_front_stays_with_the_atlas() -> None:
    mask = neck(dens_is=ATLAS)
    x, y = np.indices((60, 70)) - np.array([30, 40])[:, None, None]
    between = (np.abs(x) <= 5) & (y >= 17) & (np.hypot(x, y) <= 20)
    mask[:, :, 30:40][between] = ATLAS
    dens_to_axis(mask, SPACING)
    dens = neck(dens_is=AXIS)[:, :, 30:40] == AXIS
    assert (mask[:, :, 30:40][dens] == AXIS).all()
    assert (mask[30, 40 + 18 :, 30:40] != AXIS).all()
    assert (mask[30, 40 + 25, 30:40] == ATLAS).all()


def test_an_atlas_without_a_dens_stays_as_it_is() -> None:
    mask = neck(dens_is=AXIS)
    assert dens_to_axis(mask, SPACING) == 0
    assert np.array_equal(mask, neck(dens_is=AXIS))


def test_what_does_not_hang_together_with_the_axis_stays() -> None:
    mask = neck(dens_is=ATLAS)
    mask[:, :, 22:30][mask[:, :, 22:30] == AXIS] = 0
    before = mask.copy()
    assert dens_to_axis(mask, SPACING) == 0
    assert np.array_equal(mask, before)
    lone = np.where(mask == ATLAS, mask, 0).astype(np.uint8)
    assert dens_to_axis(lone, SPACING) == 0


@pytest.mark.real_ct
@pytest.mark.slow
@pytest.mark.parametrize("name", MASKS)
def test_real_atlas_and_axis_come_apart_as_an_expert_draws_them(name: str) -> None:
    reference = to_canonical(read_mask(real_data(f"verse-masks/{name}")))
    true, spacing = reference.array, reference.geometry.spacing_mm
    grown = true.copy()
    # As the network draws them on thick slices: all from the lower edge of the atlas' front upwards is C1.
    middle = np.abs(np.arange(true.shape[0]) - np.median(np.argwhere(true == AXIS)[:, 0])) * spacing[0] < 3
    front = np.argwhere((true == ATLAS) & middle[:, None, None])
    front = front[front[:, 1] > front[:, 1].max() - 8 / spacing[1]]
    above = np.arange(true.shape[2]) >= front[:, 2].min()
    dens = (true == AXIS) & above[None, None]
    grown[dens] = ATLAS
    dens_to_axis(grown, spacing)
    # What stays with the atlas lies nearer to its front than an arch is thick in most people.
    assert (grown[dens] == AXIS).mean() > 0.8
    assert (grown[true == ATLAS] == ATLAS).mean() > 0.97
    assert ((grown > 0) == (true > 0)).all()
