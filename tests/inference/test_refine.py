"""Clicks change what they point at, and nothing that is somebody else's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest

from backend.science.errors import BadInput
from backend.science.volume import Mask, Volume
from inference import loading
from inference.evaluation import dice
from inference.refine import Click, Refined, refine_vertebra
from inference.synthesis import Phantom
from inference.weights import WeightSet
from tests.inference.conftest import KnowingSegmenter
from tests.inference.test_engine import turned

L3 = 22


@dataclass
class Case:
    """L3 whose spinous process both the network and the mask have missed."""

    volume: Volume
    mask: Mask
    true: npt.NDArray[np.bool_]
    missed: npt.NDArray[np.bool_]
    centre: tuple[float, float, float]
    weights: WeightSet

    def click(self, where: npt.NDArray[np.bool_], positive: bool) -> Click:
        """A click into the middle of some voxels."""
        voxels = np.argwhere(where)
        middle = voxels[np.linalg.norm(voxels - voxels.mean(axis=0), axis=1).argmin()]
        x, y, z = self.mask.geometry.voxel_to_ras_mm(middle)
        return Click((float(x), float(y), float(z)), positive)

    def refine(self, *clicks: Click) -> Refined:
        return refine_vertebra(
            self.volume, self.mask, L3, clicks, centroid_ras_mm=self.centre, weights=self.weights
        )

    def pasted(self, refined: Refined) -> npt.NDArray[np.bool_]:
        out = np.array(self.mask.array == L3)
        out[tuple(slice(o, o + n) for o, n in zip(refined.origin, refined.inside.shape, strict=True))] = (
            refined.inside
        )
        return out


@pytest.fixture
def case(lumbar: Phantom, stand_in_weights: WeightSet, monkeypatch: pytest.MonkeyPatch) -> Case:
    true = lumbar.mask.array == L3
    behind = int(np.argwhere(true)[:, 1].min()) + 14
    missed = true.copy()
    missed[:, behind:] = False
    network = KnowingSegmenter(lumbar, hidden=missed)
    network.answers = [answer for answer in network.answers if answer.label == L3]
    monkeypatch.setattr(loading, "load_network", lambda file, device: network)
    array = np.where(missed, 0, lumbar.mask.array).astype(np.uint8)
    mask = Mask(lumbar.mask.geometry, array)
    return Case(lumbar.volume, mask, true, missed, lumbar.centroids_ras_mm[L3], stand_in_weights)


def test_a_click_brings_back_a_missed_process(case: Case) -> None:
    refined = case.refine(case.click(case.missed, True))
    got = case.pasted(refined)
    before, after = dice(case.mask.array == L3, case.true), dice(got, case.true)
    assert (got & case.missed).sum() > 0.5 * case.missed.sum()
    assert after > before
    assert not (got & (case.mask.array > 0) & (case.mask.array != L3)).any()


def test_a_click_takes_away_what_does_not_belong(case: Case) -> None:
    wrong = np.zeros_like(case.true)
    low = np.argwhere(case.true).min(axis=0)
    wrong[low[0] + 2 : low[0] + 7, low[1] + 20 : low[1] + 25, low[2] + 6 : low[2] + 11] = True
    wrong &= case.mask.array == 0
    case.mask = Mask(case.mask.geometry, np.where(wrong, L3, case.mask.array).astype(np.uint8))
    got = case.pasted(case.refine(case.click(wrong, False)))
    assert (got & wrong).sum() < 0.3 * wrong.sum()


def test_nothing_far_from_the_clicks_changes(case: Case) -> None:
    got = case.pasted(case.refine(case.click(case.missed, True)))
    changed = np.argwhere(got != (case.mask.array == L3))
    middle = np.argwhere(case.missed).mean(axis=0)
    away = np.linalg.norm((changed - middle) * case.mask.geometry.spacing_mm, axis=1)
    assert away.max() < 45


def test_the_answer_does_not_depend_on_the_order_of_the_axes(case: Case) -> None:
    click = case.click(case.missed, True)
    straight = case.pasted(case.refine(click))
    order, flips = (2, 0, 1), (1, -1, -1)
    whole = turned(Volume(case.mask.geometry, case.mask.array), order, flips)
    case.volume, case.mask = turned(case.volume, order, flips), Mask(whole.geometry, whole.array)
    other = case.pasted(case.refine(click))
    back = other[:, ::-1, ::-1].transpose(np.argsort(order))
    assert np.array_equal(back, straight)


@pytest.mark.parametrize(
    ("clicks", "code"),
    [([], "no_clicks"), ([Click((900.0, 0.0, 0.0), True)], "click_outside")],
    ids=["none", "far away"],
)
def test_clicks_that_make_no_sense_are_refused(case: Case, clicks: list[Click], code: str) -> None:
    with pytest.raises(BadInput) as refused:
        case.refine(*clicks)
    assert refused.value.code == code
