"""Fusing several raters' masks into one, vertebra by vertebra.

Order of work: match vertebrae by place, name them as a sequence, decide the disputed voxels, settle what is
undecided by the mean signed distance, clean up, report. Voxels on which all raters agree are copied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from backend.science.agreement.ballots import require_one_grid
from backend.science.agreement.boxes import Box, grow, origin, union, unravel
from backend.science.fusion.cleaning import Cleaned, clean_instance
from backend.science.fusion.distances import mean_signed_distance_at_mm
from backend.science.fusion.model import (
    STAPLE_VOLUME_ALARM,
    FusedInstance,
    FusionParameters,
    FusionResult,
    Method,
    SparseEntropy,
)
from backend.science.fusion.prepare import Candidates, prepare
from backend.science.fusion.staple import StapleResult, rates_against, staple
from backend.science.fusion.voting import UNDECIDED, majority, pattern_entropy
from backend.science.volume import Mask

MaskArray = NDArray[np.uint8]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

# Room around a vertebra's box: in which specificity is counted, and which signed distances see.
_CROP_MARGIN_VOXELS = 5
# A mean signed distance this near 0 is the surface itself; the voxel then counts as outside.
_ON_SURFACE_MM = 1e-5


def default_method(raters: int) -> Method:
    """Two raters: shape-based averaging. Three or more: majority, with that as the tie-break."""
    return "sba" if raters <= 2 else "majority"


def fuse(
    masks: Sequence[Mask], method: Method | None = None, parameters: FusionParameters | None = None
) -> FusionResult:
    """Fuse the masks of two or more raters (one is copied) on one grid.

    Parameters
    ----------
    masks
        One per rater. They are not changed.
    method
        Overrides ``parameters.method``; ``auto`` takes ``default_method``.

    Raises
    ------
    BadInput
        ``no_masks``, ``other_grid``, ``unknown_labels``, or parameters that cannot be used.
    """
    require_one_grid(masks)
    chosen = parameters or FusionParameters()
    if method is not None:
        chosen = replace(chosen, method=method)
    chosen = chosen.checked(len(masks))
    used = default_method(len(masks)) if chosen.method == "auto" else chosen.method
    candidates, raters = prepare(masks, chosen)
    votes = _InstanceVotes(candidates, chosen)
    decision = _decide(candidates, votes, used)
    row_values, undecided = _settle(masks, candidates, decision)
    result, cleaned = _paint(masks[0].array, candidates, row_values, clean=chosen.clean)
    geometry = masks[0].geometry
    entropy = pattern_entropy(candidates.patterns, candidates.weights)
    voxel_mm3 = geometry.voxel_volume_mm3
    instances = tuple(
        _report(number, candidates, votes, result, undecided, cleaned, entropy * voxel_mm3)
        for number in range(1, len(candidates.instances) + 1)
    )
    return FusionResult(
        mask=Mask(geometry, result),
        method=used,
        parameters=chosen,
        raters=tuple(raters),
        instances=instances,
        sparse_entropy=_sparse_entropy(masks[0], candidates, entropy),
    )


class _InstanceVotes:
    """Majority and STAPLE of every instance on the vote patterns."""

    def __init__(self, candidates: Candidates, parameters: FusionParameters) -> None:
        self._candidates = candidates
        active = candidates.active
        self.majority = majority(candidates.patterns, candidates.weights)
        self.staple: dict[int, StapleResult] = {}
        self.rates: dict[int, tuple[FloatArray, FloatArray]] = {}
        for number in range(1, len(candidates.instances) + 1):
            drew = candidates.patterns == number
            mixed = drew[:, active].any(axis=1) & ~drew[:, active].all(axis=1)
            settled = self._settled(number, drew)
            result = staple(
                drew[mixed][:, active],
                candidates.counts[mixed],
                prior=parameters.staple_prior,
                iterations=parameters.staple_iterations,
                agreed_inside=settled[0] + int(candidates.counts[drew[:, active].all(axis=1)].sum()),
                agreed_outside=settled[1],
            )
            full = np.zeros(len(drew))
            full[drew[:, active].all(axis=1)] = 1.0
            full[mixed] = result.probability
            self.staple[number] = replace(result, probability=full)
            touched = drew.any(axis=1)
            counts = candidates.counts[touched].astype(np.float64)
            self.rates[number] = rates_against(drew[touched], counts, full[touched], *settled)
        self.by_staple = self._staple_decision()

    def _settled(self, number: int, drew: BoolArray) -> tuple[int, int]:
        """Voxels of an instance's box that all raters drew, and that none of them drew."""
        candidates = self._candidates
        box = grow(candidates.boxes[number - 1], _CROP_MARGIN_VOXELS, candidates.ballots.shape)
        size = int(np.prod([side.stop - side.start for side in box]))
        inside = int(candidates.agreed[number])
        return inside, max(0, size - inside - int(candidates.counts[drew.any(axis=1)].sum()))

    def _staple_decision(self) -> MaskArray:
        """The instance with the highest posterior above one half in each pattern, else background."""
        best = np.full(len(self._candidates.patterns), 0.5)
        decision = np.zeros(len(best), dtype=np.uint8)
        for number, result in self.staple.items():
            better = result.probability > best + 1e-12
            decision[better] = number
            best[better] = result.probability[better]
        return decision

    def voxels(self, decision: MaskArray, number: int) -> int:
        inside = int(self._candidates.counts[decision == number].sum())
        return inside + int(self._candidates.agreed[number])


