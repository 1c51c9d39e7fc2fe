"""What is known of a model, as stored, sent and shown: how it was trained, on whom, and what came out.

Dice and shares are 0..1, times in seconds; null where nobody said.
"""

from __future__ import annotations

from backend.common.stored import Foreign, Listed, Report
from backend.pipeline.models import ModelVersion, Training

Number = float | None


class NetworkAbout(Foreign):
    """The description that came with an ONNX network: see docs/data-formats.md."""

    spacing_mm: Listed[float] = ()
    patch: Listed[int] = ()
    labels: dict[str, int | str] = {}  # VerSe's number or name, by the network's class
    clip_hu: Listed[float] | None = None
    mean_hu: Number = None
    std_hu: Number = None
    version: str | None = None


class TrainingSettings(Report):
    """What is asked of a training."""

    what = "The training's settings"

    steps: int = 400
    learning_rate: float = 3e-4
    synthetic_share: float = 0.3
    seed: int = 1
    networks: Listed[str] = ("segment",)  # of science/training_api.py: finding, naming, borders
    undrawn: bool = False  # learn from cases that nobody has drawn, too
    processor_only: bool = False


class ModelConfig(Foreign):
    """What was asked of a model's training; ``about`` of a network that was trained elsewhere."""

    what = "The model's settings"

    steps: int | None = None
    learning_rate: Number = None
    synthetic_share: Number = None
    seed: int | None = None
    networks: Listed[str] = ("segment",)
    undrawn: bool = False
    about: NetworkAbout | None = None


class TrainedCase(Report):
    """A case: its id, the patient's pseudonym, its volume and the mask version that was used; no mask where
    nobody has drawn it."""

    id: str
    patient: str
    volume: str = ""
    mask: str = ""


class TrainingSet(Report):
    """On whom a model was trained, and whom it was never shown."""

    what = "The cases of a training"

    source: str = ""
    reference: str = ""
    train: Listed[TrainedCase] = ()
    validation: Listed[TrainedCase] = ()
    undrawn: Listed[TrainedCase] = ()

    def patients(self) -> int:
        """Of how many patients it learns."""
        return len({case.patient for case in self.train})

    def validation_patients(self) -> int:
        """On how many it is measured."""
        return len({case.patient for case in self.validation})


def trained_with(row: ModelVersion | Training) -> TrainingSet:
    """The cases of a model, or of its training."""
    return TrainingSet.read(row.training_set)


class ValidatedVertebra(Report):
    """Dice on one vertebra of the validation share, before and after the training."""

    case: str
    label: int
    before: Number = None
    dice: Number = None


class NetworkFigures(Foreign):
    """How a network did on the held-out cases. ``score`` is what decides, 0 to 1: Dice of the borders, F1 of
    finding, the share of right names; ``scenes`` the same on synthetic scenes, where it must lose nothing."""

    score: Number = None
    loss: Number = None
    scenes: Number = None
    found: int | None = None
    missed: int | None = None
    invented: int | None = None
    right: int | None = None
    vertebrae: int | None = None
    dice: Number = None


class TaughtNetwork(Foreign):
    """What became of one network: kept where it is better than the one it started from, else why not."""

    network: str
    better: bool = False
    reason: str = ""
    steps: int = 0
    seconds: Number = None
    before: NetworkFigures = NetworkFigures()
    after: NetworkFigures = NetworkFigures()


class CertaintyFigures(Foreign):
    """Expected calibration error, and how many CTs with and without a spine would get a vertebra."""

    error: Number = None
    spines_drawn: int = 0
    others_drawn: int = 0


class CertaintyFit(Foreign):
    """Whether it was fitted anew how sure the new weights are: ``fitted``, ``carried over`` from earlier
    weights, or ``none``."""

    state: str = ""
    reason: str = ""
    bodies: int = 0
    others: int = 0  # of the bodies those that are no vertebra
    spines: int = 0
    without_a_spine: int = 0
    before: CertaintyFigures | None = None
    after: CertaintyFigures | None = None


class DrawnByItself(Report):
    """A CT that nobody had drawn and that was learnt from."""

    vertebrae: int = 0
    agreement: Number = None


class NotLearntFrom(Report):
    """Why another one was not."""

    reason: str = ""


class SelfTraining(Foreign):
    """What was learnt from cases that nobody has drawn. Which cases they are is not told."""

    cases: int = 0
    learnt_from: Listed[DrawnByItself] = ()
    left_out: Listed[NotLearntFrom] = ()


class TrainingMetrics(Foreign):
    """What the trainer told of its work: ``fine_tune`` of inference/training/finetune.py."""

    what = "The figures of a training"

    network: str = ""
    steps: int | None = None
    seconds: Number = None
    cases: int | None = None
    validation_before: Number = None
    validation_after: Number = None
    validation: Listed[ValidatedVertebra] = ()
    better: Listed[str] | None = None  # networks; null of trainers that do not say
    networks: Listed[TaughtNetwork] = ()
    calibration: CertaintyFit | None = None
    self_training: SelfTraining | None = None
    device: str = ""
    notes: Listed[str] = ()
