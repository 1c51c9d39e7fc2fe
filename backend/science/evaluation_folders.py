"""A folder of predictions against a folder of references: what belongs together, and what goes wrong alone.

One bad file is the error of its case; the other cases are scored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from backend.science.agreement.pair import number
from backend.science.errors import BadInput
from backend.science.evaluation import CaseEvaluation, Point, evaluate_case
from backend.science.formats.nifti import read_grid
from backend.science.formats.verse import holds_centroids, parse_name, read_centroids
from backend.science.reading import FileRemark, ReadMask, on_one_grid, read_mask_file
from backend.science.volume import Mask, VolumeGeometry

_SUFFIXES = (".nii.gz", ".nii")
BODIES = "bodies of the mask"


@dataclass(frozen=True, slots=True)
class ScoredCase:
    """One scan's figures, whose centroids they rest on, and what should be said of its files."""

    scores: CaseEvaluation
    predicted_centroids: str
    reference_centroids: str
    remarks: tuple[FileRemark, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """For JSON: the scores, and whose centroids they rest on."""
        centroids = {"predicted": self.predicted_centroids, "reference": self.reference_centroids}
        return {**self.scores.to_json(), "centroids": centroids}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A set of scans: identification over all vertebrae, Dice and Hausdorff averaged per scan, then over
    scans.

    ``errors`` are the cases that could not be scored, with the reason; they enter no mean. ``unmatched`` are
    predictions that no reference has the name of.
    """

    scored: dict[str, ScoredCase]
    absent: list[str] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    unmatched: list[str] = field(default_factory=list)

    @property
    def cases(self) -> dict[str, CaseEvaluation]:
        """The scores of each case that could be scored, by name."""
        return {name: case.scores for name, case in self.scored.items()}

    @property
    def remarks(self) -> list[FileRemark]:
        """What should be said of the files of all cases."""
        return [remark for case in self.scored.values() for remark in case.remarks]

    def to_json(self) -> dict[str, Any]:
        """The report of the command ``evaluate``."""
        cases = list(self.cases.values())
        hits = [hit for case in cases for hit in case.identification.hits.values()]
        distances = [d for case in cases for d in case.identification.distances_mm.values()]
        return {
            "identification_rate": number(_mean(hits)),
            "mean_distance_mm": number(_mean(distances)),
            "dice": number(_mean(case.mean_dice for case in cases)),
            "hausdorff_mm": number(_nanmean(case.mean_hausdorff_mm for case in cases)),
            "missed": sum(len(case.missed) for case in cases),
            "extra": sum(len(case.extra) for case in cases),
            "panoptic_quality": number(_nanmean(case.panoptic_quality for case in cases)),
            "vertebrae": len(hits),
            "scored_cases": len(cases),
            "absent_cases": self.absent,
            "errors": self.errors,
            "unmatched_predictions": self.unmatched,
            "cases": {name: case.to_json() for name, case in self.scored.items()},
        }


def evaluate_folders(
    predicted: Path,
    reference: Path,
    *,
    numbering: str | None = None,
    faults: Mapping[str, str] | None = None,
) -> Evaluation:
    """Evaluate every mask of the reference folder against the prediction of the same case.

    A case is known by the stem of its file names, as ``verse.parse_name`` reads them; folders are searched
    throughout. A reference without prediction counts with all its vertebrae missed. A case with a file that
    cannot be used is an error of its own. ``numbering`` holds for masks that are not plainly VerSe's.
    ``faults`` are cases whose prediction was found to be unusable before, with the reason: errors as well.

    Raises
    ------
    BadInput
        ``no_masks`` for an empty reference folder, ``no_match`` where no prediction has the name of a
        reference, ``nothing_scored`` where every case that has a prediction is an error.
    """
    references, predictions = _masks_of(reference), _masks_of(predicted)
    if not references:
        raise BadInput("no_masks", "no masks found", source=reference)
    unmatched = [
        _shown(path, predicted)
        for name in predictions
        for path in predictions[name]
        if name not in references
    ]
    if predictions and not set(predictions) & set(references):
        listed = ", ".join(unmatched[:3]) + (" ..." if len(unmatched) > 3 else "")
        wanted = ", ".join(sorted(references)[:3]) + (" ..." if len(references) > 3 else "")
        raise BadInput("no_match", f"no prediction has the name of a reference: {listed} against {wanted}")
    known = {name: reason for name, reason in (faults or {}).items() if name in references}
    absent = sorted(set(references) - set(predictions) - set(known))
    result = Evaluation({}, absent, known, sorted(unmatched))
    for name, paths in sorted(references.items()):
        if name in known:
            continue
        try:
            result.scored[name] = _scored(_one(paths), _one(predictions.get(name, [])), numbering)
        except BadInput as error:
            result.errors[name] = str(error)
        except OSError as error:
            result.errors[name] = f"{Path(error.filename or name).name}: {error.strerror or error}"
    if result.errors and not set(result.scored) - set(result.absent):
        first = next(iter(result.errors.values()))
        raise BadInput("nothing_scored", f"no prediction could be scored: {first}")
    return result


def reference_grids(folder: Path) -> dict[str, VolumeGeometry]:
    """The grid of each reference by its case. Raises ``BadInput`` as `evaluate_folders` and reading do."""
    found = {name: _one(paths) for name, paths in _masks_of(folder).items()}
    return {name: read_grid(path) for name, path in found.items() if path is not None}


def _scored(reference: Path | None, predicted: Path | None, numbering: str | None) -> ScoredCase:
    if reference is None:
        raise ValueError("a case has a reference")
    true = read_mask_file(reference, numbering=numbering)
    true_points, true_source = _centroids_beside(reference, true)
    if predicted is None:
        nothing = Mask(true.mask.geometry, np.zeros_like(true.mask.array))
        scores = evaluate_case(nothing, true.mask, predicted_centroids={}, reference_centroids=true_points)
        return ScoredCase(scores, "no prediction", true_source, true.remarks)
    found = read_mask_file(predicted, numbering=numbering)
    found_points, found_source = _centroids_beside(predicted, found)
    placed, true = _together(found, true)
    scores = evaluate_case(
        placed.mask, true.mask, predicted_centroids=found_points, reference_centroids=true_points
    )
    return ScoredCase(scores, found_source, true_source, (*placed.remarks, *true.remarks))


def _together(found: ReadMask, true: ReadMask) -> tuple[ReadMask, ReadMask]:
    # the reference first: figures are worked out in its axis order
    true, found = on_one_grid([true, found])
    return found, true


def _masks_of(folder: Path) -> dict[str, list[Path]]:
    """The mask files of each case, without what is called a CT and the CT beside a mask of its name."""
    if not folder.is_dir():
        raise BadInput("no_folder", "is not a folder", source=folder)
    named: dict[str, list[Path]] = {}
    plain: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("*.nii*")):
        if not path.name.endswith(_SUFFIXES):
            continue
        kind = parse_name(path.name).kind
        if kind == "mask":
            named.setdefault(case_name(path), []).append(path)
        elif kind == "unknown":
            plain.setdefault(case_name(path), []).append(path)
    return {**plain, **named}


def _one(paths: list[Path]) -> Path | None:
    if len(paths) > 1:
        listed = " and ".join(path.name for path in paths[:2])
        raise BadInput("two_masks", f"there are {len(paths)} masks of it: {listed}")
    return paths[0] if paths else None


def case_name(path: Path) -> str:
    """The case that a file belongs to: the stem of its name, without ``_pred``."""
    return parse_name(path.name).stem.lower().removesuffix("_pred")


def _shown(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _centroids_beside(path: Path, read: ReadMask) -> tuple[Mapping[int, Point] | None, str]:
    """Centroids of the file of the same case beside the mask, and where they are from.

    A centroid file is known by what is in it: converters write a JSON of the same name beside an image.
    """
    name = case_name(path)
    for candidate in sorted(path.parent.glob("*.json")):
        if case_name(candidate) == name and holds_centroids(candidate.read_bytes()):
            points = read_centroids(candidate, read.mask.geometry, mask=read.mask).points_ras_mm
            return points, f"file {candidate.name}"
    return None, BODIES


def _mean(values: Iterable[float]) -> float:
    listed = [float(value) for value in values]
    return sum(listed) / len(listed) if listed else float("nan")


def _nanmean(values: Iterable[float]) -> float:
    return _mean(value for value in values if np.isfinite(value))
