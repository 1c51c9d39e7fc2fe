"""What a trainer is given, tells on the way, and hands back. Kept below both the site and the networks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class LabelledCase:
    """A CT with an accepted mask, as files on this machine. ``key`` is the caller's own."""

    key: str
    ct: Path
    mask: Path


@dataclass(frozen=True, slots=True)
class FineTuning:
    """A training from given weights on labelled cases.

    ``start`` is a folder of weights, None for those that ship. ``result`` is the folder to write the new
    weights to, ``work_dir`` holds the checkpoint: called again with the same one the training goes on.
    """

    cases: tuple[LabelledCase, ...]
    validation: tuple[LabelledCase, ...]
    result: Path
    work_dir: Path
    start: Path | None = None
    steps: int = 400
    learning_rate: float = 3e-4
    seed: int = 1
    synthetic_share: float = 0.3  # of synthetic scenes among the samples, so that old skills stay
    validate_every: int = 50  # steps
    threads: int = 1
    version: str = "fine-tuned"
    about: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TrainingPoint:
    """One point of the curves: means over the steps since the last one; Dice on validation where measured."""

    step: int
    of: int
    loss: float | None = None
    dice: float | None = None
    validation: float | None = None


@dataclass(frozen=True, slots=True)
class DiceRow:
    """One vertebra of one case: Dice of the network's patch, given the reference's body centre."""

    key: str
    label: int
    dice: float


class Trainer(Protocol):
    """A module that fine-tunes and measures. The site finds it by its dotted path."""

    def fine_tune(
        self,
        asked: FineTuning,
        tell: Callable[[TrainingPoint], None],
        cancelled: Callable[[], bool],
        enough: Callable[[], bool],
    ) -> dict[str, Any]:
        """Train; returns what should be kept of it as JSON.

        Raises `Cancelled` where asked to stop. Once `enough` is true no further step is taken, and what was
        learned so far is the result.
        """
        ...

    def measure(
        self, weights: Path | None, cases: tuple[LabelledCase, ...], cancelled: Callable[[], bool]
    ) -> list[DiceRow]:
        """Dice of the weights (None: those that ship) on every whole vertebra of the cases."""
        ...
