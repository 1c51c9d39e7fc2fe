"""Three mock teams of differing skill: predictions of a part of the release, as a zip."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from backend.replay.recipe import SeriesPlan
from backend.replay.scenes import Scenes
from backend.science.formats.nifti import mask_bytes, read_grid
from backend.science.labels import THORACOLUMBAR, VALID_LABELS, name_of
from backend.science.predicted_grades import FILE_NAME, HIGHEST, NEEDED, PROBABILITY, PredictedGrade
from backend.science.volume import Mask, MaskArray
from backend.workflow.demo_hands import shave, trace

LAST_NAME = 25  # L6
FEWEST_LEFT = 2  # vertebrae of a prediction


@dataclass(frozen=True, slots=True)
class Skill:
    """How well a team's method does: border as in `hands.Hand`, the rest a share of vertebrae or scans."""

    key: str
    name: str
    border: float
    cut: float  # of vertebrae: their processes are missing
    missed: float  # of vertebrae
    shifted: float  # of scans: all names one off
    misread: float  # of vertebrae: a grade too high or low


TEAMS = (
    Skill("team1", "Careful", 0.06, 0.02, 0.00, 0.00, 0.02),
    Skill("team2", "Middling", 0.20, 0.08, 0.02, 0.03, 0.10),
    Skill("team3", "Hasty", 0.45, 0.25, 0.10, 0.25, 0.30),
)


def _number(skill: Skill) -> int:
    return [one.key for one in TEAMS].index(skill.key)


def predict(truth: MaskArray, skill: Skill, *, seed: int) -> MaskArray:
    """One scan's prediction: the truth with the method's faults."""
    rng = np.random.default_rng((seed, _number(skill)))
    mask = truth.copy(order="F")
    trace(skill.border, seed=int(rng.integers(1 << 31)))(mask)
    labels = [int(label) for label in np.unique(mask) if label]
    for label in labels:
        if rng.random() < skill.cut:
            shave(label)(mask)
        if rng.random() < skill.missed and len(np.unique(mask)) - 1 > FEWEST_LEFT:
            mask[mask == label] = 0
    if rng.random() < skill.shifted and all(
        label + 1 in VALID_LABELS and label < LAST_NAME for label in labels
    ):
        mask = np.asfortranarray(np.where(mask > 0, mask + 1, 0).astype(np.uint8))
    return mask


def grade(series: SeriesPlan, skill: Skill, *, seed: int) -> dict[int, PredictedGrade]:
    """One scan's predicted grades, each with how likely it is to be a clear fracture."""
    rng = np.random.default_rng((seed, _number(skill), 1))
    found = {}
    for label in series.labels:
        if label not in THORACOLUMBAR:
            continue
        told = series.grade(label)
        if rng.random() < skill.misread:
            told = min(HIGHEST, max(0, told + int(rng.choice([-1, 1]))))
        found[label] = PredictedGrade(
            told, round(float(np.clip(told / HIGHEST + rng.normal(0, 0.1), 0, 1)), 3)
        )
    return found


def cases_below(folder: Path, part: str) -> dict[str, Path]:
    """The CTs of a part of an unpacked release: by the name that predictions bear."""
    return {
        path.name.removesuffix("_ct.nii.gz"): path
        for path in sorted(folder.glob(f"**/{part}/**/*_ct.nii.gz"))
    }


def archive(cases: dict[str, Path], scenes: Scenes, skill: Skill, seed: int) -> bytes:
    """A submission: a mask for each case, on its CT's grid, and a table of grades."""
    target = io.BytesIO()
    lines = [",".join((*NEEDED, PROBABILITY))]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as out:
        for name, path in cases.items():
            grid = read_grid(path)
            number = scenes.find(grid.shape, grid.affine_ras_mm)
            predicted = predict(scenes.truth(number), skill, seed=seed + number)
            out.writestr(f"{name}_seg-vert_msk.nii.gz", mask_bytes(Mask(grid, predicted)))
            _, series = scenes.plan(number)
            lines += [
                f"{name},{name_of(label)},{told.grade},{told.probability}"
                for label, told in grade(series, skill, seed=seed + number).items()
            ]
        out.writestr(FILE_NAME, "\n".join([*lines, ""]))
    return target.getvalue()
