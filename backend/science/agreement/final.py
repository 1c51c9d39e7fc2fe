"""One rater's mask held against the mask that stands in the end, and what became of the rater's edits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from backend.science.agreement.ballots import require_one_grid
from backend.science.agreement.overlap import dice_of_counts
from backend.science.agreement.pair import number
from backend.science.labels import sort_labels
from backend.science.volume import Mask

_LABELS = 256


@dataclass(frozen=True, slots=True)
class FinalAgreementReport:
    """``dice`` by label of either mask (0 where one of them lacks it).

    ``edited_voxels`` differ from what the rater started from, ``kept_voxels`` are those of them that the
    final mask has as the rater left them.
    """

    dice: dict[int, float]
    edited_voxels: int
    kept_voxels: int

    @property
    def mean_dice(self) -> float:
        """Mean over the vertebrae; nan without any."""
        return sum(self.dice.values()) / len(self.dice) if self.dice else float("nan")

    @property
    def kept_share(self) -> float:
        """nan for a rater who changed nothing."""
        return self.kept_voxels / self.edited_voxels if self.edited_voxels else float("nan")

    def to_json(self) -> dict[str, Any]:
        """For JSON; nan becomes null."""
        return {
            "labels": {str(label): value for label, value in self.dice.items()},
            "mean_dice": number(self.mean_dice),
            "edited_voxels": self.edited_voxels,
            "kept_voxels": self.kept_voxels,
            "kept_share": number(self.kept_share),
        }


def compare_with_final(start: Mask, own: Mask, final: Mask) -> FinalAgreementReport:
    """Hold a rater's mask against the final one, name by name.

    Raises
    ------
    BadInput
        ``other_grid`` when the masks do not lie on one grid.
    """
    require_one_grid([start, own, final])
    joint = np.zeros(_LABELS * _LABELS, dtype=np.int64)
    edited = kept = 0
    for k in range(own.array.shape[2]):
        mine, theirs = own.array[:, :, k], final.array[:, :, k]
        drawn = (mine != 0) | (theirs != 0)
        keys = mine[drawn].astype(np.int64) * _LABELS + theirs[drawn]
        if keys.size:
            joint += np.bincount(keys, minlength=joint.size)
        changed = mine != start.array[:, :, k]
        edited += int(np.count_nonzero(changed))
        kept += int(np.count_nonzero(changed & (mine == theirs)))
    table = joint.reshape(_LABELS, _LABELS)
    own_voxels, final_voxels = table.sum(axis=1), table.sum(axis=0)
    labels = [int(label) for label in np.flatnonzero(own_voxels + final_voxels) if label]
    dice = {
        label: dice_of_counts(int(own_voxels[label]), int(final_voxels[label]), int(table[label, label]))
        for label in sort_labels(labels)
    }
    return FinalAgreementReport(dice, edited, kept)
