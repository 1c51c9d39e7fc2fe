"""How sure retrained weights are of what they find, fitted anew: on held-out cases and on what holds no
spine.

Other weights give other maps, so that regressions fitted to the earlier ones may draw a hip or leave out a
spine. A project has few held-out cases and seldom a limb. So the earlier regressions are the start, left
only as far as the bodies at hand say so, and what is fitted is kept only where it does no worse than they
on CTs it was not fitted to. Images without a spine are synthetic ones (`nothing.py`) and what lies beside
the spine in the held-out CTs: ribs, hips, shoulders.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from backend.science.volume import Mask, Volume, VolumeGeometry
from inference.cases import CaseFiles
from inference.certainty import CARRIED_OVER, KEY, Certainty, drawn, reliability
from inference.judging import FEATURES as JUDGING
from inference.judging import KEY as BY_MASK
from inference.patches import WIDE_SPACING_MM
from inference.training.calibrate import (
    Both,
    Chain,
    chain_of,
    fit_both,
    judging,
    scene_chain,
    truth_of_mask,
    write_certainty,
)
from inference.training.nothing import nothing_sample
from inference.training.scenes import make_scenes
from inference.weights import MANIFEST, WeightSet, find_weights

FITTED, CARRIED, NONE = "fitted", "carried over", "none"
# With fewer bodies of either kind a fit would follow single ones.
LEAST_TRUE, LEAST_FALSE = 10, 4
_BESIDE_MM, _LEAST_WIDTH_MM = 45.0, 60.0
_SEED = 991
_NO_RIGHT = 1e-9


def nothing_volume(seed: int) -> Volume:
    """A CT without a spine."""
    x = nothing_sample(np.random.default_rng([_SEED, seed]))["x"][0]
    hu = np.rint(np.asarray(x, np.float32) * 500).astype(np.int16)
    affine = np.diag([WIDE_SPACING_MM] * 3 + [1.0])
    return Volume(VolumeGeometry((hu.shape[0], hu.shape[1], hu.shape[2]), affine), hu)


def beside(volume: Volume, mask: Mask) -> list[Volume]:
    """What lies to the left and to the right of the vertebrae of a CT, both in canonical order."""
    columns = np.flatnonzero((mask.array > 0).any(axis=(1, 2)))
    if not len(columns):
        return []
    step, width = mask.geometry.spacing_mm[0], mask.array.shape[0]
    middle = float(np.median(columns))
    edges = (
        (0, min(int(columns[0]), int(middle - _BESIDE_MM / step))),
        (max(int(columns[-1]) + 1, int(middle + _BESIDE_MM / step)), width),
    )
    out = []
    for first, last in edges:
        part = volume.array[max(0, first) : last]
        if (last - first) * step < _LEAST_WIDTH_MM or int(part.min()) == int(part.max()):
            continue
        affine = volume.geometry.affine_ras_mm.copy()
        affine[:3, 3] = volume.geometry.voxel_to_ras_mm((float(first), 0.0, 0.0))
        shape = (part.shape[0], part.shape[1], part.shape[2])
        out.append(Volume(VolumeGeometry(shape, affine), np.asfortranarray(part)))
    return out


def chains_at_hand(
    weights: WeightSet,
    held: Sequence[CaseFiles],
    scenes: Path,
    count: int,
    device: str,
    check: Callable[[], None],
) -> list[Chain]:
    """What the weights make of the held-out cases, of synthetic fields of view, and of what holds no
    spine."""
    out = []

    def never_true(_: Any) -> bool:
        return False

    for case in held:
        check()
        volume, mask = case.load()
        found = [chain_of(case.name, volume, weights, truth_of_mask(mask), device)]
        for side, part in enumerate(beside(volume, mask)):
            found.append(chain_of(f"{case.name} beside {side}", part, weights, never_true, device))
        out += [replace(chain, source=case.name) for chain in found]
    make_scenes(scenes, "wide", _SEED, 0, count)
    for number, path in enumerate(sorted((scenes / "wide").glob(f"s{_SEED:03d}_*[0-9].npz"))[:count]):
        check()
        out.append(scene_chain(path, number, weights, device))
    for number in range(count):
        check()
        out.append(chain_of(f"nothing {number}", nothing_volume(number), weights, never_true, device))
    return [chain for chain in out if len(chain.truth)]


def _said(chains: Sequence[Chain], both: Both) -> dict[str, Any]:
    return {chain.name: both[1].of_bodies(judging(chain, both[0])) for chain in chains}


def _said_by_others(chains: Sequence[Chain], start: Both | None) -> dict[str, Any]:
    """Of each CT what a fit without it says."""
    said: dict[str, Any] = {}
    for source in dict.fromkeys(chain.source for chain in chains):
        known = [chain for chain in chains if chain.source != source]
        truth = np.concatenate([chain.truth for chain in known]) if known else np.zeros(0)
        if not truth.any() or truth.all():
            return {}
        both = fit_both(known, start)
        said |= _said([chain for chain in chains if chain.source == source], both)
    return said


def _figures(chains: Sequence[Chain], said: dict[str, Any]) -> dict[str, Any]:
    """Calibration error, and how many spines and how many other things would be drawn."""
    truth = np.concatenate([chain.truth for chain in chains])
    _, error = reliability(np.concatenate([said[chain.name] for chain in chains]), truth)
    shown = {chain.name: any(drawn(said[chain.name].tolist(), len(chain.truth))) for chain in chains}
    return {
        "error": error,
        "spines_drawn": sum(shown[chain.name] for chain in chains if chain.truth.any()),
        "others_drawn": sum(shown[chain.name] for chain in chains if not chain.truth.any()),
    }


def _no_worse(new: dict[str, Any], old: dict[str, Any]) -> bool:
    return bool(
        new["error"] <= old["error"] + _NO_RIGHT
        and new["spines_drawn"] >= old["spines_drawn"]
        and new["others_drawn"] <= old["others_drawn"]
    )


def earlier(weights: WeightSet) -> Both | None:
    """The regressions that a folder of weights has already."""
    first, second = Certainty.of(weights.about), Certainty.of(weights.about, BY_MASK, JUDGING)
    return None if first is None or second is None else (first, second)


def recalibrate(folder: Path, chains: Sequence[Chain]) -> dict[str, Any]:
    """Fit the certainty of a folder of weights to what they make of some CTs, and write it beside them.

    What the folder has already is carried over, and marked as such, where there is too little to fit or a fit
    does worse. Returns what was done, with the figures of both.
    """
    start = earlier(find_weights(folder))
    truth = np.concatenate([chain.truth for chain in chains]) if chains else np.zeros(0)
    about: dict[str, Any] = {
        "bodies": len(truth),
        "others": int((1 - truth).sum()),
        "spines": sum(bool(chain.truth.any()) for chain in chains),
        "without_a_spine": sum(not chain.truth.any() for chain in chains),
        "before": _figures(chains, _said(chains, start)) if start is not None and chains else None,
        "after": None,
    }
    enough = about["others"] >= LEAST_FALSE and about["bodies"] - about["others"] >= LEAST_TRUE
    said = _said_by_others(chains, start) if enough else {}
    if said:
        about["after"] = _figures(chains, said)
        if about["before"] is None or _no_worse(about["after"], about["before"]):
            write_certainty(folder, *fit_both(chains, start))
            _mark(folder, carried=False)
            return about | {"state": FITTED, "reason": ""}
        reason = "A fit to the cases at hand would do worse on those it was not fitted to."
    else:
        reason = (
            "Too few things that are no vertebra were found, or all of them in one CT."
            if chains
            else "Nothing was found."
        )
    _mark(folder, carried=start is not None)
    return about | {"state": CARRIED if start is not None else NONE, "reason": reason}


def _mark(folder: Path, *, carried: bool) -> None:
    path = folder / MANIFEST
    stated = json.loads(path.read_text())
    stated.pop(CARRIED_OVER, None)
    if carried:
        stated[CARRIED_OVER] = True
    if KEY not in stated:
        stated.pop(BY_MASK, None)
    path.write_text(json.dumps(stated, indent=2) + "\n")
