"""What changed between two versions of a mask, label by label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from backend.science.agreement.ballots import count_ballots, require_one_grid
from backend.science.agreement.pair import number
from backend.science.labels import sort_labels
from backend.science.volume import Mask


@dataclass(frozen=True, slots=True)
class LabelChange:
    """Voxels of one label before and after; ``added`` only the later version has, ``removed`` the former."""

    label: int
    before: int
    after: int
    added: int
    removed: int
    voxel_mm3: float

    @property
    def dice(self) -> float:
        """Overlap of the two versions, 0 to 1."""
        return 2 * (self.after - self.added) / (self.before + self.after)

    @property
    def volume_change_ml(self) -> float:
        """After less before, in ml."""
        return (self.after - self.before) * self.voxel_mm3 / 1000

    def to_json(self) -> dict[str, Any]:
        """For JSON: voxels before, after, added and removed, volumes in ml."""
        return {
            "label": self.label,
            "before_voxels": self.before,
            "after_voxels": self.after,
            "added_voxels": self.added,
            "removed_voxels": self.removed,
            "dice": number(self.dice),
            "volume_change_ml": number(self.volume_change_ml),
        }


def mask_changes(before: Mask, after: Mask) -> list[LabelChange]:
    """All labels of either version, from the head down, unchanged ones included.

    Raises
    ------
    BadInput
        ``other_grid`` when the masks do not lie on one grid.
    """
    require_one_grid([before, after])
    joint = count_ballots([before.array, after.array]).joint(0, 1)
    old, new = joint.sum(axis=1), joint.sum(axis=0)
    found = [label for label in range(1, len(joint)) if old[label] or new[label]]
    return [
        LabelChange(
            label=label,
            before=int(old[label]),
            after=int(new[label]),
            added=int(new[label] - joint[label, label]),
            removed=int(old[label] - joint[label, label]),
            voxel_mm3=before.geometry.voxel_volume_mm3,
        )
        for label in sort_labels(found)
    ]
