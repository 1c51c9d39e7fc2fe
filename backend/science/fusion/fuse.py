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
from backend.science.fusion.instance_votes import CROP_MARGIN_VOXELS, InstanceVotes
from backend.science.fusion.model import (
    FusedInstance,
    FusionParameters,
    FusionResult,
    Method,
    SparseEntropy,
)
from backend.science.fusion.prepare import Candidates, prepare
from backend.science.fusion.reading import APART_SHARE, MethodVoxels, flags_of, method_voxels
from backend.science.fusion.voting import ABSTAIN, UNDECIDED, pattern_entropy
from backend.science.volume import Mask

MaskArray = NDArray[np.uint8]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

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
    votes = InstanceVotes(candidates, chosen)
    decision = {"staple": votes.by_staple, "sba": _by_shape(candidates)}.get(used, votes.majority)
    by_shape = _settle(masks, candidates, _asked_of_shapes(candidates, votes, decision))
    row_values = decision[candidates.row_pattern]
    row_values = np.where(row_values == UNDECIDED, by_shape, row_values)
    fused, cleaned = _paint(masks[0].array, candidates, row_values, clean=chosen.clean)
    result = Mask(masks[0].geometry, fused)
    entropy = pattern_entropy(candidates.patterns, candidates.weights)
    entropy_mm3 = entropy * result.geometry.voxel_volume_mm3
    undecided = _undecided(candidates, decision)
    instances = tuple(
        _report(number, candidates, votes, methods, result, undecided, cleaned, entropy_mm3)
        for number, methods in enumerate(method_voxels(candidates, votes, by_shape), start=1)
    )
    return FusionResult(
        mask=result,
        method=used,
        parameters=chosen,
        raters=tuple(raters),
        instances=instances,
        sparse_entropy=_sparse_entropy(masks[0], candidates, entropy),
    )


def _by_shape(candidates: Candidates) -> MaskArray:
    """Instance number per pattern where all who have a say agree, ``UNDECIDED`` where distances must tell."""
    active = candidates.patterns[:, candidates.active]
    told = active != ABSTAIN
    first = active[np.arange(len(active)), told.argmax(axis=1)]
    same = ((active == first[:, None]) | ~told).all(axis=1)
    return np.where(same, np.where(told.any(axis=1), first, 0), UNDECIDED).astype(np.uint8)


def _asked_of_shapes(candidates: Candidates, votes: InstanceVotes, decision: MaskArray) -> MaskArray:
    """``_by_shape``, with the majority instead where neither the result nor a flag depends on the distances.

    Two methods differ on disputed voxels only. Of an instance with few of them beside those agreed on they
    cannot differ by ``APART_SHARE``, whatever the distances are.
    """
    wanted = (decision == UNDECIDED) | (votes.majority == UNDECIDED)
    for number in range(1, len(candidates.instances) + 1):
        touched = (candidates.patterns == number).any(axis=1)
        if int(candidates.counts[touched].sum()) > APART_SHARE * int(candidates.agreed[number]):
            wanted |= touched
    by_shape = _by_shape(candidates)
    return np.where((by_shape == UNDECIDED) & ~wanted, votes.majority, by_shape).astype(np.uint8)


