"""Clicks change what they point at, and nothing that is somebody else's."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pytest
import torch
from scipy import ndimage

from backend.science.errors import BadInput
from backend.science.volume import Mask, Volume
from inference import loading
from inference.clickfield import kept_whole
from inference.evaluation import dice
from inference.refine import Click, Looks, Refined, refine_vertebra
from inference.synthesis import Phantom
from inference.weights import WeightFile, WeightSet
from tests.inference.conftest import KnowingSegmenter
from tests.inference.test_engine import turned

L3 = 22


@dataclass
class Case:
    """L3 whose spinous process both the network and the mask have missed."""

    network: KnowingSegmenter

    volume: Volume
    mask: Mask
    true: npt.NDArray[np.bool_]
    missed: npt.NDArray[np.bool_]
    centre: tuple[float, float, float]
    weights: WeightSet
    looks: Looks = field(default_factory=Looks)

    def click(self, where: npt.NDArray[np.bool_], positive: bool) -> Click:
        """A click into the middle of some voxels."""
        voxels = np.argwhere(where)
        middle = voxels[np.linalg.norm(voxels - voxels.mean(axis=0), axis=1).argmin()]
        x, y, z = self.mask.geometry.voxel_to_ras_mm(middle)
        return Click((float(x), float(y), float(z)), positive)

    def without(self, label: int) -> None:
        """Leave a level without a voxel."""
        self.mask = Mask(self.mask.geometry, np.where(self.mask.array == label, 0, self.mask.array))

    def first(self, *clicks: Click) -> Refined:
        """Clicks on a level whose place nobody tells."""
        return refine_vertebra(self.volume, self.mask, L3, clicks, weights=self.weights, looks=self.looks)

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


@pytest.fixture(scope="module")
def missed(lumbar: Phantom) -> npt.NDArray[np.bool_]:
    """The spinous process of L3."""
    out = np.array(lumbar.mask.array == L3)
    out[:, int(np.argwhere(out)[:, 1].min()) + 14 :] = False
    return out


@pytest.fixture(scope="module")
def network(lumbar: Phantom, missed: npt.NDArray[np.bool_]) -> KnowingSegmenter:
    out = KnowingSegmenter(lumbar, hidden=missed)
    out.answers = [answer for answer in out.answers if answer.label == L3]
    return out


@pytest.fixture
def case(
    lumbar: Phantom,
    network: KnowingSegmenter,
    missed: npt.NDArray[np.bool_],
    stand_in_weights: WeightSet,
    monkeypatch: pytest.MonkeyPatch,
) -> Case:
    true = lumbar.mask.array == L3
    monkeypatch.setattr(loading, "load_network", lambda file, device: network)
    array = np.where(missed, 0, lumbar.mask.array).astype(np.uint8)
    mask = Mask(lumbar.mask.geometry, array)
    return Case(network, lumbar.volume, mask, true, missed, lumbar.centroids_ras_mm[L3], stand_in_weights)


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


def test_every_click_is_kept_to_whatever_comes_after_it(case: Case) -> None:
    rng = np.random.default_rng(3)
    rim = np.argwhere(ndimage.binary_dilation(case.true, iterations=2) & (case.mask.array != L3 - 1))
    some = rim[rng.choice(len(rim), 10, replace=False)]
    voxels = [voxel for voxel in some if case.mask.array[tuple(voxel)] in (0, L3)]
    clicks = [case.click(at_voxel(case.true, voxel), bool(n % 2)) for n, voxel in enumerate(voxels)]
    got = case.pasted(case.refine(*clicks))
    assert [bool(got[tuple(voxel)]) for voxel in voxels] == [bool(n % 2) for n in range(len(voxels))]


def at_voxel(like: npt.NDArray[np.bool_], voxel: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    where = np.zeros_like(like)
    where[tuple(voxel)] = True
    return where


def test_hollows_and_specks_that_were_there_stay_and_new_ones_go() -> None:
    drawn = np.zeros((20, 20, 20), bool)
    drawn[4:12, 4:12, 4:12] = True
    drawn[7, 7, 7] = False
    drawn[16, 16, 16] = True
    after = drawn.copy()
    after[9, 9, 9] = after[5, 9, 9] = False
    after[1, 1, 1] = after[18, 2, 2] = True
    got = kept_whole(
        np.where(after, 1, -1).astype(np.float32), drawn, [((18, 2, 2), True), ((5, 9, 9), False)]
    )
    expected = drawn.copy()
    expected[18, 2, 2], expected[5, 9, 9] = True, False
    assert np.array_equal(got, expected)


def test_what_a_click_cuts_off_goes_with_it() -> None:
    drawn = np.zeros((24, 8, 8), bool)
    drawn[2:12, 2:6, 2:6] = drawn[14:18, 2:6, 2:6] = True
    drawn[12:14, 3, 3] = True
    odds = np.where(drawn, 1, -1).astype(np.float32)
    odds[12] = -1
    assert not kept_whole(odds, drawn, [((12, 3, 3), False)])[12:].any()


def test_the_first_click_on_an_empty_level_draws_the_vertebra_that_is_there(case: Case) -> None:
    case.without(L3)
    body = case.true & ~case.missed
    near = case.mask.geometry.ras_mm_to_voxel(case.centre) + 2
    click = case.click(at_voxel(body, np.rint(near).astype(int)), True)
    got = case.pasted(case.first(click))
    assert dice(got, body) > 0.85
    assert not (got & (case.mask.array > 0)).any()
    more = case.pasted(case.first(click, case.click(case.missed, True)))
    assert dice(more, case.true) > dice(got, case.true)


def test_clicks_on_one_vertebra_ask_the_network_once(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[WeightFile] = []

    def load(file: WeightFile, device: str) -> KnowingSegmenter:
        asked.append(file)
        return case.network

    monkeypatch.setattr(loading, "load_network", load)
    first, second = case.click(case.missed, True), case.click(case.true & ~case.missed, True)
    case.first(first)
    case.first(first, second)
    assert len(asked) == 1


class _SeesNothing(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.full_like(x[:, :1], -9.0)


def test_where_no_vertebra_is_to_be_drawn_a_first_click_says_why(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    case.without(L3)
    body = case.click(case.true & ~case.missed, True)
    l2 = case.click(case.mask.array == L3 - 1, True)
    assert code_of(case, l2) == "taken"
    assert code_of(case, Click(body.point_ras_mm, False)) == "no_centre"
    case.mask = Mask(case.mask.geometry, np.where(case.true, L3 + 2, case.mask.array).astype(np.uint8))
    emptied = at_voxel(case.true, np.argwhere(case.true & ~case.missed).mean(axis=0).astype(int))
    case.mask.array[emptied] = 0
    assert code_of(case, case.click(emptied, True)) == "taken"
    case.without(L3 + 2)
    monkeypatch.setattr(loading, "load_network", lambda file, device: _SeesNothing())
    case.looks = Looks()
    assert code_of(case, body) == "nothing_there"


def code_of(case: Case, *clicks: Click) -> str:
    with pytest.raises(BadInput) as refused:
        case.first(*clicks)
    return refused.value.code


@pytest.mark.parametrize(
    ("clicks", "code"),
    [([], "no_clicks"), ([Click((900.0, 0.0, 0.0), True)], "click_outside")],
    ids=["none", "far away"],
)
def test_clicks_that_make_no_sense_are_refused(case: Case, clicks: list[Click], code: str) -> None:
    with pytest.raises(BadInput) as refused:
        case.refine(*clicks)
    assert refused.value.code == code
