"""From raters' masks to votes on vertebrae: matched by place, named as a sequence, checked rater by rater."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.science.agreement.ballots import Ballots, count_ballots
from backend.science.agreement.boxes import Box, Foreground, flat_view, unravel
from backend.science.agreement.instances import Instance, lookup, match_raters
from backend.science.errors import BadInput
from backend.science.fusion.bounds import abstentions, floods, without
from backend.science.fusion.model import LARGEST_SHARE, FusionParameters, RaterReport
from backend.science.fusion.names import NamedSequence, name_sequence
from backend.science.fusion.voting import ABSTAIN
from backend.science.labels import VALID_LABELS, order_of
from backend.science.volume import Mask, VolumeGeometry

MaskArray = NDArray[np.uint8]
IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

# With fewer raters left than this, nobody is kept out: one against one cannot tell who is wrong.
_FEWEST_JUDGES = 2
# From this many votes on nobody may have half of them.
_FEWEST_CAPPED = 3
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Candidates:
    """The vertebrae that may go into the result, from the head down, with the votes on them.

    ``final`` is the label of each (0: too few drew it), ``support`` the share of weight that drew it,
    ``boxes`` the box around all raters' outlines. ``patterns`` are the ballots' patterns with instance
    numbers (from 1) in place of labels, dropped instances as 0, outlines left out as abstentions; ``rows``
    and ``row_pattern`` their voxels. ``drawn`` are the instances as drawn, ``instances`` without what was
    left out, ``abstains`` (instances x raters) who therefore has no say.
    """

    drawn: list[Instance]
    instances: list[Instance]
    abstains: NDArray[np.bool_]
    final: MaskArray
    named: dict[int, tuple[bool, bool]]
    support: FloatArray
    boxes: list[Box]
    weights: FloatArray
    patterns: MaskArray
    counts: IntArray
    agreed: IntArray
    rows: IntArray
    row_pattern: IntArray
    ballots: Ballots

    @property
    def active(self) -> NDArray[np.intp]:
        """Numbers of the raters whose votes count."""
        return np.flatnonzero(self.weights > 0)

    def judges(self, number: int) -> NDArray[np.intp]:
        """Numbers of the raters whose votes count on an instance (from 1)."""
        return np.flatnonzero((self.weights > 0) & ~self.abstains[number - 1])


def prepare(masks: Sequence[Mask], parameters: FusionParameters) -> tuple[Candidates, list[RaterReport]]:
    """Match, name and weigh; see ``Candidates``."""
    arrays = [mask.array for mask in masks]
    ballots = count_ballots(arrays)
    _require_known_labels(ballots)
    found = match_raters(ballots, parameters.minimum_iou)
    weights, excluded = _weights(ballots, found, parameters)
    weights, capped = _capped(weights)
    left_out = floods(ballots, found, masks[0].geometry, weights > 0)
    drawn, instances, boxes = _placed(ballots, found, without(found, left_out), masks[0].geometry)
    abstains = abstentions(ballots, instances, drawn, left_out)
    support = _support(instances, abstains, weights)
    kept = [number for number, share in enumerate(support) if share >= 0.5 - _ROUNDING]
    naming = _name([instances[number] for number in kept], weights)
    final = np.zeros(256, dtype=np.uint8)
    named: dict[int, tuple[bool, bool]] = {}
    for place, number in enumerate(kept):
        final[number + 1] = naming.labels[place]
        named[number] = (naming.tied[place], naming.invented[place])
    table = lookup(instances, ballots.raters)
    dropped = np.flatnonzero(final == 0)
    table[np.isin(table, dropped)] = 0
    for rater, label in left_out:
        table[rater, label] = ABSTAIN
    ballots = _with_renamed_voxels(ballots, arrays, table, final)
    patterns = np.stack([table[r][ballots.patterns[:, r]] for r in range(ballots.raters)], axis=1)
    agreed = np.zeros(256, dtype=np.int64)
    np.add.at(agreed, table[0], ballots.unanimous)
    candidates = Candidates(
        drawn=drawn,
        instances=instances,
        abstains=abstains,
        final=final,
        named=named,
        support=support,
        boxes=boxes,
        weights=weights,
        patterns=patterns,
        counts=ballots.counts,
        agreed=agreed,
        rows=ballots.disputed,
        row_pattern=ballots.pattern_of,
        ballots=ballots,
    )
    votes = _Votes(weights / weights.sum(), capped, excluded, left_out)
    return candidates, _rater_reports(ballots, drawn, final, votes)


@dataclass(frozen=True, slots=True)
class _Votes:
    """What became of each rater's votes."""

    shares: FloatArray
    capped: NDArray[np.bool_]
    excluded: list[str]
    left_out: set[tuple[int, int]]


