"""How sure the engine is of what it found, fitted to and checked on CTs with and without a spine.

What is fitted is `inference.certainty`; it goes into the manifest beside the weights. Cases held out are
measured only: they give the reliability curve. Cases for testing alone are never used.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from backend.science.formats.nifti import read_mask
from backend.science.geometry import to_canonical
from backend.science.volume import Volume, VolumeGeometry
from inference.benchmark import BenchmarkCase, find_cases
from inference.cases import read_ct
from inference.certainty import FEATURES, Certainty, body_features, fit, reliability
from inference.patches import WIDE_SPACING_MM, FloatArray
from inference.prepare import prepare
from inference.run import Context, Run
from inference.training.appearance import recolour, scan
from inference.training.randomise import Example
from inference.training.real import body_centres
from inference.weights import MANIFEST, WeightSet

# A body is some 20 mm high; heights were read to 3 mm.
_WITHIN_MM = 12.0
# Every third scene is held out.
_HELD_OUT_SCENES = 3


@dataclass(frozen=True)
class Chain:
    """The bodies of one case: features by row, and 1 for each that is a vertebra."""

    name: str
    features: FloatArray
    truth: FloatArray
    held_out: bool


def found_in(volume: Volume, weights: WeightSet) -> Context:
    """What the first two stages find, whatever they are sure of."""
    with TemporaryDirectory() as scratch:
        run = Run(weights, {"threads": 1}, Path(scratch), lambda _: None, lambda: False)
        context = Context(prepare(volume))
        run.identify(context)
        context = run.stage("localise", run.localise, context)
        return run.stage("label", run.label, context)


def _chain(name: str, context: Context, is_true: Callable[[FloatArray], bool], held_out: bool) -> Chain:
    assert context.found is not None
    assert context.naming is not None
    bodies, grid = context.naming.candidates, context.found.grid
    points = [grid.to_ras_mm(body.centre) for body in bodies]
    features = body_features(context.found, bodies, context.naming.labels)
    return Chain(name, features, np.array([float(is_true(point)) for point in points]), held_out)


def truth_of(case: BenchmarkCase, volume: Volume) -> Callable[[FloatArray], bool]:
    """Whether there is a vertebra at a point (RAS mm) of a case."""
    if case.mask is not None:
        mask = to_canonical(read_mask(case.mask))
        centres = [mask.geometry.voxel_to_ras_mm(v) for v in body_centres(mask, cut_too=True).values()]
        heights = [float(c[2]) for c in centres]

        def in_mask(point: FloatArray) -> bool:
            near = any(float(np.linalg.norm(point - centre)) < _WITHIN_MM for centre in centres)
            # Masks end before the spine does: what lies beyond is not known to be none.
            return near or not min(heights) < float(point[2]) < max(heights)

        return in_mask
    canonical = to_canonical(volume).geometry
    top = canonical.voxel_to_ras_mm((0.0, 0.0, canonical.shape[2] - 1.0))[2]
    below = [mm for mm in case.heights_mm.values() if np.isfinite(mm)]

    def at_height(point: FloatArray) -> bool:
        at = float(top - point[2])
        if not below:
            return bool(case.heights_mm)
        return any(abs(at - mm) < _WITHIN_MM for mm in below) or not min(below) < at < max(below)

    return at_height


def _scene_chain(path: Path, number: int, weights: WeightSet) -> Chain:
    example, rng = Example.load(path), np.random.default_rng([number, 7])
    hu = scan(recolour(example.hu, example.owner, example.tissue, rng), WIDE_SPACING_MM, rng)
    affine = np.diag([WIDE_SPACING_MM] * 3 + [1.0])
    shape = (hu.shape[0], hu.shape[1], hu.shape[2])
    context = found_in(Volume(VolumeGeometry(shape, affine), hu.astype(np.int16)), weights)
    centres = example.centres * WIDE_SPACING_MM

    def is_true(point: FloatArray) -> bool:
        return bool((np.linalg.norm(centres - point, axis=1) < _WITHIN_MM).any())

    return _chain(path.stem, context, is_true, number % _HELD_OUT_SCENES == 0)


def chains(
    data: Path, scenes: Path, weights: WeightSet, held_out: Collection[str], say: Callable[[str], None]
) -> list[Chain]:
    """The chains of every CT at hand that is not for testing alone, and of every wide scene."""
    out = []
    for case in find_cases(data):
        if not case.test_only:
            volume = read_ct(case.ct)
            context = found_in(volume, weights)
            out.append(_chain(case.name, context, truth_of(case, volume), case.name in held_out))
            say(f"{case.name}: {len(out[-1].truth)} bodies, {out[-1].truth.sum():.0f} true")
    for number, path in enumerate(sorted((scenes / "wide").glob("s*[0-9].npz"))):
        out.append(_scene_chain(path, number, weights))
    return out


def calibrate(all_chains: Sequence[Chain]) -> tuple[Certainty, dict[str, Any]]:
    """The regression on the chains that are not held out, and how it does on those that are."""
    known = [chain for chain in all_chains if not chain.held_out and len(chain.truth)]
    certainty = fit(np.vstack([c.features for c in known]), np.concatenate([c.truth for c in known]))
    unseen = [chain for chain in all_chains if chain.held_out and len(chain.truth)]
    said = np.concatenate([certainty.of_bodies(c.features) for c in unseen])
    true = np.concatenate([c.truth for c in unseen])
    rows, error = reliability(said, true)
    by_case = {
        chain.name: [round(float(np.mean(certainty.of_bodies(chain.features))), 3), float(chain.truth.mean())]
        for chain in all_chains
        if len(chain.truth)
    }
    return certainty, {
        "reliability": rows,
        "expected_calibration_error": error,
        "bodies_held_out": len(true),
        "mean_probability_and_truth_by_case": by_case,
    }


def write_certainty(directory: Path, certainty: Certainty) -> None:
    """Put the regression into the manifest of a folder of weights."""
    path = directory / MANIFEST
    stated = json.loads(path.read_text())
    weights = {name: round(w, 5) for name, w in zip(FEATURES, certainty.weights, strict=True)}
    stated["certainty"] = {"weights": weights, "constant": round(certainty.constant, 5)}
    path.write_text(json.dumps(stated, indent=2) + "\n")


def save_chains(path: Path, all_chains: Sequence[Chain]) -> None:
    """Keep the chains' features as JSON, so that the fit can be looked at again."""
    rows = [
        asdict(c) | {"features": c.features.round(4).tolist(), "truth": c.truth.tolist()} for c in all_chains
    ]
    path.write_text(json.dumps(rows) + "\n")
