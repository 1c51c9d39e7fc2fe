"""The benchmark: its counting, its table, and the bars that the engine is held to on the CTs at hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from backend.science.engine_api import EngineRequest, EngineResult
from backend.science.formats.nifti import write_mask, write_volume
from backend.science.volume import Mask
from inference.benchmark import Row, as_json, benchmark, find_cases, markdown
from inference.engine import SpineEngine
from inference.synthesis import Phantom
from tests.science.real_data import DATA, real_data

Points = dict[int, tuple[float, float, float]]


class Answering(SpineEngine):
    """Answers every request with the same mask and centres: for the counting, not for the engine."""

    def __init__(self, mask: Mask, points: Points) -> None:
        super().__init__()
        self.answer = (mask, points)

    def run(self, request: EngineRequest, *_: object) -> EngineResult:
        mask, points = self.answer
        about = {str(label): {"cut": label == 24} for label in points}
        report = {"vertebrae": about, "naming": {"statement": "said"}}
        return EngineResult(mask, points, report)


def data_of(lumbar: Phantom, folder: Path) -> Path:
    """A folder like the shared one, with a phantom under three kinds of truth."""
    for where in ("totalsegmentator-abdomen", "real-ct", "no-spine/test"):
        (folder / where).mkdir(parents=True)
    write_volume(folder / "totalsegmentator-abdomen/ct.nii.gz", lumbar.volume)
    write_mask(folder / "totalsegmentator-abdomen/vertebrae.nii.gz", lumbar.mask)
    write_volume(folder / "real-ct/by-eye.nii.gz", lumbar.volume)
    write_volume(folder / "no-spine/test/limb.nii.gz", lumbar.volume)
    geometry = lumbar.volume.geometry
    top = float(geometry.voxel_to_ras_mm((0, 0, geometry.shape[2] - 1))[2])
    below = {f"L{k - 19}": top - lumbar.centroids_ras_mm[k][2] for k in (20, 21, 22)}
    stated = {"note": "read by eye", "by-eye": {"below_top_mm": below, "also_in_view": ["L4 (half)"]}}
    (folder / "real-ct/levels.json").write_text(json.dumps(stated))
    return folder


def test_cases_are_counted_by_mask_by_height_and_by_their_absence(lumbar: Phantom, tmp_path: Path) -> None:
    data = data_of(lumbar, tmp_path / "data")
    # L2 has the name of T12; L1 is missed.
    points = {19 if k == 21 else k: p for k, p in lumbar.centroids_ras_mm.items() if k != 20}
    array = lumbar.mask.array.copy()
    array[array == 20] = 0
    array[array == 21] = 19
    engine = Answering(Mask(lumbar.mask.geometry, array), points)
    rows = {row.case: row for row in benchmark(data, engine, tmp_path, with_tests=True, say=lambda _: None)}
    masked, by_eye, none = rows["abdomen"], rows["by-eye"], rows["no-spine/test/limb"]
    assert (masked.expected, masked.found, masked.named, masked.added, masked.cut) == (5, 4, 3, 0, 1)
    assert masked.worst == 0
    assert masked.dice == pytest.approx(0.8, abs=0.02)
    assert (by_eye.expected, by_eye.found, by_eye.named, by_eye.added) == (3, 2, 1, 0)
    assert (none.expected, none.added, none.test_only) == (0, 4, True)
    assert (tmp_path / "pictures" / "no-spine_test_limb.png").stat().st_size > 1000


def test_cases_for_testing_alone_can_be_left_out(lumbar: Phantom, tmp_path: Path) -> None:
    data = data_of(lumbar, tmp_path / "data")
    assert [case.name for case in find_cases(data) if case.test_only] == ["no-spine/test/limb"]
    engine = Answering(lumbar.mask, lumbar.centroids_ras_mm)
    rows = benchmark(data, engine, tmp_path, with_tests=False, say=lambda _: None)
    assert [row.case for row in rows] == ["abdomen", "by-eye"]
    assert as_json(rows, "1")["looked_at_test_cases"] is False
    assert find_cases(tmp_path / "nowhere") == []


def row(case: str, **changes: object) -> Row:
    values = {"expected": 0, "found": 0, "named": 0, "added": 0, "cut": 0, "dice": None, "worst": None}
    return Row(**{**values, "case": case, "seconds": 1.0, "statement": "", "test_only": False, **changes})  # type: ignore[arg-type]


def test_the_table_shows_what_changed_and_sums_up() -> None:
    before = as_json([row("a", expected=5, found=4, named=4, dice=0.9, worst=0.8), row("n", added=7)], "1")
    now = [row("a", expected=5, found=5, named=4, dice=0.91, worst=0.8), row("n"), row("new", added=1)]
    text = markdown(now, before)
    assert "| a | 5 | 4 → 5 | 4 | 0 | 0 | 0.900 → 0.910 | 0.800 | 1 |" in text
    assert "| n | 0 | 0 | 0 | 7 → 0 | 0 |" in text
    assert "Vertebrae found 5 of 5, named right 4, added 0; CTs without a spine that got one: 1 of 2." in text


@pytest.mark.real_ct
@pytest.mark.parametrize(
    "name", ["sts-019", *(pytest.param(f"sts-0{n}", marks=pytest.mark.slow) for n in (31, 43))]
)
def test_a_limb_gets_no_vertebra(name: str, tmp_path: Path) -> None:
    """Three of the six that neither the networks nor the certainty were fitted to."""
    from inference.cases import read_ct
    from inference.evaluation import run_engine

    result = run_engine(SpineEngine(), read_ct(real_data(f"no-spine/training/{name}.nii.gz")), {})
    assert result.centroids_ras_mm == {}
    assert not result.mask.array.any()


def test_all_cases_at_hand_are_found() -> None:
    if not DATA.exists():
        pytest.skip(f"real data absent: {DATA}")
    names = {case.name for case in find_cases(DATA)}
    assert {"abdomen", "crop", "dicom", "verse014", "lidc-0001", "neck-to-t6"} <= names
    assert sum(name.startswith("no-spine/training/") for name in names) == 18
    assert all(np.isfinite(c.heights_mm["T1"]) for c in find_cases(DATA) if c.name == "neck-to-t6")
