"""How sure names are, fitted to fields whose names are known and judged on those that were not fitted.

For each kind of anchor one number is fitted (`inference.stages.successions`). Fields of one CT say much the
same thing, though not just the same: four times as many count twice as much. All CTs together count as much
as all scenes. What is said of a field comes from a fit without its CT; of scenes one half is judged by the
other.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from inference.certainty import reliability
from inference.patches import FloatArray
from inference.stages.anchors import find_anchors
from inference.stages.label import decode, weigh_names
from inference.stages.successions import KEY, KINDS, Sureness, kind_of, shares
from inference.training.readings import REAL, Reading
from inference.weights import MANIFEST

_LIMITS = (0.3, 8.0)
# What a field costs whose true names are not among those that were weighed: no number can mend that.
_LEAST = 1e-4


@dataclass(frozen=True)
class Judged:
    """One field: the kind of evidence, the log-weight of each succession, whether each gives all bodies that
    are known their names (first: the one that is told), and for each known body whether its name is right
    and which successions agree on it."""

    source: str
    real: bool
    kind: str
    weights: FloatArray
    right: npt.NDArray[np.bool_]
    body_right: npt.NDArray[np.bool_]
    body_agrees: npt.NDArray[np.bool_]


def judged(reading: Reading) -> Judged:
    """What naming makes of a reading, held against what is known."""
    weighed = weigh_names(reading.evidence)
    labels, confidence, _ = decode(reading.evidence)
    known = [k for k, label in enumerate(reading.truth) if label]
    table = np.array([[row.labels[k] for k in known] for row in weighed])
    truth = np.array([reading.truth[k] for k in known])
    return Judged(
        source=reading.source,
        real=reading.kind == REAL,
        kind=kind_of(find_anchors(labels, confidence, reading.evidence)),
        weights=np.array([row.weight for row in weighed]),
        right=(table == truth).all(axis=1),
        body_right=table[0] == truth,
        body_agrees=table == table[0],
    )


def _importance(fields: Sequence[Judged]) -> FloatArray:
    """Each source by the root of its number of fields, real ones together as much as all others."""
    number = Counter(field.source for field in fields)
    own = np.array([number[field.source] ** -0.5 for field in fields])
    real = np.array([field.real for field in fields])
    return np.asarray(own / np.where(real, own[real].sum(), own[~real].sum()))


def fit_names(fields: Sequence[Judged]) -> Sureness:
    """For each kind of anchor the number under which what is true is likeliest."""
    importance, divisor = _importance(fields), {}
    for kind in KINDS:
        chosen = [k for k, field in enumerate(fields) if field.kind == kind]

        def loss(number: float, chosen: Sequence[int] = chosen) -> float:
            true = [float(shares(fields[k].weights, number)[fields[k].right].sum()) for k in chosen]
            return float((importance[chosen] * -np.log(np.maximum(true, _LEAST))).sum())

        divisor[kind] = float(minimize_scalar(loss, bounds=_LIMITS, method="bounded").x) if chosen else 1.0
    return Sureness(divisor)


def _folds(fields: Sequence[Judged]) -> list[set[str]]:
    real = sorted({field.source for field in fields if field.real})
    made = sorted({field.source for field in fields if not field.real})
    return [{source} for source in real] + [set(made[0::2]), set(made[1::2])]


def judge_names(fields: Sequence[Judged]) -> dict[str, Any]:
    """How often names come true against how often they say, each field by a fit without its source."""
    said = np.zeros(len(fields))
    bodies: list[FloatArray] = [np.zeros(0)] * len(fields)
    for fold in _folds(fields):
        fitted = fit_names([field for field in fields if field.source not in fold])
        for k, field in enumerate(fields):
            if field.source in fold:
                probable = shares(field.weights, fitted.divisor[field.kind])
                said[k], bodies[k] = probable[0], probable @ field.body_agrees
    true = np.array([float(field.right[0]) for field in fields])
    groups: dict[str, npt.NDArray[np.bool_]] = {
        "all": np.ones(len(fields), bool),
        "real CTs": np.array([field.real for field in fields]),
        "scenes": np.array([not field.real for field in fields]),
        **{kind: np.array([field.kind == kind for field in fields]) for kind in KINDS},
    }
    report: dict[str, Any] = {"fields": {}, "bodies": {}}
    for name, inside in groups.items():
        chosen = np.flatnonzero(inside)
        if len(chosen):
            report["fields"][name] = _told(said[chosen], true[chosen])
            right = np.concatenate([fields[int(k)].body_right for k in chosen]).astype(float)
            report["bodies"][name] = _told(np.concatenate([bodies[int(k)] for k in chosen]), right)
    report["by_source"] = {
        source: [round(float(said[at].mean()), 3), round(float(true[at].mean()), 3), len(at)]
        for source in sorted({field.source for field in fields if field.real})
        if len(at := np.flatnonzero([field.source == source for field in fields]))
    }
    return report


def _told(said: FloatArray, true: FloatArray) -> dict[str, Any]:
    rows, error = reliability(said, true)
    return {
        "expected_calibration_error": error,
        "number": len(said),
        "said": round(float(said.mean()), 3),
        "right": round(float(true.mean()), 3),
        "reliability": rows,
    }


def write_sureness(directory: Path, sureness: Sureness) -> None:
    """Put what was fitted into the manifest of a folder of weights."""
    path = directory / MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | {KEY: sureness.stated()}, indent=2) + "\n")


def draw_reliability(path: Path, report: Mapping[str, Any]) -> None:
    """The reliability curves as a picture."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.4, 4.2), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    for place, part in enumerate(("bodies", "fields"), start=1):
        axes = figure.add_subplot(1, 2, place)
        axes.plot([0, 1], [0, 1], color="0.6", linewidth=1)
        for group, marker in (("real CTs", "o"), ("scenes", "s")):
            told = report[part].get(group)
            if told:
                said, seen, number = np.array(told["reliability"]).T
                error = told["expected_calibration_error"]
                axes.plot(said, seen, marker=marker, markersize=4, label=f"{group} (error {error:.3f})")
                for x, y, n in zip(said, seen, number, strict=True):
                    axes.annotate(f"{n:.0f}", (x, y), fontsize=6, xytext=(3, -7), textcoords="offset points")
        axes.set(
            title=f"Names of {'vertebrae' if part == 'bodies' else 'whole fields of view'}",
            xlabel="probability said",
            ylabel="share that is right",
            xlim=(0, 1.02),
            ylim=(0, 1.02),
        )
        axes.legend(loc="upper left", fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format="png")
