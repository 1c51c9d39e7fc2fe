"""Two raters' masks held against each other, vertebra by vertebra."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.science.agreement.ballots import count_ballots, require_one_grid
from backend.science.agreement.boxes import Box, label_extents, origin
from backend.science.agreement.instances import MATCH_IOU, match_labels
from backend.science.agreement.overlap import centroid_voxel, dice_of_counts, jaccard_of_counts
from backend.science.agreement.surfels import Surface, distances_between, surface_of
from backend.science.labels import sort_labels
from backend.science.volume import Mask, VolumeGeometry

NSD_TOLERANCES_MM = (1.0, 2.0)
HAUSDORFF_PERCENT = 95.0


@dataclass(frozen=True, slots=True)
class ShapeAgreement:
    """How well two outlines agree. Distances in mm, volumes in ml; distances are inf where one is empty."""

    dice: float
    jaccard: float
    hd95_mm: float
    hausdorff_mm: float
    assd_mm: float
    nsd_1mm: float
    nsd_2mm: float
    volume_a_ml: float
    volume_b_ml: float
    centroid_distance_mm: float

    @property
    def volume_difference_ml(self) -> float:
        """Volume of A less volume of B."""
        return self.volume_a_ml - self.volume_b_ml

    def to_json(self) -> dict[str, float | None]:
        """Numbers for JSON; what is not defined or infinite becomes None."""
        values = {name: getattr(self, name) for name in self.__slots__}
        values["volume_difference_ml"] = self.volume_difference_ml
        return {name: number(value) for name, value in values.items()}


@dataclass(frozen=True, slots=True)
class NamingDispute:
    """One vertebra, drawn in one place by both, called by two names."""

    label_a: int
    label_b: int
    shape: ShapeAgreement

    def to_json(self) -> dict[str, Any]:
        """For JSON: both names, and how alike the outlines are."""
        return {"label_a": self.label_a, "label_b": self.label_b, **self.shape.to_json()}


@dataclass(frozen=True, slots=True)
class PairComparison:
    """Two masks compared.

    ``labels`` compares what both call by the same name. ``naming`` lists vertebrae that lie in one place
    under two names. ``only_in_a`` and ``only_in_b`` are labels that the other has neither by name nor by
    place.
    """

    labels: dict[int, ShapeAgreement]
    only_in_a: list[int]
    only_in_b: list[int]
    naming: list[NamingDispute]

    def mean_dice(self) -> float:
        """Mean over all vertebrae of either rater by name; one that only one of them has counts as 0."""
        names = len(self.labels) + len(self.only_in_a) + len(self.only_in_b)
        lone = {d.label_a for d in self.naming} ^ {d.label_b for d in self.naming}
        names += len(lone - self.labels.keys())
        return sum(shape.dice for shape in self.labels.values()) / names if names else float("nan")

    def to_json(self) -> dict[str, Any]:
        """The report of the command ``compare``."""
        return {
            "labels": {str(label): shape.to_json() for label, shape in self.labels.items()},
            "only_in_a": self.only_in_a,
            "only_in_b": self.only_in_b,
            "naming_disputes": [dispute.to_json() for dispute in self.naming],
            "mean_dice": number(self.mean_dice()),
        }


def number(value: float) -> float | None:
    """A float for JSON, which knows neither nan nor infinity."""
    return float(value) if math.isfinite(value) else None


@dataclass(frozen=True, slots=True)
class Outline:
    """One label of one mask: its size, centre and surface, on the mask's grid."""

    voxels: int
    centroid_ras_mm: NDArray[np.float64]
    surface: Surface


class Outlines:
    """The outlines of one mask, each made once, on its own box."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        extents = label_extents(mask.array)
        self._boxes: dict[int, Box] = {label: extent.box for label, extent in extents.items()}
        self._made: dict[int, Outline] = {}

    @property
    def geometry(self) -> VolumeGeometry:
        """The grid of the mask."""
        return self._mask.geometry

    @property
    def boxes(self) -> dict[int, Box]:
        """The bounding box of each label, in voxels."""
        return self._boxes

    def __getitem__(self, label: int) -> Outline:
        if label not in self._made:
            box = self._boxes[label]
            inside = self._mask.array[box] == label
            self._made[label] = Outline(
                voxels=int(np.count_nonzero(inside)),
                centroid_ras_mm=self.geometry.voxel_to_ras_mm(centroid_voxel(inside, origin(box))),
                surface=surface_of(inside, self.geometry.spacing_mm, origin(box)),
            )
        return self._made[label]


def compare_outlines(a: Outline, b: Outline, intersection: int, geometry: VolumeGeometry) -> ShapeAgreement:
    """All measures of two outlines on one grid."""
    distances = distances_between(a.surface, b.surface, geometry.spacing_mm)
    voxel_ml = geometry.voxel_volume_mm3 / 1000.0
    return ShapeAgreement(
        dice=dice_of_counts(a.voxels, b.voxels, intersection),
        jaccard=jaccard_of_counts(a.voxels, b.voxels, intersection),
        hd95_mm=distances.robust_hausdorff_mm(HAUSDORFF_PERCENT),
        hausdorff_mm=distances.hausdorff_mm(),
        assd_mm=distances.assd_mm(),
        nsd_1mm=distances.surface_dice(NSD_TOLERANCES_MM[0]),
        nsd_2mm=distances.surface_dice(NSD_TOLERANCES_MM[1]),
        volume_a_ml=a.voxels * voxel_ml,
        volume_b_ml=b.voxels * voxel_ml,
        centroid_distance_mm=float(np.linalg.norm(a.centroid_ras_mm - b.centroid_ras_mm)),
    )


def compare_pair(
    a: Mask, b: Mask, *, labels: Iterable[int] | None = None, minimum_iou: float = MATCH_IOU
) -> PairComparison:
    """Compare two masks of one grid; ``labels`` limits the comparison to some vertebrae.

    Raises
    ------
    BadInput
        ``other_grid`` when the masks do not lie on one grid.
    """
    require_one_grid([a, b])
    joint = count_ballots([a.array, b.array]).joint(0, 1)
    wanted = None if labels is None else set(labels)
    return compare_tables(Outlines(a), Outlines(b), joint, wanted=wanted, minimum_iou=minimum_iou)


def compare_tables(
    a: Outlines,
    b: Outlines,
    joint: NDArray[np.int64],
    *,
    wanted: set[int] | None = None,
    minimum_iou: float = MATCH_IOU,
) -> PairComparison:
    """The comparison, once outlines and the table of shared voxels (label of A x label of B) are known."""

    def keep(*names: int) -> bool:
        return wanted is None or bool(wanted.intersection(names))

    def shape(label_a: int, label_b: int) -> ShapeAgreement:
        return compare_outlines(a[label_a], b[label_b], int(joint[label_a, label_b]), a.geometry)

    renamed = [m for m in match_labels(joint, minimum_iou) if m.label_a != m.label_b]
    both = a.boxes.keys() & b.boxes.keys()
    return PairComparison(
        labels={label: shape(label, label) for label in sort_labels(both) if keep(label)},
        only_in_a=_lone(a.boxes.keys() - both - {m.label_a for m in renamed}, wanted),
        only_in_b=_lone(b.boxes.keys() - both - {m.label_b for m in renamed}, wanted),
        naming=[
            NamingDispute(m.label_a, m.label_b, shape(m.label_a, m.label_b))
            for m in renamed
            if keep(m.label_a, m.label_b)
        ],
    )


def _lone(labels: set[int], wanted: set[int] | None) -> list[int]:
    return sort_labels(labels if wanted is None else labels & wanted)
