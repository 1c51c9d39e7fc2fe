"""Everything that is known of how the engine does, measured by one command on the real CTs at hand.

The CTs are no part of the repository. Three kinds of truth: masks, levels with the height of their bodies
(read by eye), and the statement that there is no vertebra at all. Cases for testing alone are marked;
every run that looks at them says so in its result, because each look makes them less independent.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from backend.science.engine_api import EngineResult
from backend.science.formats.nifti import read_mask
from backend.science.geometry import to_canonical
from backend.science.labels import label_of, sort_labels
from backend.science.previews import preview_png
from backend.science.volume import Mask, Volume
from inference.cases import read_ct
from inference.centres import mask_centres
from inference.engine import SpineEngine
from inference.evaluation import dice, run_engine
from inference.training.real import body_centres

# Levels were read by eye to 3 mm; a body is some 20 mm high.
WITHIN_MM = 8.0
MASKED = (
    ("abdomen", "totalsegmentator-abdomen/ct.nii.gz", "totalsegmentator-abdomen/vertebrae.nii.gz"),
    ("crop", "tptbox-lumbar/ct.nii.gz", "tptbox-lumbar/vertebrae.nii.gz"),
    ("dicom", "totalsegmentator-dicom/series", "totalsegmentator-dicom/vertebrae.nii.gz"),
    ("verse014", "verse014/sub-verse014_ct.nii.gz", "verse014/sub-verse014_seg-vert_msk.nii.gz"),
)
TEST_ONLY = ("verse014", "no-spine/test")
LEVELS = "real-ct/levels.json"
NO_SPINE = ("no-spine/test", "no-spine/training")
COLUMNS = ("case", "expected", "found", "named", "added", "cut", "Dice", "worst", "seconds")


@dataclass(frozen=True)
class BenchmarkCase:
    """One CT and what is known of it. Heights are mm below the middle of the top slice, by name of the level;
    NaN where only the level is known."""

    name: str
    ct: Path
    mask: Path | None = None
    heights_mm: Mapping[str, float] = field(default_factory=dict)
    partly: tuple[str, ...] = ()
    test_only: bool = False


@dataclass(frozen=True)
class Row:
    """What became of one case. `found`: expected vertebrae that have one of the engine's where they are,
    whatever its name; `named`: those with the right one; `added`: the engine's that are none in view."""

    case: str
    expected: int
    found: int
    named: int
    added: int
    cut: int
    dice: float | None
    worst: float | None
    seconds: float
    statement: str
    test_only: bool


def find_cases(data: Path) -> list[BenchmarkCase]:
    """The cases that are there, in a fixed order."""
    cases = [
        BenchmarkCase(name, data / ct, mask=data / mask, test_only=name in TEST_ONLY)
        for name, ct, mask in MASKED
        if (data / ct).exists() and (data / mask).exists()
    ]
    if (data / LEVELS).exists():
        cases += _cases_by_eye(data)
    for folder in NO_SPINE:
        files = sorted((data / folder).glob("*.nii.gz"))
        cases += [
            BenchmarkCase(f"{folder}/{_stem(path)}", path, test_only=folder in TEST_ONLY) for path in files
        ]
    return cases


def _stem(path: Path) -> str:
    return path.name.split(".")[0]


def _cases_by_eye(data: Path) -> list[BenchmarkCase]:
    stated = json.loads((data / LEVELS).read_text())
    cases = []
    for name, entry in stated.items():
        ct = (data / LEVELS).parent / f"{name}.nii.gz"
        if name == "note" or not ct.exists():
            continue
        heights = entry.get("below_top_mm") or dict.fromkeys(entry["levels"], float("nan"))
        partly = tuple(text.split(" ")[0] for text in entry.get("also_in_view", ()))
        cases.append(BenchmarkCase(name, ct, heights_mm=heights, partly=partly))
    return cases


def measure_case(case: BenchmarkCase, engine: SpineEngine, pictures: Path) -> Row:
    """Run the engine on one case, compare, and draw what it made of it."""
    volume = read_ct(case.ct)
    began = time.monotonic()
    result = run_engine(engine, volume, {})
    seconds = time.monotonic() - began
    pictures.mkdir(parents=True, exist_ok=True)
    picture = preview_png(volume, result.mask, dict(result.centroids_ras_mm))
    (pictures / f"{case.name.replace('/', '_')}.png").write_bytes(picture)
    scores: list[float] = []
    if case.mask is not None:
        expected, found, named, added, scores = _by_mask(read_mask(case.mask), result)
    else:
        expected, found, named, added = _by_height(case, volume, result)
    return Row(
        case=case.name,
        expected=expected,
        found=found,
        named=named,
        added=added,
        cut=sum(bool(about.get("cut")) for about in result.report["vertebrae"].values()),
        dice=round(float(np.mean(scores)), 3) if scores else None,
        worst=round(min(scores), 3) if scores else None,
        seconds=round(seconds, 1),
        statement=result.report["naming"]["statement"],
        test_only=case.test_only,
    )


