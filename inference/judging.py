"""The second judgement of what was found, by its masks: a spine is no row of marrow cavities.

What the localiser makes of a thigh can look like a spine. Its masks do not: the shaft of a long bone is far
denser than any vertebra, and where there is none the segmenting network is in doubt. A second regression
takes the first one's answer together with those two, for each body and as medians of the chain; low density
counts for nothing, since a porotic vertebra is no denser than muscle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from inference.certainty import Certainty, drawn
from inference.patches import FloatArray

if TYPE_CHECKING:
    from inference.run import Context
    from inference.stages.segment import Patch

KEY = "certainty_by_mask"
# The first answer as a logit, how much denser than bone of the spine is, the doubt about the mask; and their
# medians over the chain.
FEATURES = ("before", "dense", "doubt", "chain_before", "chain_dense", "chain_doubt")
# The median of a vertebra's voxels is seldom above this (C1 and C2 reach 470); that of a femur's shaft is
# 1200.
_DENSE_HU = 300.0
_LIMIT = 7.0  # logit: an answer of 0.999
_NO_MASK_DOUBT = 2.0  # bit per voxel, where the network saw no vertebra at all


def seen_by_mask(patch: Patch, hu: npt.NDArray[np.int16]) -> tuple[float, float]:
    """How much denser than usual a vertebra's mask is (a logarithm, at least 0), and the doubt (bit per
    voxel) about it. `hu` is the image in canonical order."""
    from inference.plausible import values_at
    from inference.stages.components import keep_largest_component
    from inference.stages.fuse import doubt_of

    inside = keep_largest_component(patch.looks[0]) > 0.5
    if not inside.any():
        return 0.0, _NO_MASK_DOUBT
    median = float(np.median(values_at(hu, patch, inside)))
    return max(0.0, float(np.log(max(median, 1.0) / _DENSE_HU))), doubt_of(patch.looks[0])


def judging_features(before: FloatArray, by_mask: FloatArray) -> FloatArray:
    """(bodies, features) of a chain from the first answers (probabilities) and rows of `seen_by_mask`."""
    if len(before) == 0:
        return np.zeros((0, len(FEATURES)))
    with np.errstate(divide="ignore"):
        logit = np.clip(np.log(before) - np.log1p(-before), -_LIMIT, _LIMIT)
    own = np.column_stack([logit, by_mask])
    return np.column_stack([own, np.broadcast_to(np.median(own, axis=0), own.shape)])


def judge(context: Context, about: Mapping[str, Any]) -> Context:
    """The context with the second answers, without the bodies that are not to be drawn. As it is where there
    is nothing to judge, or the weights were never calibrated."""
    second = Certainty.of(about, KEY, FEATURES)
    if second is None or context.naming is None or not context.certainty or not context.patches:
        return context
    hu = context.prepared.volume.array
    labels = context.naming.labels
    by_mask = np.array([seen_by_mask(context.patches[label], hu) for label in labels])
    answers = second.of_bodies(judging_features(np.array(context.certainty), by_mask))
    certainty = tuple(float(p) for p in answers)
    kept = wanted(labels, certainty)
    return replace(
        context,
        certainty=certainty,
        centres={label: context.centres[label] for label in kept},
        patches={label: context.patches[label] for label in kept},
    )


def wanted(labels: Sequence[int], certainty: Sequence[float] | None) -> list[int]:
    """The labels of those bodies that are to be drawn."""
    return [label for label, sure in zip(labels, drawn(certainty, len(labels)), strict=True) if sure]
