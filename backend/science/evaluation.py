"""The VerSe challenge's measures: identification, localisation and segmentation of vertebrae.

Where the challenge's public code departs from its text, the code's behaviour is kept and named (a prediction
competes only with vertebrae that both lists have; exactly 20 mm is a hit; extra labels do not lower the
identification rate), so that figures can be held against published ones. What those figures hide is reported
beside them: missed and extra vertebrae, and panoptic quality. Dice is per label, never of the foreground.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from backend.science.agreement.ballots import count_ballots
from backend.science.agreement.pair import Outlines, compare_outlines, number
from backend.science.errors import BadInput
from backend.science.labels import sort_labels
from backend.science.morphometry import body_centroids
from backend.science.tolerances import within_mm
from backend.science.volume import Mask

Point = tuple[float, float, float]

# A prediction farther than this from its vertebra does not identify it (the challenge's rule).
HIT_MM = 20.0
# Panoptic quality counts a segment as found from this overlap on (Kirillov et al. 2019).
_PANOPTIC_IOU = 0.5


@dataclass(frozen=True, slots=True)
class Identification:
    """Which reference vertebrae were identified, and how far off shared labels are (mm)."""

    hits: dict[int, bool]
    distances_mm: dict[int, float]

    @property
    def rate(self) -> float:
        """Share of reference vertebrae identified; nan without any."""
        return sum(self.hits.values()) / len(self.hits) if self.hits else float("nan")


def identify(reference: Mapping[int, Point], predicted: Mapping[int, Point]) -> Identification:
    """Hold predicted centroids against the reference, both in mm.

    A label is a hit when, among the labels that both have, its prediction's nearest reference is its own and
    no farther than 20 mm. A reference label without a prediction is a miss.
    """
    shared = [label for label in sort_labels(reference) if label in predicted]
    hits = dict.fromkeys(sort_labels(reference), False)
    distances: dict[int, float] = {}
    if shared:
        true = np.array([reference[label] for label in shared], dtype=np.float64)
        found = np.array([predicted[label] for label in shared], dtype=np.float64)
        matrix = np.linalg.norm(found[:, None, :] - true[None, :, :], axis=2)
        for place, label in enumerate(shared):
            distances[label] = float(matrix[place, place])
            hits[label] = int(matrix[place].argmin()) == place and within_mm(distances[label], HIT_MM)
    return Identification(hits, distances)


@dataclass(frozen=True, slots=True)
class CaseEvaluation:
    """One scan. Dice of a missed vertebra is 0; distances are over vertebrae that both have."""

    identification: Identification
    dice: dict[int, float]
    hausdorff_mm: dict[int, float]
    hd95_mm: dict[int, float]
    assd_mm: dict[int, float]
    nsd_1mm: dict[int, float]
    missed: list[int]
    extra: list[int]
    panoptic_quality: float

    @property
    def mean_dice(self) -> float:
        """Mean over the reference's vertebrae, one that was not found as 0."""
        return _mean(self.dice.values())

    @property
    def mean_hausdorff_mm(self) -> float:
        """Mean over the vertebrae that both have, in mm; nan without any."""
        return _mean(self.hausdorff_mm.values())

    def to_json(self) -> dict[str, Any]:
        """For JSON: a row per vertebra, and the case's means; nan becomes null."""
        vertebrae = {}
        for label, hit in self.identification.hits.items():
            vertebrae[str(label)] = {
                "identified": hit,
                "distance_mm": number(self.identification.distances_mm.get(label, float("nan"))),
                "dice": self.dice[label],
                "hausdorff_mm": number(self.hausdorff_mm.get(label, float("nan"))),
                "hd95_mm": number(self.hd95_mm.get(label, float("nan"))),
                "assd_mm": number(self.assd_mm.get(label, float("nan"))),
                "nsd_1mm": number(self.nsd_1mm.get(label, float("nan"))),
            }
        distances = self.identification.distances_mm.values()
        return {
            "identification_rate": number(self.identification.rate),
            "mean_distance_mm": number(_mean(distances)),
            "dice": number(self.mean_dice),
            "hausdorff_mm": number(self.mean_hausdorff_mm),
            "missed": self.missed,
            "extra": self.extra,
            "matched_fraction": number(1 - len(self.missed) / len(self.dice)) if self.dice else None,
            "panoptic_quality": number(self.panoptic_quality),
            "vertebrae": vertebrae,
        }


def evaluate_case(
    predicted: Mask,
    reference: Mask,
    *,
    predicted_centroids: Mapping[int, Point] | None = None,
    reference_centroids: Mapping[int, Point] | None = None,
) -> CaseEvaluation:
    """Evaluate one scan. Body centroids are found from the masks where they are not given.

    Raises
    ------
    BadInput
        ``other_grid`` when the masks do not lie on one grid.
    """
    if not predicted.geometry.matches(reference.geometry):
        raise BadInput("other_grid", "prediction and reference lie on different grids")
    true_points = body_centroids(reference) if reference_centroids is None else reference_centroids
    found_points = body_centroids(predicted) if predicted_centroids is None else predicted_centroids
    a, b = Outlines(predicted), Outlines(reference)
    joint = count_ballots([predicted.array, reference.array]).joint(0, 1)
    labels = sort_labels(b.boxes)
    shapes = {
        label: compare_outlines(a[label], b[label], int(joint[label, label]), reference.geometry)
        for label in labels
        if label in a.boxes
    }
    true = {label: point for label, point in true_points.items() if label in b.boxes}
    missed = [label for label in labels if label not in shapes]
    extra = [label for label in sort_labels(a.boxes) if label not in b.boxes]
    return CaseEvaluation(
        identification=identify(true, found_points),
        dice={label: shapes[label].dice if label in shapes else 0.0 for label in labels},
        hausdorff_mm={label: shape.hausdorff_mm for label, shape in shapes.items()},
        hd95_mm={label: shape.hd95_mm for label, shape in shapes.items()},
        assd_mm={label: shape.assd_mm for label, shape in shapes.items()},
        nsd_1mm={label: shape.nsd_1mm for label, shape in shapes.items()},
        missed=missed,
        extra=extra,
        panoptic_quality=panoptic_quality(
            [shape.jaccard for shape in shapes.values()], len(missed), len(extra)
        ),
    )


def panoptic_quality(ious: Sequence[float], missed: int, extra: int) -> float:
    """Mean overlap of what was found (from one half on), times its F1; nan where there is nothing at all."""
    found = [iou for iou in ious if iou > _PANOPTIC_IOU]
    poor = len(ious) - len(found)
    below = len(found) + 0.5 * (missed + poor) + 0.5 * (extra + poor)
    return sum(found) / below if below else float("nan")


def _mean(values: Iterable[float]) -> float:
    listed = [float(value) for value in values]
    return sum(listed) / len(listed) if listed else float("nan")