def _by_mask(reference: Mask, result: EngineResult) -> tuple[int, int, int, int, list[float]]:
    """Expected, found, named, added, and the Dice of each expected vertebra with what was found there."""
    canonical, got = to_canonical(reference), to_canonical(result.mask)
    places = body_centres(canonical, cut_too=True)
    by_mask = mask_centres(canonical, places)
    found = named = 0
    scores = []
    for label in sort_labels(places):
        centre = by_mask.get(label, canonical.geometry.voxel_to_ras_mm(places[label]))
        nearest = _nearest(result, centre)
        if nearest is None or _away(result, nearest, centre) > WITHIN_MM:
            scores.append(0.0)
            continue
        found += 1
        named += nearest == label
        scores.append(dice(got.array == nearest, canonical.array == label))
    inside = canonical.array > 0
    added = 0
    for label in result.centroids_ras_mm:
        drawn = got.array == label
        # Beyond the reference's own ends nothing is known: vertebrae that are cut off are not labelled there.
        added += not (drawn & inside).any() and _within_reach(drawn, inside)
    return len(places), found, named, added, scores


def _within_reach(drawn: np.ndarray[Any, Any], inside: np.ndarray[Any, Any]) -> bool:
    """Whether the middle of what was drawn lies between the reference's lowest and highest slice."""
    slices = np.flatnonzero(inside.any(axis=(0, 1)))
    middle = float(np.flatnonzero(drawn.any(axis=(0, 1))).mean()) if drawn.any() else -1.0
    return bool(slices[0] <= middle <= slices[-1])


def _nearest(result: EngineResult, centre: Any) -> int | None:
    return min(result.centroids_ras_mm, key=lambda label: _away(result, label, centre), default=None)


def _away(result: EngineResult, label: int, centre: Any) -> float:
    return float(np.linalg.norm(np.subtract(result.centroids_ras_mm[label], centre)))


def _by_height(case: BenchmarkCase, volume: Volume, result: EngineResult) -> tuple[int, int, int, int]:
    """Expected, found, named and added by the heights of the levels, or by their names where no height is
    known."""
    canonical = to_canonical(volume).geometry
    top = canonical.voxel_to_ras_mm((0.0, 0.0, canonical.shape[2] - 1.0))[2]
    heights = {label: float(top - point[2]) for label, point in result.centroids_ras_mm.items()}
    wanted = {label_of(name): mm for name, mm in case.heights_mm.items()}
    allowed = {*wanted, *(label_of(name) for name in case.partly)}
    if not all(np.isfinite(mm) for mm in wanted.values()):
        right = len(set(wanted) & set(heights))
        return len(wanted), right, right, len(set(heights) - allowed)
    found = sum(any(abs(at - mm) <= WITHIN_MM for at in heights.values()) for mm in wanted.values())
    named = sum(label in heights and abs(heights[label] - mm) <= WITHIN_MM for label, mm in wanted.items())
    lost = [label for label, at in heights.items() if not _explained(at, wanted, case.partly)]
    return len(wanted), found, named, len(lost)


def _explained(at: float, wanted: Mapping[int, float], partly: Sequence[str]) -> bool:
    """Whether something found at a height is one of the levels, or may be one of those that are cut off."""
    if not wanted:
        return False
    near = any(abs(at - mm) <= WITHIN_MM for mm in wanted.values())
    return near or (bool(partly) and not min(wanted.values()) < at < max(wanted.values()))


def benchmark(
    data: Path,
    engine: SpineEngine,
    out: Path,
    *,
    with_tests: bool,
    say: Callable[[str], None],
    only: Sequence[str] = (),
) -> list[Row]:
    """Measure every case that is there, or those whose name begins with one of `only`; pictures go to
    `out`/pictures."""
    rows = []
    for case in find_cases(data):
        if (case.test_only and not with_tests) or (only and not case.name.startswith(tuple(only))):
            continue
        row = measure_case(case, engine, out / "pictures")
        say(f"{row.case}: {row.named} of {row.expected} named, {row.added} added, {row.seconds} s")
        rows.append(row)
    return rows


def as_json(rows: Sequence[Row], version: str) -> dict[str, Any]:
    """What is kept of a benchmark."""
    looked = any(row.test_only for row in rows)
    return {"version": version, "looked_at_test_cases": looked, "rows": [asdict(row) for row in rows]}


def markdown(rows: Sequence[Row], before: Mapping[str, Any] | None = None) -> str:
    """One table; where an earlier one is given, what differs from it is shown as `before → now`."""
    old = {row["case"]: row for row in (before or {}).get("rows", ())}
    lines = [f"| {' | '.join(COLUMNS)} |", "| --- " * len(COLUMNS) + "|"]
    for row in rows:
        now, then = _cells(asdict(row)), _cells(old[row.case]) if row.case in old else None
        cells = now if then is None else [_change(a, b) for a, b in zip(then[:-1], now[:-1], strict=True)]
        lines.append(f"| {' | '.join([*cells, now[-1]] if then is not None else cells)} |")
    empty = [row for row in rows if row.expected == 0]
    spines = [row for row in rows if row.expected]
    lines += [
        "",
        f"Vertebrae found {sum(r.found for r in spines)} of {sum(r.expected for r in spines)}, named right "
        f"{sum(r.named for r in spines)}, added {sum(r.added for r in spines)}; CTs without a spine that got "
        f"one: {sum(r.added > 0 for r in empty)} of {len(empty)}.",
    ]
    return "\n".join(lines) + "\n"


def _cells(row: Mapping[str, Any]) -> list[str]:
    def number(value: float | None) -> str:
        return "" if value is None else f"{value:.3f}"

    counts = [str(row[key]) for key in ("expected", "found", "named", "added", "cut")]
    name = f"{row['case']}{' (test only)' if row['test_only'] else ''}"
    return [name, *counts, number(row["dice"]), number(row["worst"]), f"{row['seconds']:.0f}"]


def _change(then: str, now: str) -> str:
    return now if then == now else f"{then or '-'} → {now or '-'}"