def _decide(candidates: Candidates, votes: _InstanceVotes, method: Method) -> MaskArray:
    """Instance number per pattern, ``UNDECIDED`` where the signed distances must settle it."""
    if method == "staple":
        return votes.by_staple
    if method == "sba":
        active = candidates.patterns[:, candidates.active]
        same = (active == active[:, :1]).all(axis=1)
        return np.where(same, active[:, 0], UNDECIDED).astype(np.uint8)
    return votes.majority


def _settle(
    masks: Sequence[Mask], candidates: Candidates, decision: MaskArray
) -> tuple[MaskArray, dict[int, int]]:
    """Instance number of every disputed voxel; how many of each instance's were undecided."""
    values = decision[candidates.row_pattern]
    open_rows = np.flatnonzero(values == UNDECIDED)
    undecided: dict[int, int] = {}
    if open_rows.size == 0:
        return values, undecided
    values[open_rows] = 0
    shape, order = candidates.ballots.shape, candidates.ballots.order
    places = np.stack(unravel(candidates.rows[open_rows], shape, order), axis=1)
    open_patterns = candidates.patterns[candidates.row_pattern[open_rows]][:, candidates.active]
    nearest = np.full(open_rows.size, -_ON_SURFACE_MM, dtype=np.float32)
    for number in range(1, len(candidates.instances) + 1):
        mine = np.flatnonzero((open_patterns == number).any(axis=1))
        if mine.size == 0:
            continue
        undecided[number] = int(mine.size)
        box = grow(candidates.boxes[number - 1], _CROP_MARGIN_VOXELS, shape)
        found = mean_signed_distance_at_mm(
            _outlines(masks, candidates, number, box),
            places[mine] - np.array(origin(box)),
            masks[0].geometry.spacing_mm,
        )
        closer = found < nearest[mine]
        nearest[mine[closer]] = found[closer]
        values[open_rows[mine[closer]]] = number
    return values, undecided


def _outlines(masks: Sequence[Mask], candidates: Candidates, number: int, box: Box) -> list[BoolArray]:
    """One instance as drawn by each rater whose vote counts and who drew it."""
    names = candidates.instances[number - 1].names
    return [masks[rater].array[box] == names[rater] for rater in candidates.active if names[rater]]


