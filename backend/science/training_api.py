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
class UnlabelledCase:
    """A CT that nobody has drawn yet, as a file on this machine."""

    key: str
    ct: Path


NETWORKS = ("localise", "label", "segment")  # finding, naming, borders; in the order of the pipeline


@dataclass(frozen=True, slots=True)
class FineTuning:
    """A training from given weights on labelled cases.

    ``start`` is a folder of weights, None for those that ship. ``result`` is the folder to write the new
    weights to, ``work_dir`` holds the checkpoints: called again with the same one the training goes on.
    ``networks`` are those that learn, each ``steps`` steps. With ``unlabelled`` CTs there are two rounds:
    in the second one the masks of the first are learnt from as well, those of them that can be relied on.
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
    networks: tuple[str, ...] = ("segment",)
    unlabelled: tuple[UnlabelledCase, ...] = ()
    device: str = "cpu"
    calibration_scenes: int = 8  # synthetic fields of view, and as many images without a spine


@dataclass(frozen=True, slots=True)
class TrainingPoint:
    """One point of a network's curve: means over the steps since the last one, and where it was measured the
    figure on held-out cases (Dice; of finding and naming the share that is right).

    ``part`` is how far the whole training has come, 0 to 1; None: ``step / of``.
    """

    step: int
    of: int
    loss: float | None = None
    dice: float | None = None
    validation: float | None = None
    network: str = "segment"
    round: int = 1
    part: float | None = None


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

        ``better`` in it lists the networks that did better on the held-out cases than those they started
        from: where it is empty no weights were written.
        Raises `Cancelled` where asked to stop. Once `enough` is true no further step is taken, and what was
        learned so far is the result.
        """
        ...

    def measure(
        self, weights: Path | None, cases: tuple[LabelledCase, ...], cancelled: Callable[[], bool]
    ) -> list[DiceRow]:
        """Dice of the weights (None: those that ship) on every whole vertebra of the cases."""
        ...
