"""Learning from CTs that nobody has drawn: predict, keep what can be relied on, retrain. Written once, for
the command line and for a project's job.

A mask is relied on where nothing about it is implausible, the engine is sure that it is a spine, and it is
the same to two looks (the CT as it is and mirrored) and to two sets of weights. All others are left out,
each with its reason. What is learnt from is chosen by whoever asks: never cases that measure anybody or
anything.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import numpy as np

from backend.science.engine_api import Cancelled, EngineRequest, EngineResult
from backend.science.errors import BadInput
from backend.science.formats.nifti import write_mask
from backend.science.geometry import to_canonical
from backend.science.labels import name_of, sort_labels
from backend.science.quality import check_mask
from backend.science.training_api import LabelledCase, UnlabelledCase
from backend.science.volume import Mask, Volume
from inference.cases import read_ct
from inference.engine import SpineEngine
from inference.evaluation import dice
from inference.weights import WeightSet

SURE_FROM = 0.9  # of the probability that the chain is a spine
LEAST_DICE, LEAST_MEAN_DICE = 0.85, 0.9  # between two looks, of the worst vertebra and of all
# Vertebrae that the border cuts are taken out of the mask; that they are cut is no fault of it.
_NO_FAULT = frozenset({"cut_off"})


class Engine(Protocol):
    """What draws a mask."""

    def run(
        self, request: EngineRequest, progress: Callable[[Any], None], cancelled: Callable[[], bool]
    ) -> EngineResult:
        """Segment one CT."""
        ...


@dataclass(frozen=True)
class Verdict:
    """Whether a CT is learnt from, and why not; `agreement` is the mean Dice of the looks."""

    key: str
    ct: Path
    reason: str = ""
    vertebrae: int = 0
    agreement: float | None = None

    @property
    def kept(self) -> bool:
        """Whether it is learnt from."""
        return self.reason == ""

    def labelled(self, folder: Path) -> LabelledCase:
        """The CT with the mask that the engine drew, as written to `folder`."""
        return LabelledCase(self.key, self.ct, mask_path(folder, self.key))


def mask_path(folder: Path, key: str) -> Path:
    """Where the mask of a CT is kept."""
    return folder / f"{key}.nii.gz"


def _draw(
    engine: Engine, volume: Volume, options: dict[str, Any], cancelled: Callable[[], bool]
) -> EngineResult:
    with TemporaryDirectory() as scratch:
        return engine.run(EngineRequest(volume, Path(scratch), options=options), lambda _: None, cancelled)


def _mirrored(engine: Engine, volume: Volume, options: dict[str, Any], cancelled: Callable[[], bool]) -> Mask:
    """The mask of the mirrored CT, mirrored back. `volume` is in canonical order."""
    turned = Volume(volume.geometry, np.asfortranarray(volume.array[::-1]))
    mask = _draw(engine, turned, options, cancelled).mask
    return Mask(mask.geometry, np.asfortranarray(mask.array[::-1]))


def _without(mask: Mask, labels: Sequence[int]) -> Mask:
    return Mask(mask.geometry, np.where(np.isin(mask.array, list(labels)), 0, mask.array).astype(np.uint8))


def _names(labels: set[int]) -> str:
    return ", ".join(name_of(label) for label in sort_labels(labels))


def _labels(mask: Mask) -> set[int]:
    return {int(label) for label in np.unique(mask.array) if label}


def doubt_of(result: EngineResult, mask: Mask, volume: Volume, networks: Sequence[str]) -> str:
    """Why a single result cannot be relied on; empty where it can. `mask` is without cut vertebrae."""
    if not _labels(mask):
        return "No whole vertebra was found."
    sure = result.report.get("spine_confidence")
    if sure is None:
        return "The weights are not calibrated: nothing says how likely this is a spine."
    if float(sure) < SURE_FROM:
        return f"That it is a spine is only {round(100 * float(sure))} % likely."
    if {"localise", "label"} & set(networks) and result.report["naming"]["doubt"]:
        return "The names are a guess."
    faults = [
        finding
        for finding in check_mask(mask, volume=volume)
        if finding.severity != "info" and finding.code not in _NO_FAULT
    ]
    return f"Implausible: {faults[0].message}." if faults else ""


def differs(mask: Mask, other: Mask, who: str) -> tuple[str, float | None]:
    """Why two masks are not the same, empty where they are, and their mean Dice."""
    ours, theirs = _labels(mask), _labels(other)
    if ours - theirs:
        return f"{who} does not find {_names(ours - theirs)}.", None
    each = {label: dice(mask.array == label, other.array == label) for label in ours}
    mean = float(np.mean(list(each.values())))
    worst = min(each, key=lambda label: each[label])
    if each[worst] < LEAST_DICE or mean < LEAST_MEAN_DICE:
        return f"{who} draws {name_of(worst)} differently (Dice {each[worst]:.2f}).", mean
    return "", mean


def judge(
    case: UnlabelledCase,
    engines: Sequence[Engine],
    networks: Sequence[str],
    options: dict[str, Any],
    cancelled: Callable[[], bool],
) -> tuple[Verdict, Mask | None]:
    """Draw a CT by the last engine, and look whether the mask can be relied on."""
    try:
        volume = to_canonical(read_ct(case.ct))
        result = _draw(engines[-1], volume, options, cancelled)
    except BadInput as error:
        return Verdict(case.key, case.ct, f"It cannot be used: {error.message}."), None
    mask = _without(result.mask, result.report.get("cut", []))
    reason = doubt_of(result, mask, volume, networks)
    quick = options | {"quick": True}
    agreed: list[float] = []
    looks: list[tuple[str, Callable[[], Mask]]] = [
        ("A mirrored look", lambda: _mirrored(engines[-1], volume, quick, cancelled))
    ]
    if len(engines) > 1:
        looks.append(("The earlier model", lambda: _draw(engines[0], volume, quick, cancelled).mask))
    for who, look in looks:
        if reason:
            break
        reason, mean = differs(mask, look(), who)
        agreed += [] if mean is None else [mean]
    agreement = round(min(agreed), 4) if agreed else None
    found = Verdict(case.key, case.ct, reason, len(_labels(mask)), agreement)
    return found, mask if found.kept else None


def label_unlabelled(
    weights: Sequence[WeightSet],
    cases: Sequence[UnlabelledCase],
    folder: Path,
    *,
    networks: Sequence[str],
    device: str = "cpu",
    cancelled: Callable[[], bool] = lambda: False,
    engines: Sequence[Engine] | None = None,
) -> list[Verdict]:
    """Draw every CT, and write the masks that can be relied on into a folder. What was judged before, by an
    attempt that was cut short, is not judged again. Raises `Cancelled`.

    `weights` are the two models, the newer one last; with a single one only its two looks are compared.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawing = engines or [SpineEngine(one) for one in weights]
    out = []
    for case in cases:
        if cancelled():
            raise Cancelled
        noted = folder / f"{case.key}.json"
        if noted.exists():
            out.append(Verdict(ct=case.ct, **json.loads(noted.read_text())))
            continue
        verdict, mask = judge(case, drawing, networks, {"device": device}, cancelled)
        if mask is not None:
            write_mask(mask_path(folder, case.key), mask)
        noted.write_text(json.dumps({k: v for k, v in asdict(verdict).items() if k != "ct"}))
        out.append(verdict)
    return out


def summary(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """What is shown of it: how many were kept, and of each other the reason."""
    return {
        "cases": len(verdicts),
        "learnt_from": [
            {"case": one.key, "vertebrae": one.vertebrae, "agreement": one.agreement}
            for one in verdicts
            if one.kept
        ],
        "left_out": [{"case": one.key, "reason": one.reason} for one in verdicts if not one.kept],
    }
