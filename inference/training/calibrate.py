"""How sure the engine is of what it found, fitted to and checked on CTs with and without a spine.

What is fitted is `inference.certainty` and `inference.judging`; both go into the manifest beside the weights.
The reliability curve says of each CT what a fit without it says; cases held out are never fitted to, and
cases for testing alone never used. A CT without a spine serves in other poses and sizes too: most are refused
as they are, and what the fit must learn from are those that are not.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from backend.science.formats.nifti import read_mask
from backend.science.geometry import to_canonical
from backend.science.volume import Mask, Volume, VolumeGeometry
from inference.benchmark import BenchmarkCase, find_cases
from inference.cases import read_ct
from inference.certainty import FEATURES, KEY, Certainty, body_features, drawn, fit, reliability
from inference.judging import FEATURES as JUDGING
from inference.judging import KEY as BY_MASK
from inference.judging import judging_features, seen_by_mask
from inference.patches import WIDE_SPACING_MM, FloatArray
from inference.prepare import prepare
from inference.run import Context, Run
from inference.training.appearance import recolour, scan
from inference.training.randomise import Example
from inference.training.real import body_centres
from inference.weights import MANIFEST, WeightSet

# A body is some 20 mm high; heights were read to 3 mm.
_WITHIN_MM = 12.0
_SECOND_PENALTY = 0.002
_NEAR_PENALTY = 0.02


@dataclass(frozen=True)
class Chain:
    """The bodies of one case: features by row, what their masks show (`inference.judging.seen_by_mask`), and
    1 for each that is a vertebra. Chains of one `source` CT are left out together."""

    name: str
    source: str
    features: FloatArray
    by_mask: FloatArray
    truth: FloatArray
    held_out: bool = False


def found_in(volume: Volume, weights: WeightSet, device: str = "cpu") -> Context:
    """What the first three stages find, whatever they are sure of."""
    with TemporaryDirectory() as scratch:
        unsure, options = replace(weights, about={}), {"threads": 1, "quick": True, "device": device}
        run = Run(unsure, options, Path(scratch), lambda _: None, lambda: False)
        context = Context(prepare(volume))
        run.identify(context)
        with run.turn():
            for name, work in (("localise", run.localise), ("label", run.label), ("segment", run.segment)):
                context = run.stage(name, work, context)
        return context


def chain_of(
    name: str,
    volume: Volume,
    weights: WeightSet,
    is_true: Callable[[FloatArray], bool],
    device: str = "cpu",
) -> Chain:
    """What the weights make of a volume. `is_true` says whether there is a vertebra at a point (RAS mm)."""
    context = found_in(volume, weights, device)
    assert context.found is not None
    assert context.naming is not None
    bodies, labels, grid = context.naming.candidates, context.naming.labels, context.found.grid
    points = [grid.to_ras_mm(body.centre) for body in bodies]
    hu = context.prepared.volume.array
    by_mask = np.array([seen_by_mask(context.patches[label], hu) for label in labels]).reshape(-1, 2)
    truth = np.array([float(is_true(point)) for point in points])
    return Chain(name, name, body_features(context.found, bodies, labels), by_mask, truth)


def posed(volume: Volume) -> dict[str, Volume]:
    """A CT head down, face down, smaller and larger."""
    canonical = to_canonical(volume)
    array, geometry = canonical.array, canonical.geometry

    def resized(by: float) -> Volume:
        affine = geometry.affine_ras_mm @ np.diag([by, by, by, 1.0])
        return Volume(VolumeGeometry(geometry.shape, affine), array)

    return {
        "head down": Volume(geometry, np.asfortranarray(array[:, ::-1, ::-1])),
        "face down": Volume(geometry, np.asfortranarray(array[::-1, ::-1, :])),
        "smaller": resized(0.7),
        "larger": resized(1.35),
    }


def truth_of_mask(mask: Mask) -> Callable[[FloatArray], bool]:
    """Whether there is a vertebra at a point (RAS mm), by a mask in canonical order."""
    centres = [mask.geometry.voxel_to_ras_mm(v) for v in body_centres(mask, cut_too=True).values()]
    heights = [float(c[2]) for c in centres]

    def in_mask(point: FloatArray) -> bool:
        near = any(float(np.linalg.norm(point - centre)) < _WITHIN_MM for centre in centres)
        # Masks end before the spine does: what lies beyond is not known to be none.
        return near or not heights or not min(heights) < float(point[2]) < max(heights)

    return in_mask


def truth_of(case: BenchmarkCase, volume: Volume) -> Callable[[FloatArray], bool]:
    """Whether there is a vertebra at a point (RAS mm) of a case."""
    if case.mask is not None:
        return truth_of_mask(to_canonical(read_mask(case.mask)))
    canonical = to_canonical(volume).geometry
    top = canonical.voxel_to_ras_mm((0.0, 0.0, canonical.shape[2] - 1.0))[2]
    below = [mm for mm in case.heights_mm.values() if np.isfinite(mm)]

    def at_height(point: FloatArray) -> bool:
        at = float(top - point[2])
        if not below:
            return bool(case.heights_mm)
        return any(abs(at - mm) < _WITHIN_MM for mm in below) or not min(below) < at < max(below)

    return at_height


def scene_chain(path: Path, number: int, weights: WeightSet, device: str = "cpu") -> Chain:
    """The chain of a wide scene, of which all vertebrae are known."""
    example, rng = Example.load(path), np.random.default_rng([number, 7])
    hu = scan(recolour(example.hu, example.owner, example.tissue, rng), WIDE_SPACING_MM, rng)
    affine = np.diag([WIDE_SPACING_MM] * 3 + [1.0])
    shape = (hu.shape[0], hu.shape[1], hu.shape[2])
    centres = example.centres * WIDE_SPACING_MM

    def is_true(point: FloatArray) -> bool:
        return bool((np.linalg.norm(centres - point, axis=1) < _WITHIN_MM).any())

    volume = Volume(VolumeGeometry(shape, affine), hu.astype(np.int16))
    return chain_of(path.stem, volume, weights, is_true, device)


def chains(
    data: Path, scenes: Path, weights: WeightSet, held_out: Collection[str], say: Callable[[str], None]
) -> list[Chain]:
    """The chains of every CT at hand that is not for testing alone, and of every wide scene."""
    out = []
    for case in find_cases(data):
        if case.test_only:
            continue
        volume = read_ct(case.ct)
        found = [chain_of(case.name, volume, weights, truth_of(case, volume))]
        if case.mask is None and not case.heights_mm:
            for pose, other in posed(volume).items():
                found.append(chain_of(f"{case.name} {pose}", other, weights, lambda _: False))
        out += [replace(c, source=case.name, held_out=case.name in held_out) for c in found]
        say(f"{case.name}: {sum(len(c.truth) for c in found)} bodies, {found[0].truth.sum():.0f} true")
    for number, path in enumerate(sorted((scenes / "wide").glob("s*[0-9].npz"))):
        out.append(scene_chain(path, number, weights))
    return [chain for chain in out if len(chain.truth)]


Both = tuple[Certainty, Certainty]


def fit_both(known: Sequence[Chain], start: Both | None = None) -> Both:
    """Both regressions on some chains, the second with the answers of the first; near earlier ones where few
    chains are to change what was fitted to many."""
    truth = np.concatenate([c.truth for c in known])
    features = np.vstack([c.features for c in known])
    if start is None:
        first = fit(features, truth)
        second = fit(np.vstack([judging(c, first) for c in known]), truth, penalty=_SECOND_PENALTY)
        return first, second
    first = fit(features, truth, penalty=_NEAR_PENALTY, start=start[0])
    by_mask = np.vstack([judging(c, first) for c in known])
    return first, fit(by_mask, truth, penalty=_NEAR_PENALTY, start=start[1])


def judging(chain: Chain, first: Certainty) -> FloatArray:
    """The features of the second regression."""
    return judging_features(first.of_bodies(chain.features), chain.by_mask)


def calibrate(all_chains: Sequence[Chain]) -> tuple[tuple[Certainty, Certainty], dict[str, Any]]:
    """Both regressions on the chains that are not held out, and how they do on each CT when fitted without
    it."""
    said = {}
    for source in dict.fromkeys(chain.source for chain in all_chains):
        known = [chain for chain in all_chains if chain.source != source and not chain.held_out]
        first, second = fit_both(known)
        for chain in all_chains:
            if chain.source == source:
                said[chain.name] = second.of_bodies(judging(chain, first))
    true = np.concatenate([chain.truth for chain in all_chains])
    rows, error = reliability(np.concatenate([said[chain.name] for chain in all_chains]), true)
    both = fit_both([chain for chain in all_chains if not chain.held_out])
    return both, {
        "reliability": rows,
        "expected_calibration_error": error,
        "bodies": len(true),
        "chains_without_a_vertebra": sum(not chain.truth.any() for chain in all_chains),
        "drawn_of_those": sum(
            any(drawn(said[chain.name].tolist(), len(chain.truth)))
            for chain in all_chains
            if not chain.truth.any()
        ),
        "mean_probability_and_truth": {
            chain.name: [round(float(np.mean(said[chain.name])), 3), float(chain.truth.mean())]
            for chain in all_chains
        },
    }


def write_certainty(directory: Path, first: Certainty, second: Certainty) -> None:
    """Put the regressions into the manifest of a folder of weights."""
    path = directory / MANIFEST
    stated = json.loads(path.read_text())
    stated |= {KEY: first.stated(FEATURES), BY_MASK: second.stated(JUDGING)}
    path.write_text(json.dumps(stated, indent=2) + "\n")


def save_chains(path: Path, all_chains: Sequence[Chain]) -> None:
    """Keep the chains' features as JSON, so that the fit can be looked at again."""
    rows = [
        {key: v.round(4).tolist() if isinstance(v, np.ndarray) else v for key, v in asdict(c).items()}
        for c in all_chains
    ]
    path.write_text(json.dumps(rows) + "\n")