def _settle(masks: Sequence[Mask], candidates: Candidates, decision: MaskArray) -> MaskArray:
    """Instance number of every disputed voxel: the decision on its pattern, else the smallest mean distance.

    Signed distances are negative inside. A voxel whose smallest mean lies on the surface (within
    ``_ON_SURFACE_MM`` of 0) is background: two raters who differ by an odd number of voxels leave one half
    way. What every rater gave to some vertebra does not become background, and between two vertebrae at one
    distance the upper one has it. Nothing depends on the raters' order.
    """
    values = decision[candidates.row_pattern]
    open_rows = np.flatnonzero(values == UNDECIDED)
    if open_rows.size == 0:
        return values
    values[open_rows] = 0
    shape, order = candidates.ballots.shape, candidates.ballots.order
    places = np.stack(unravel(candidates.rows[open_rows], shape, order), axis=1)
    open_patterns = candidates.patterns[candidates.row_pattern[open_rows]][:, candidates.active]
    nearest = np.where((open_patterns == 0).any(axis=1), 0.0, np.inf).astype(np.float32)
    for number in range(1, len(candidates.instances) + 1):
        mine = np.flatnonzero((open_patterns == number).any(axis=1))
        if mine.size == 0:
            continue
        box = grow(candidates.boxes[number - 1], CROP_MARGIN_VOXELS, shape)
        found = mean_signed_distance_at_mm(
            _outlines(masks, candidates, number, box),
            places[mine] - np.array(origin(box)),
            masks[0].geometry.spacing_mm,
        )
        closer = found < nearest[mine] - _ON_SURFACE_MM
        nearest[mine[closer]] = found[closer]
        values[open_rows[mine[closer]]] = number
    return values


def _undecided(candidates: Candidates, decision: MaskArray) -> dict[int, int]:
    """Voxels of each instance that a decision on the patterns left to the distances."""
    open_patterns = candidates.patterns[decision == UNDECIDED][:, candidates.active]
    counts = candidates.counts[decision == UNDECIDED]
    numbers = range(1, len(candidates.instances) + 1)
    return {number: int(counts[(open_patterns == number).any(axis=1)].sum()) for number in numbers}


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
            box = candidates.boxes[int(number) - 1]
            cleaned[int(number)] = clean_instance(result[box], disputed[box], int(candidates.final[number]))
    return result, cleaned


def _report(
    number: int,
    candidates: Candidates,
    votes: InstanceVotes,
    methods: MethodVoxels,
    result: Mask,
    undecided: dict[int, int],
    cleaned: dict[int, Cleaned],
    pattern_entropy_mm3: FloatArray,
) -> FusedInstance:
    drawn = candidates.drawn[number - 1]
    label = int(candidates.final[number])
    ballots = candidates.ballots
    touched = (candidates.patterns == number).any(axis=1)
    voxels = int(np.count_nonzero(result.array[candidates.boxes[number - 1]] == label)) if label else 0
    rater_voxels = tuple(
        int(ballots.voxels(rater)[name]) if name else 0 for rater, name in enumerate(drawn.names)
    )
    tidy = cleaned.get(number, Cleaned(0, 0))
    sensitivity, specificity = votes.rates[number]
    converged = votes.staple[number].converged
    return FusedInstance(
        label=label,
        names=drawn.names,
        rater_voxels=rater_voxels,
        voxels=voxels,
        majority_voxels=methods.majority,
        staple_voxels=methods.staple,
        sba_voxels=methods.sba,
        disputed_voxels=int(candidates.counts[touched].sum()),
        undecided_voxels=undecided[number],
        islands_removed=tidy.removed,
        holes_filled=tidy.filled,
        sensitivity=tuple(float(rate) for rate in sensitivity),
        specificity=tuple(float(rate) for rate in specificity),
        expected_dice=tuple(float(value) for value in votes.expected_dice[number]),
        staple_iterations=votes.staple[number].iterations,
        staple_converged=converged,
        left_out=tuple(int(rater) for rater in np.flatnonzero(candidates.abstains[number - 1])),
        uncertainty_mm3=float(candidates.counts[touched] @ pattern_entropy_mm3[touched]),
        flags=flags_of(
            number,
            candidates,
            methods,
            voxels=voxels,
            rater_voxels=rater_voxels,
            converged=converged,
            voxel_ml=result.geometry.voxel_volume_mm3 / 1000.0,
        ),
    )


def _sparse_entropy(first: Mask, candidates: Candidates, entropy: FloatArray) -> SparseEntropy:
    values = entropy[candidates.row_pattern].astype(np.float32)
    some = values > 0
    return SparseEntropy(first.geometry, candidates.ballots.order, candidates.rows[some], values[some])
