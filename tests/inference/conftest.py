"""Phantoms, and networks that know the answer: they test what is round the networks without weights."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.ndimage import affine_transform
from torch import Tensor, nn

from backend.science.geometry import to_canonical
from inference.levels import CLASS_OF, CLASSES
from inference.patches import (
    AIR_HU,
    PATCH_SHAPE,
    PATCH_SPACING_MM,
    TILE_SHAPE,
    WIDE_SPACING_MM,
    cut,
    normalise,
    patch_origin,
)
from inference.sampling import IsoGrid, cubic, linear, make_isotropic, sample_block
from inference.stages.label import LEAST_LENGTH
from inference.stages.localise import tile_starts
from inference.stages.project import line_from_bodies
from inference.stance import Turn, turns
from inference.synthesis import Phantom, fast_spec, make_phantom
from inference.training.samples import centre_map
from inference.weights import NETWORKS, WeightFile, WeightSet

ROOM = 12
NEARBY = np.array(list(itertools.product(range(-3, 4), repeat=3)))


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Small networks gain nothing from more threads, and lose much where other work runs beside the tests."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def lumbar() -> Phantom:
    """L1-L5 and the sacrum, labelled."""
    return make_phantom(fast_spec(11, label_sacrum=True))


@pytest.fixture(scope="session")
def single() -> Phantom:
    """One labelled vertebra in a small field of view."""
    return make_phantom(fast_spec(2, first="L3", last="L3", shape=(64, 80, 60)))


def _logit(probability: np.ndarray) -> Tensor:
    return torch.logit(torch.from_numpy(np.clip(probability, 1e-3, 1 - 1e-3).astype(np.float32)))


class KnowingLocaliser(nn.Module):
    """Gives the maps of one phantom that fits into one tile, whatever the image."""

    def __init__(self, phantom: Phantom) -> None:
        super().__init__()
        mask = to_canonical(phantom.mask)
        grid = IsoGrid(mask.geometry, WIDE_SPACING_MM)
        start = [tile_starts(n, size)[0] for n, size in zip(grid.shape, TILE_SHAPE, strict=True)]
        shares = {
            int(label): make_isotropic((mask.array == label).astype(np.uint8), grid)
            for label in np.unique(mask.array)
            if label
        }
        bone = np.sum(list(shares.values()), axis=0)
        centres = np.array(
            [grid.from_source(mask.geometry.ras_mm_to_voxel(p)) for p in phantom.centroids_ras_mm.values()]
        )
        peaks = centre_map(grid.shape, centres)
        index = np.indices(grid.shape).reshape(3, -1).T
        deep = np.min([np.linalg.norm(index - c, axis=1) for c in centres], axis=0).reshape(grid.shape) < 4
        body = np.where(deep, bone, 0).astype(np.float32)
        maps = [cut(m, start, TILE_SHAPE, 0) for m in (bone, body, peaks, np.zeros_like(bone))]
        levels = np.full((len(CLASSES), *(n // 2 for n in TILE_SHAPE)), 0.01, np.float32)
        for label, share in shares.items():
            levels[CLASS_OF[label]] += cut(share, start, TILE_SHAPE, 0)[::2, ::2, ::2]
        self.maps, self.levels = _logit(np.stack(maps))[None], torch.log(torch.from_numpy(levels))[None]

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.maps, self.levels


class KnowingLabeller(nn.Module):
    """Gives the phantom's centres and levels along the line that its bodies have."""

    def __init__(self, phantom: Phantom, localiser: KnowingLocaliser) -> None:
        super().__init__()
        geometry = to_canonical(phantom.mask).geometry
        grid = IsoGrid(geometry, WIDE_SPACING_MM)
        start = [tile_starts(n, size)[0] for n, size in zip(grid.shape, TILE_SHAPE, strict=True)]
        body = torch.sigmoid(localiser.maps[0, 1]).numpy()
        seen = cut(body, [-s for s in start], grid.shape, 0)
        line = line_from_bodies(seen)
        assert line is not None
        self.centre = np.zeros(LEAST_LENGTH, np.float32)
        self.levels = np.full((len(CLASSES), LEAST_LENGTH), 0.01, np.float32)
        lowest = LEAST_LENGTH
        for label, point in phantom.centroids_ras_mm.items():
            z = float(grid.from_source(geometry.ras_mm_to_voxel(point))[2]) - line.bottom
            near = np.exp(-((np.arange(LEAST_LENGTH) - z) ** 2) / 3)
            self.centre = np.maximum(self.centre, near.astype(np.float32))
            self.levels[CLASS_OF[label], max(0, round(z) - 4) : round(z) + 5] += 1
            lowest = min(lowest, round(z))
        self.levels[CLASS_OF[26], : max(0, lowest - 4)] += 1

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return _logit(self.centre)[None], torch.log(torch.from_numpy(self.levels))[None]


