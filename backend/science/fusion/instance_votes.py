"""Majority and STAPLE of every vertebra, on the patterns of votes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from backend.science.agreement.boxes import grow
from backend.science.fusion.model import STAPLE_FEWEST_RATERS, FusionParameters
from backend.science.fusion.prepare import Candidates
from backend.science.fusion.staple import StapleResult, expected_dice, rates_against, staple
from backend.science.fusion.voting import majority

MaskArray = NDArray[np.uint8]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

# Room around a vertebra's box: in which specificity is counted, and which signed distances see.
CROP_MARGIN_VOXELS = 5
# What two raters dispute: nothing tells which of them is right.
_EITHER = 0.5
_ROUNDING = 1e-12


class InstanceVotes:
    """What more than half say of each pattern, what STAPLE says, and each rater's rates against the latter.

    STAPLE is asked of those only who have a say on a vertebra, and only where three or more have; elsewhere
    its decision is the majority's.
    """

    def __init__(self, candidates: Candidates, parameters: FusionParameters) -> None:
        self._candidates = candidates
        self._parameters = parameters
        self.majority = majority(candidates.patterns, candidates.weights)
        self.staple: dict[int, StapleResult] = {}
        self.rates: dict[int, tuple[FloatArray, FloatArray]] = {}
        self.expected_dice: dict[int, FloatArray] = {}
        for number in range(1, len(candidates.instances) + 1):
            drew = candidates.patterns == number
            settled = self._settled(number, drew)
            result = self._estimate(number, drew, settled)
            self.staple[number] = result
            touched = drew.any(axis=1)
            counts = candidates.counts[touched].astype(np.float64)
            truth = result.probability[touched]
            self.rates[number] = rates_against(drew[touched], counts, truth, *settled)
            self.expected_dice[number] = expected_dice(drew[touched], counts, truth, settled[0])
        self.by_staple = self._staple_decision()

    def has_staple(self, number: int) -> bool:
        """Whether enough raters have a say on an instance."""
        return self._candidates.judges(number).size >= STAPLE_FEWEST_RATERS

    def _settled(self, number: int, drew: BoolArray) -> tuple[int, int]:
        """Voxels of an instance's box that all raters drew, and that none of them drew."""
        candidates = self._candidates
        box = grow(candidates.boxes[number - 1], CROP_MARGIN_VOXELS, candidates.ballots.shape)
        size = int(np.prod([side.stop - side.start for side in box]))
        inside = int(candidates.agreed[number])
        return inside, size - inside - int(candidates.counts[drew.any(axis=1)].sum())

    def _estimate(self, number: int, drew: BoolArray, settled: tuple[int, int]) -> StapleResult:
        """STAPLE of one instance, with a posterior for each pattern."""
        counts = self._candidates.counts
        judges = drew[:, self._candidates.judges(number)]
        every = judges.all(axis=1) & judges.any(axis=1)
        mixed = judges.any(axis=1) & ~every
        full = np.where(every, 1.0, np.where(mixed, _EITHER, 0.0))
        if not self.has_staple(number):
            nobody = np.full(judges.shape[1], np.nan)
            return StapleResult(full, nobody, nobody, _EITHER, 0, True)
        result = staple(
            judges[mixed],
            counts[mixed],
            prior=self._parameters.staple_prior,
            iterations=self._parameters.staple_iterations,
            agreed_inside=settled[0] + int(counts[every].sum()),
            agreed_outside=settled[1],
        )
        full[mixed] = result.probability
        return replace(result, probability=full)

    def _staple_decision(self) -> MaskArray:
        """The instance with the highest posterior above one half in each pattern, else background."""
        best = np.full(len(self._candidates.patterns), 0.5)
        decision = np.zeros(len(best), dtype=np.uint8)
        for number, result in self.staple.items():
            if not self.has_staple(number):
                continue
            better = result.probability > best + _ROUNDING
            decision[better] = number
            best[better] = result.probability[better]
        for number in self.staple:
            if not self.has_staple(number):
                touched = (self._candidates.patterns == number).any(axis=1)
                decision[touched] = self.majority[touched]
        return decision
