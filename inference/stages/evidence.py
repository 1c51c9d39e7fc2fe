"""What naming starts from: for each body, what speaks for each level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inference.patches import FloatArray


@dataclass(frozen=True)
class Evidence:
    """What speaks for each level at each body (from head to foot), and how far the bodies are apart.

    `ribs_in_view` says of each body whether the field of view would show its ribs, `heads_in_view` whether it
    reaches at least over their heads; without them all would be.
    """

    level_scores: FloatArray
    steps_mm: FloatArray
    rib_ml: FloatArray
    below_is_sacrum: float = 0.0
    ribs_in_view: npt.NDArray[np.bool_] | None = None
    heads_in_view: npt.NDArray[np.bool_] | None = None

    @property
    def shows_ribs(self) -> npt.NDArray[np.bool_]:
        """`ribs_in_view`, whether it was told or not."""
        return np.ones(len(self.rib_ml), bool) if self.ribs_in_view is None else self.ribs_in_view

    @property
    def shows_heads(self) -> npt.NDArray[np.bool_]:
        """`heads_in_view`, or `shows_ribs` where it was not told."""
        return self.shows_ribs if self.heads_in_view is None else self.heads_in_view
