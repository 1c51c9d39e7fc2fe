"""Evaluating elsewhere: what a program is given and may not do, and that only the release's data count."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend.client import VertebaseError
from backend.client.cli import main
from backend.client.errors import Damaged
from backend.client.evaluating import Files, Key, packed, released_cases, run_program, scored
from backend.science.formats.nifti import mask_bytes
from backend.science.formats.verse import centroids_bytes
from backend.science.signed_results import is_signed
from backend.science.volume import Mask, VolumeGeometry
from tests.client.serving import Asked, Reply, serving

GRID = VolumeGeometry((6, 6, 6), np.diag([1.0, 1.0, 1.0, 1.0]))
STEM = "sub-verse001_dir-ax"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A release of one case, its mask sealed under a manifest of its own."""
    array = np.zeros(GRID.shape, np.uint8, order="F")
    array[1:4, 1:4, 1:4] = 20
    mask = Mask(GRID, array)
    folder = tmp_path / "data"
    ct = ("test/rawdata/sub-verse001", f"{STEM}_ct.nii.gz", mask_bytes(Mask(GRID, array * 0)))
    seg = ("test/derivatives/sub-verse001", f"{STEM}_seg-vert_msk.nii.gz", mask_bytes(mask))
    points = (
        "test/derivatives/sub-verse001",
        f"{STEM}_seg-subreg_ctd.json",
        centroids_bytes({20: (2, 2, 2)}, GRID),
    )
    # beside it what single raters made, which is no reference
    of_rater = (points[0], f"{STEM}_seg-vert_desc-raterA_msk.nii.gz", mask_bytes(Mask(GRID, array * 0)))
    differ = (points[0], f"{STEM}_seg-vert_desc-disagreement_map.nii.gz", b"map")
    rows = []
    for place, name, content in (ct, seg, points, of_rater, differ):
        (folder / place).mkdir(parents=True, exist_ok=True)
        (folder / place / name).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        rows.append({"path": f"{place}/{name}", "split": "test", "sha256": digest})
    sealed = json.dumps({"files": rows[1:]}).encode()
    (folder / "test/manifest.json").write_bytes(sealed)
    told = {"path": "test/manifest.json", "sha256": hashlib.sha256(sealed).hexdigest()}
    (folder / "manifest.json").write_text(json.dumps({"files": rows[:1], "sealed": told}))
    return folder


def key_file(data: Path, site: str = "https://site.test") -> Path:
    told = {
        "format": "vertebase-evaluation-key-1",
        "site": site,
        "key": "0" * 8 + "-0000-0000-0000-" + "0" * 12,
        "secret": "vbek_secret",
        "name": "Centre",
        "challenge": "c1",
        "split": "test",
        "version": "1.0",
        "manifest_sha256": hashlib.sha256((data / "manifest.json").read_bytes()).hexdigest(),
    }
    path = data.parent / "key.json"
    path.write_text(json.dumps(told))
    return path


def test_data_that_are_not_those_of_the_release_are_refused(data: Path) -> None:
    key = Key.read(key_file(data))
    assert set(released_cases(data, key)) == {STEM}
    mask = next(data.rglob("*_seg-vert_msk.nii.gz"))
    right = mask.read_bytes()
    mask.write_bytes(right + b"\0")
    with pytest.raises(Damaged, match="not what the release lists"):
        released_cases(data, key)
    mask.unlink()
    with pytest.raises(Damaged, match="missing"):
        released_cases(data, key)
    mask.write_bytes(right)
    sealed = data / "test/manifest.json"
    sealed.write_bytes(sealed.read_bytes() + b" ")
    with pytest.raises(Damaged, match="sealed"):
        released_cases(data, key)
    sealed.unlink()
    with pytest.raises(Damaged, match="lacks"):
        released_cases(data, key)
    (data / "manifest.json").write_text("{}")
    with pytest.raises(Damaged, match=r"version 1\.0"):
        released_cases(data, key)