def _paint(
    first: MaskArray, candidates: Candidates, row_values: MaskArray, *, clean: bool
) -> tuple[MaskArray, dict[int, Cleaned]]:
    """The result as labels: the first mask where all agree, the decisions elsewhere, cleaned."""
    shape, order = candidates.ballots.shape, candidates.ballots.order
    flat = np.zeros(first.size, dtype=np.uint8)
    result = flat.reshape(shape, order=order)
    cleaned: dict[int, Cleaned] = {}
    if not candidates.boxes:
        return result, cleaned
    # nothing but background lies outside the boxes; memory that is never written costs nothing
    around = reduce(union, candidates.boxes)
    result[around] = first[around]
    flat[candidates.rows] = candidates.final[row_values]
    if clean and candidates.rows.size:
        state = np.zeros(first.size, dtype=np.bool_)
        state[candidates.rows] = True
        disputed = state.reshape(shape, order=order)
        touched = np.unique(row_values[row_values > 0])
        for number in touched:
            box = grow(candidates.boxes[int(number) - 1], 1, shape)
            cleaned[int(number)] = clean_instance(result[box], disputed[box], int(candidates.final[number]))
    return result, cleaned


def _report(
    number: int,
    candidates: Candidates,
    votes: _InstanceVotes,
    result: MaskArray,
    undecided: dict[int, int],
    cleaned: dict[int, Cleaned],
    pattern_entropy_mm3: FloatArray,
) -> FusedInstance:
    instance = candidates.instances[number - 1]
    label = int(candidates.final[number])
    ballots = candidates.ballots
    box = candidates.boxes[number - 1]
    touched = (candidates.patterns == number).any(axis=1)
    voxels = int(np.count_nonzero(result[box] == label)) if label else 0
    by_majority = votes.voxels(votes.majority, number)
    by_staple = votes.voxels(votes.by_staple, number)
    tidy = cleaned.get(number, Cleaned(0, 0))
    sensitivity, specificity = votes.rates[number]
    return FusedInstance(
        label=label,
        names=instance.names,
        rater_voxels=tuple(
            int(ballots.voxels(rater)[name]) if name else 0 for rater, name in enumerate(instance.names)
        ),
        voxels=voxels,
        majority_voxels=by_majority,
        staple_voxels=by_staple,
        disputed_voxels=int(candidates.counts[touched].sum()),
        undecided_voxels=undecided.get(number, 0),
        islands_removed=tidy.removed,
        holes_filled=tidy.filled,
        sensitivity=tuple(float(rate) for rate in sensitivity),
        specificity=tuple(float(rate) for rate in specificity),
        staple_iterations=votes.staple[number].iterations,
        uncertainty_mm3=float(candidates.counts[touched] @ pattern_entropy_mm3[touched]),
        flags=_flags(number, candidates, voxels, by_majority, by_staple),
    )


def _flags(
    number: int, candidates: Candidates, voxels: int, by_majority: int, by_staple: int
) -> tuple[str, ...]:
    instance = candidates.instances[number - 1]
    if not candidates.final[number]:
        return ("minority_dropped",)
    tied, invented = candidates.named[number - 1]
    half = abs(float(candidates.support[number - 1]) - 0.5) < 1e-9
    alarm = abs(by_staple - by_majority) > STAPLE_VOLUME_ALARM * max(by_majority, 1)
    checks = {
        "name_tied": tied,
        "name_invented": invented,
        "name_disputed": instance.disputed_name,
        "missing": bool(instance.missing) and not half,
        "half_missing": half,
        "empty_result": voxels == 0,
        "staple_volume": alarm,
    }
    return tuple(flag for flag, raised in checks.items() if raised)


def _sparse_entropy(first: Mask, candidates: Candidates, entropy: FloatArray) -> SparseEntropy:
    values = entropy[candidates.row_pattern].astype(np.float32)
    some = values > 0
    return SparseEntropy(first.geometry, candidates.ballots.order, candidates.rows[some], values[some])
