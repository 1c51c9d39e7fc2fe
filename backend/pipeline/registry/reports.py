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


class ModelConfig(Foreign):
    """What was asked of a model's training; ``about`` of a network that was trained elsewhere."""

    what = "The model's settings"

    steps: int | None = None
    learning_rate: Number = None
    synthetic_share: Number = None
    seed: int | None = None
    about: NetworkAbout | None = None


class TrainedCase(Report):
    """An accepted case: its id, the patient's pseudonym, its volume and the mask version that was used."""

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


def trained_with(row: ModelVersion | Training) -> TrainingSet:
    """The cases of a model, or of its training."""
    return TrainingSet.read(row.training_set)


class ValidatedVertebra(Report):
    """Dice on one vertebra of the validation share, before and after the training."""

    case: str
    label: int
    before: Number = None
    dice: Number = None


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