def _support(instances: list[Instance], abstains: NDArray[np.bool_], weights: FloatArray) -> FloatArray:
    """Share of the weight of those who have a say that drew each instance; 0 where nobody has one."""
    shares = []
    for instance, silent in zip(instances, abstains, strict=True):
        told = float(weights[~silent].sum())
        shares.append(float(weights[list(instance.raters)].sum()) / told if told > 0 else 0.0)
    return np.array(shares, dtype=np.float64)


def _capped(weights: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Weights with nobody at half of all votes, where three or more have some; and whose were cut."""
    result = weights.astype(np.float64)
    cut = np.zeros(result.size, dtype=np.bool_)
    if np.count_nonzero(result) < _FEWEST_CAPPED:
        return result, cut
    largest = int(result.argmax())
    allowed = LARGEST_SHARE / (1 - LARGEST_SHARE) * float(np.delete(result, largest).sum())
    if result[largest] > allowed:
        result[largest], cut[largest] = allowed, True
    return result, cut


def _require_known_labels(ballots: Ballots) -> None:
    for rater in range(ballots.raters):
        unknown = sorted(set(ballots.labels(rater)) - VALID_LABELS)
        if unknown:
            message = f"mask {rater + 1} has labels that are no vertebrae: {unknown[:5]}"
            raise BadInput("unknown_labels", message)


def _weights(
    ballots: Ballots, instances: list[Instance], parameters: FusionParameters
) -> tuple[FloatArray, list[str]]:
    """Weight per rater, and why a rater's votes are left out.

    Who drew nothing, or nothing in a place where anyone else did, is kept out as long as two others remain.
    """
    raters = ballots.raters
    reasons = [""] * raters
    if raters > _FEWEST_JUDGES:
        shared = Counter(r for i in instances if len(i.raters) > 1 for r in i.raters)
        for rater in range(raters):
            if not ballots.labels(rater):
                reasons[rater] = "empty"
            elif not shared[rater]:
                reasons[rater] = "matches_nobody"
        if reasons.count("") < _FEWEST_JUDGES:
            reasons = [""] * raters
    given = parameters.weights if parameters.method == "weighted" else None
    weights = np.ones(raters) if given is None else np.asarray(given, dtype=np.float64)
    counted = np.where([not reason for reason in reasons], weights, 0.0)
    return (counted, reasons) if counted.sum() > 0 else (weights, [""] * raters)


@dataclass(frozen=True, slots=True)
class _Extents:
    """Per pattern of the ballots: the smallest and largest index on each axis and the sum of indices."""

    low: IntArray
    high: IntArray
    total: IntArray

    @classmethod
    def of(cls, ballots: Ballots) -> _Extents:
        if ballots.disputed.size == 0:
            nothing = np.zeros((0, 3), dtype=np.int64)
            return cls(nothing, nothing, nothing)
        # of small numbers NumPy sorts by digits, which takes a tenth of the time
        small = ballots.pattern_of.astype(np.uint16) if len(ballots.patterns) <= 2**16 else ballots.pattern_of
        order = np.argsort(small, kind="stable")
        starts = np.concatenate([[0], np.cumsum(ballots.counts)[:-1]])
        places = np.stack(unravel(ballots.disputed[order], ballots.shape, ballots.order)).astype(np.int64)
        return cls(
            np.minimum.reduceat(places, starts, axis=1).T,
            np.maximum.reduceat(places, starts, axis=1).T,
            np.add.reduceat(places, starts, axis=1).T,
        )


def _placed(
    ballots: Ballots, drawn: list[Instance], voting: list[Instance], geometry: VolumeGeometry
) -> tuple[list[Instance], list[Instance], list[Box]]:
    """The instances from the head down, as drawn and without what was left out, and the boxes of the latter.

    An instance of which nothing remains is placed by what was left out.

    Boxes and centres come from the first rater's labels, the disputed voxels, and what all gave one label
    that is not the same vertebra for all; who comes first makes no difference.
    """
    instances = [now if now.raters else before for now, before in zip(voting, drawn, strict=True)]
    extents = _Extents.of(ballots)
    own = ballots.drawn.extents()
    table = lookup(instances, ballots.raters)
    low = np.full((len(instances) + 1, 3), np.iinfo(np.int64).max)
    high = np.full((len(instances) + 1, 3), -1)
    agreed_sum = np.zeros((256, 3), dtype=np.int64)
    total = np.zeros((len(instances) + 1, 3), dtype=np.int64)
    voxels = np.zeros(len(instances) + 1, dtype=np.int64)
    for label, extent in own.items():
        member = int(table[0, label])
        np.minimum(low[member], [side.start for side in extent.box], out=low[member])
        np.maximum(high[member], [side.stop - 1 for side in extent.box], out=high[member])
        agreed_sum[label] = extent.index_sum
    _widen(low, high, ballots, table)
    np.subtract.at(agreed_sum, ballots.patterns[:, 0], extents.total)
    for rater in range(ballots.raters):
        member = table[rater][ballots.patterns[:, rater]]
        np.minimum.at(low, member, extents.low)
        np.maximum.at(high, member, extents.high)
        np.add.at(total, member, extents.total)
        np.add.at(total, table[rater], agreed_sum)
        np.add.at(voxels, table[rater], ballots.voxels(rater))
    boxes = [
        (slice(a[0], b[0] + 1), slice(a[1], b[1] + 1), slice(a[2], b[2] + 1))
        for a, b in zip(low[1:].tolist(), high[1:].tolist(), strict=True)
    ]
    if not instances:
        return [], [], []
    heights = geometry.voxel_to_ras_mm(total[1:] / voxels[1:, None])[:, 2]
    order = sorted(
        range(len(instances)), key=lambda n: (-round(float(heights[n]), 6), sorted(instances[n].names))
    )
    return [drawn[n] for n in order], [voting[n] for n in order], [boxes[n] for n in order]


def _widen(low: IntArray, high: IntArray, ballots: Ballots, table: MaskArray) -> None:
    """Let the boxes hold the voxels to which all gave a label that stands for another vertebra, or for none
    (an outline left out), with some rater than with the first.
    """
    labels = np.flatnonzero((ballots.unanimous > 0) & (table != table[0]).any(axis=0))
    if labels.size == 0:
        return
    drawn = ballots.drawn
    agreed = np.isin(drawn.labels, labels)
    agreed[agreed] = ~np.isin(drawn.index[agreed], ballots.disputed)
    extents = Foreground(drawn.shape, drawn.order, drawn.index[agreed], drawn.labels[agreed]).extents()
    for label, extent in extents.items():
        for member in np.unique(table[1:, label]):
            np.minimum(low[member], [side.start for side in extent.box], out=low[member])
            np.maximum(high[member], [side.stop - 1 for side in extent.box], out=high[member])


def _name(instances: list[Instance], weights: FloatArray) -> NamedSequence:
    votes: list[dict[int, float]] = []
    for instance in instances:
        counted: dict[int, float] = {}
        for rater, name in enumerate(instance.names):
            if name and weights[rater] > 0:
                counted[name] = counted.get(name, 0.0) + float(weights[rater])
        votes.append(counted)
    return name_sequence(votes)


def _with_renamed_voxels(
    ballots: Ballots, arrays: Sequence[MaskArray], table: MaskArray, final: MaskArray
) -> Ballots:
    """Add the voxels that all raters gave one label which the result will not keep as it is.

    For every other label the voxels on which all agree can be copied from any rater's mask.
    """
    simple = (table == table[0]).all(axis=0) & (final[table[0]] == np.arange(256))
    simple[0] = True
    changed = np.flatnonzero(~simple & (ballots.unanimous > 0))
    if changed.size == 0:
        return ballots
    flat = flat_view(arrays[0], ballots.order)
    is_changed = np.isin(flat, changed.astype(np.uint8))
    is_changed[ballots.disputed] = False
    extra = np.flatnonzero(is_changed)
    values = flat[extra]
    start = len(ballots.patterns)
    number = np.zeros(256, dtype=np.int64)
    number[changed] = start + np.arange(changed.size)
    unanimous = ballots.unanimous.copy()
    unanimous[changed] = 0
    return Ballots(
        shape=ballots.shape,
        order=ballots.order,
        disputed=np.concatenate([ballots.disputed, extra]),
        pattern_of=np.concatenate([ballots.pattern_of, number[values]]),
        patterns=np.concatenate(
            [ballots.patterns, np.repeat(changed[:, None], ballots.raters, axis=1).astype(np.uint8)]
        ),
        counts=np.concatenate([ballots.counts, ballots.unanimous[changed]]),
        unanimous=unanimous,
        drawn=ballots.drawn,
    )


def _rater_reports(
    ballots: Ballots, instances: list[Instance], final: MaskArray, votes: _Votes
) -> list[RaterReport]:
    reports = []
    for rater in range(ballots.raters):
        matched = sum(1 for i in instances if rater in i.raters and len(i.raters) > 1)
        shifts = Counter(
            order_of(i.names[rater]) - order_of(int(final[n]))
            for n, i in enumerate(instances, start=1)
            if i.names[rater] and final[n]
        )
        usual = shifts.most_common(1)
        reports.append(
            RaterReport(
                rater=rater,
                labels=len(ballots.labels(rater)),
                matched=matched,
                # only a shift that most of the rater's vertebrae share is a miscount of the whole spine
                name_shift=usual[0][0] if usual and usual[0][1] * 2 > sum(shifts.values()) else None,
                excluded=votes.excluded[rater],
                share=float(votes.shares[rater]),
                capped=bool(votes.capped[rater]),
                left_out=tuple(sorted(label for who, label in votes.left_out if who == rater)),
            )
        )
    return reports