def run(data: Path, code: str, limit_seconds: float = 30) -> Path:
    program = data.parent / "program.py"
    program.write_text(code)
    cases = released_cases(data, Key.read(key_file(data)))
    folder = data.parent / "work"
    folder.mkdir()
    return run_program(f"{sys.executable} {program} {{input}} {{output}}", cases, folder, limit_seconds)


def test_a_program_gets_copies_of_the_cts_and_nothing_of_ours(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VERTEBASE_TOKEN", "ours")
    listing = (
        "import os, sys, json\n"
        "json.dump([os.listdir(sys.argv[1]), dict(os.environ)], open(sys.argv[2] + '/x', 'w'))"
    )
    made = run(data, listing)
    files, variables = json.loads((made / "x").read_text())
    assert files == [f"{STEM}_ct.nii.gz"]
    assert not [name for name in variables if name.startswith("VERTEBASE_")]
    (made.parent / "input" / files[0]).write_bytes(b"")
    assert released_cases(data, Key.read(key_file(data))), "the release itself is out of its reach"


def test_a_program_that_fails_or_does_not_end_gives_no_score(data: Path) -> None:
    with pytest.raises(VertebaseError, match="status 3"):
        run(data, "raise SystemExit(3)")
    (data.parent / "work" / "input").rename(data.parent / "gone")
    (data.parent / "work").rename(data.parent / "before")
    with pytest.raises(VertebaseError, match="longer than"):
        run(data, "import threading; threading.Event().wait()", limit_seconds=0.1)
    with pytest.raises(VertebaseError, match="cannot be started"):
        run_program("no-such-program", {}, _empty(data.parent / "third"), 1)


def _empty(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_what_a_program_wrote_is_checked_before_it_is_scored(data: Path, tmp_path: Path) -> None:
    cases: dict[str, Files] = released_cases(data, Key.read(key_file(data)))
    out = _empty(tmp_path / "out")
    (out / f"{STEM}_seg-vert_msk.nii.gz").symlink_to(cases[STEM].mask)
    with pytest.raises(VertebaseError, match="link"):
        packed(out, tmp_path / "linked.zip")
    (out / f"{STEM}_seg-vert_msk.nii.gz").unlink()
    with pytest.raises(VertebaseError, match="no files"):
        scored(packed(out, tmp_path / "empty.zip"), cases)
    wrong = np.full(GRID.shape, 255, np.uint8, order="F")
    (out / f"{STEM}_seg-vert_msk.nii.gz").write_bytes(mask_bytes(Mask(GRID, wrong)))
    with pytest.raises(VertebaseError, match="255"):
        scored(packed(out, tmp_path / "wrong.zip"), cases)


def test_the_command_sends_what_it_signed(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def answer(_: Asked) -> Reply:
        return Reply(201, b'{"submission_id": "s", "team": "One", "split": "test"}')

    (data.parent / "copy.py").write_text(
        f"import shutil, sys\nshutil.copy({str(next(data.rglob('*seg-vert_msk.nii.gz')))!r}, sys.argv[2])\n"
    )
    with serving(answer) as site:
        key, result = key_file(data, site.url), data.parent / "result.json"
        words = ["evaluate", str(key), "--data", str(data), "--team", "One", "--result", str(result)]
        program = ["--run", f"{sys.executable} {data.parent}/copy.py {{input}} {{output}}"]
        assert main([*words, "--phase", "validation", *program]) == 2
        assert main([*words, "--dry-run", *program]) == 0
        assert site.asked == []
        assert main([*words, *program]) == 0
    document: dict[str, Any] = json.loads(site.asked[0].body)
    assert document == json.loads(result.read_text())
    assert result.stat().st_mode & 0o077 == 0, "figures of a sealed part are for nobody else"
    assert is_signed(document["result"], document["signature"], "vbek_secret")
    (level,) = document["result"]["cases"][STEM]["levels"]
    assert (level["dice"], level["identified"], level["hausdorff_mm"]) == (1.0, True, 0.0)
    assert "vbek_secret" not in capsys.readouterr().out + result.read_text()
