"""What goes into a fusion and what comes out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from backend.science.agreement.instances import MATCH_IOU
from backend.science.agreement.pair import number
from backend.science.errors import BadInput
from backend.science.volume import Mask, Volume, VolumeGeometry

Method = Literal["auto", "majority", "weighted", "staple", "sba"]
METHODS: tuple[Method, ...] = ("auto", "majority", "weighted", "staple", "sba")

# STAPLE and majority that differ by more than this share of the volume are shown to a person (SCIENCE 6).
STAPLE_VOLUME_ALARM = 0.10
# With two raters nothing tells which of them is right: the rates run to one of them being perfect.
STAPLE_FEWEST_RATERS = 3
# With three or more raters nobody has half of the votes: no one alone decides against all others.
LARGEST_SHARE = 0.49


@dataclass(frozen=True, slots=True)
class FusionParameters:
    """How to fuse. Stored with the result, so that it can be made again.

    ``weights`` (one per rater) belong to the method ``weighted``. ``staple_prior`` is the fixed probability
    of the vertebra in a disputed voxel; None takes the raters' mean share of the vertebra's box with its
    margin. STAPLE is not offered for two raters. ``clean`` takes away islands and fills holes among
    disputed voxels.
    """

    method: Method = "auto"
    weights: tuple[float, ...] | None = None
    minimum_iou: float = MATCH_IOU
    staple_prior: float | None = None
    staple_iterations: int = 1000
    clean: bool = True

    def checked(self, raters: int) -> FusionParameters:
        """The same, or ``BadInput`` when they cannot be used for that many raters."""
        if self.method not in METHODS:
            raise BadInput("unknown_method", f"unknown method; choose one of {', '.join(METHODS)}")
        if self.method == "weighted" and self.weights is None:
            raise BadInput("weights_missing", "weighted fusion needs one weight per rater")
        if self.method == "staple" and raters < STAPLE_FEWEST_RATERS and raters > 1:
            raise BadInput(
                "staple_needs_three",
                "STAPLE cannot tell which of two raters is right; average their shapes (sba) instead",
            )
        if self.weights is not None:
            weights = np.asarray(self.weights, dtype=np.float64)
            if weights.shape != (raters,) or not np.isfinite(weights).all() or (weights < 0).any():
                raise BadInput("bad_weights", f"{raters} raters need {raters} weights of 0 or more")
            if weights.sum() <= 0:
                raise BadInput("bad_weights", "at least one weight must be larger than 0")
        if (
            not 0 < (self.staple_prior or 0.5) < 1
            or self.staple_iterations < 1
            or not 0 < self.minimum_iou <= 1
        ):
            raise BadInput("bad_parameters", "prior and overlap lie between 0 and 1, iterations from 1 up")
        return self

    def to_json(self) -> dict[str, Any]:
        """For JSON: what a fusion was asked for."""
        return {
            "method": self.method,
            "weights": list(self.weights) if self.weights is not None else None,
            "minimum_iou": self.minimum_iou,
            "staple_prior": self.staple_prior,
            "staple_iterations": self.staple_iterations,
            "clean": self.clean,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> FusionParameters:
        """The parameters from stored JSON; keys left out keep their defaults, unknown keys are refused."""
        unknown = set(value) - set(cls.__slots__)
        if unknown:
            raise BadInput("bad_parameters", f"unknown parameters: {', '.join(sorted(unknown))}")
        known = dict(value)
        if known.get("weights") is not None:
            known["weights"] = tuple(float(weight) for weight in known["weights"])
        return cls(**known)


@dataclass(frozen=True, slots=True)
class RaterReport:
    """What was seen of one rater. ``excluded`` says why the votes were left out ("" where they counted).

    ``share`` is the share of all votes that the rater had, ``capped`` whether it was cut to less than half,
    ``left_out`` the labels whose outlines no vertebra can have.
    """

    rater: int
    labels: int
    matched: int
    name_shift: int | None
    excluded: str
    share: float
    capped: bool
    left_out: tuple[int, ...]

    def to_json(self) -> dict[str, Any]:
        """For JSON; tuples become lists."""
        value = {name: getattr(self, name) for name in self.__slots__}
        return {**value, "left_out": list(self.left_out)}


@dataclass(frozen=True, slots=True)
class FusedInstance:
    """One vertebra of the result, or one that did not get in (``label`` 0).

    ``names`` are what each rater called it (0: not drawn), ``sensitivity`` and ``specificity`` each rater's
    rates against STAPLE's truth within the vertebra's box, ``expected_dice`` each rater's Dice with that
    truth. With fewer than three raters there is no such truth: what they dispute counts as one half, and
    ``staple_voxels`` is None. ``majority_voxels`` are those that more than half gave it; ``sba_voxels``
    are the same where so little is disputed that no method could differ by a third. ``left_out`` are
    raters of whom an outline was left out there. ``flags`` are reasons for a person to look: ``name_tied``,
    ``name_disputed``, ``name_invented``, ``missing``, ``half_missing``, ``minority_dropped``,
    ``empty_result``, ``outline_left_out`` (too large to be a vertebra), ``too_large`` (the result is),
    ``sizes_differ`` (the smallest outline is less than two thirds of the largest), ``methods_differ``
    (majority, STAPLE and shape-based averaging by more than a third), ``staple_volume``,
    ``staple_not_converged``.
    """

    label: int
    names: tuple[int, ...]
    rater_voxels: tuple[int, ...]
    voxels: int
    majority_voxels: int
    staple_voxels: int | None
    sba_voxels: int
    disputed_voxels: int
    undecided_voxels: int
    islands_removed: int
    holes_filled: int
    sensitivity: tuple[float, ...]
    specificity: tuple[float, ...]
    expected_dice: tuple[float, ...]
    staple_iterations: int
    staple_converged: bool
    left_out: tuple[int, ...]
    uncertainty_mm3: float
    flags: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """For JSON; tuples become lists, nan null."""
        value: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        for key in ("names", "rater_voxels", "flags", "left_out"):
            value[key] = list(value[key])
        for key in ("sensitivity", "specificity", "expected_dice"):
            value[key] = [number(rate) for rate in value[key]]
        return value


@dataclass(frozen=True, slots=True)
class SparseEntropy:
    """Entropy of the votes, kept where it is not 0."""

    geometry: VolumeGeometry
    order: Literal["C", "F"]
    index: NDArray[np.int64]
    value: NDArray[np.float32]

    def dense(self) -> Volume:
        """The map on the whole grid: float32, 0 (all agree) to 1."""
        flat = np.zeros(int(np.prod(self.geometry.shape)), dtype=np.float32)
        flat[self.index] = self.value
        return Volume(self.geometry, flat.reshape(self.geometry.shape, order=self.order))


@dataclass(frozen=True, slots=True)
class FusionResult:
    """A fused mask with everything that a person needs to judge it."""

    mask: Mask
    method: Method
    parameters: FusionParameters
    raters: tuple[RaterReport, ...]
    instances: tuple[FusedInstance, ...]
    sparse_entropy: SparseEntropy = field(repr=False)

    @property
    def entropy(self) -> Volume:
        """Entropy of the raters' votes on the mask's grid, float32 from 0 to 1; made when asked for."""
        return self.sparse_entropy.dense()

    @property
    def report(self) -> dict[str, Any]:
        """The same as ``to_json()``, the report that the site stores beside the mask."""
        return self.to_json()

    def to_json(self) -> dict[str, Any]:
        """For JSON: method, parameters, raters and instances, without voxels."""
        return {
            "method": self.method,
            "parameters": self.parameters.to_json(),
            "raters": [rater.to_json() for rater in self.raters],
            "instances": [instance.to_json() for instance in self.instances],
            "labels": {str(i.label): i.to_json() for i in self.instances if i.label},
            "adjudicate": [i.label for i in self.instances if i.label and i.flags],
            "dropped": [list(i.names) for i in self.instances if not i.label],
        }