@dataclass(frozen=True)
class Answer:
    """One look at one vertebra: what is shown, and the share of each voxel that belongs to the vertebra, on a
    block somewhat larger than a patch."""

    label: int
    mirrored: bool
    centre: np.ndarray
    image: np.ndarray
    share: np.ndarray


class KnowingSegmenter(nn.Module):
    """Gives the phantom's vertebrae as patches round the true centres, each on its first look and mirrored on
    its second; which one it is shown it knows by the image. Hidden voxels (canonical order) it misses."""

    def __init__(self, phantom: Phantom, hidden: np.ndarray | None = None) -> None:
        super().__init__()
        mask = to_canonical(phantom.mask)
        image = to_canonical(phantom.volume).array
        grid = IsoGrid(mask.geometry, PATCH_SPACING_MM)
        self.answers: list[Answer] = []
        centres = {
            label: grid.from_source(mask.geometry.ras_mm_to_voxel(point))
            for label, point in phantom.centroids_ras_mm.items()
        }
        turned = turns(centres)
        for label, centre in centres.items():
            first = (patch_origin(centre) - ROOM).astype(float)
            shape = tuple(n + 2 * ROOM for n in PATCH_SHAPE)
            inside = (mask.array == label).astype(np.uint8)
            if hidden is not None:
                inside[hidden] = 0
            for shift in (0.0, 0.5):
                if label in turned:
                    turn = Turn(turned[label], centre)
                    at = (turn.matrix, turn.to_grid(first + shift), shape)
                    hu = affine_transform(make_isotropic(image, grid, cubic), *at, order=3, cval=AIR_HU)
                    share = affine_transform(make_isotropic(inside, grid), *at, order=1)
                else:
                    hu = sample_block(image, grid, first + shift, shape, cubic)
                    share = sample_block(inside, grid, first + shift, shape, linear, 0.0)
                self.answers.append(Answer(label, bool(shift), centre - shift - first, normalise(hu), share))

    def forward(self, x: Tensor) -> Tensor:
        shown = x[0].numpy()
        found = [
            self._likeness(answer, shown[:, ::-1] if answer.mirrored else shown) for answer in self.answers
        ]
        best = min(range(len(found)), key=lambda k: found[k][0])
        answer = self.answers[best]
        share = cut(answer.share, found[best][1], PATCH_SHAPE, 0)
        return _logit(np.ascontiguousarray(share[::-1] if answer.mirrored else share))[None, None]

    def _likeness(self, answer: Answer, shown: np.ndarray) -> tuple[float, np.ndarray]:
        """How much the image shown differs from the answer's (every sixth voxel), and from where it was cut.

        The caller's own idea of the centre may differ by a few voxels: it is found in the heatmap.
        """
        peak = np.array(np.unravel_index(int(shown[1].argmax()), PATCH_SHAPE))
        origins = np.clip(np.rint(answer.centre - peak).astype(np.int64) + NEARBY, 0, 2 * ROOM)
        few = shown[0, ::6, ::6, ::6]
        differs = [
            float(
                np.abs(
                    answer.image[tuple(slice(o, o + n, 6) for o, n in zip(origin, PATCH_SHAPE, strict=True))]
                    - few
                ).mean()
            )
            for origin in origins
        ]
        return min(differs), origins[int(np.argmin(differs))]


def networks_that_know(phantom: Phantom) -> dict[str, nn.Module]:
    """The three networks for one phantom."""
    localiser = KnowingLocaliser(phantom)
    return {
        "localise": localiser,
        "label": KnowingLabeller(phantom, localiser),
        "segment": KnowingSegmenter(phantom),
    }


@pytest.fixture(scope="session")
def knowing_networks(lumbar: Phantom) -> dict[str, nn.Module]:
    """Networks that know the lumbar phantom."""
    return networks_that_know(lumbar)


@pytest.fixture
def stand_in_weights(tmp_path: Path) -> WeightSet:
    """A weight set whose files are never read."""
    files = {name: WeightFile(name, tmp_path / name, "0" * 64, (4, 8)) for name in NETWORKS}
    return WeightSet("test", files, {})
