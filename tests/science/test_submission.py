"""Archives of predictions, most of them hostile: each fault is named by its file and harms nothing else."""

from __future__ import annotations

import gzip
import json
import stat
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend.science import submission
from backend.science.cli import main
from backend.science.errors import BadInput
from backend.science.formats import nifti
from backend.science.formats.verse import centroids_bytes
from backend.science.morphometry import body_centroids
from backend.science.submission import Contents, check_submission, list_contents
from backend.science.volume import Mask, Volume, VolumeGeometry

SHAPE = (8, 6, 10)
GRID = VolumeGeometry(SHAPE, np.diag([1.0, 1.0, 1.0, 1.0]))
GRIDS = {"sub-a_dir-ax": GRID, "sub-b_dir-ax": GRID}
A, B = "sub-a_dir-ax_seg-vert_msk.nii.gz", "sub-b_dir-ax_seg-vert_msk.nii.gz"
CENTROIDS = "sub-a_dir-ax_seg-subreg_ctd.json"
POINT = (4.0, 3.0, 5.0)


def box(label: int = 20, geometry: VolumeGeometry = GRID) -> Mask:
    array = np.zeros(geometry.shape, dtype=np.uint8, order="F")
    array[2:6, 1:5, 3:7] = label
    return Mask(geometry, array)


def good() -> bytes:
    return nifti.mask_bytes(box())


def pack(folder: Path, members: Mapping[str, bytes | tuple[zipfile.ZipInfo, bytes]]) -> Path:
    path = folder / "mine.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            if isinstance(content, tuple):
                archive.writestr(*content)
            else:
                archive.writestr(name, content)
    return path


def codes(contents: Contents) -> dict[str, str]:
    return {fault.name: fault.code for fault in contents.faults}


def test_predictions_are_found_by_the_releases_names(tmp_path: Path) -> None:
    points = centroids_bytes({20: POINT}, GRID)
    found = check_submission(
        pack(tmp_path, {f"deep/{A}": good(), f"deep/{CENTROIDS}": points, "notes.txt": b"hi"}), GRIDS
    )
    assert found.ok
    assert found.entries == {"sub-a_dir-ax": submission.Entry(f"deep/{A}", f"deep/{CENTROIDS}")}
    assert (found.missing, found.extra, found.faults) == (["sub-b_dir-ax"], ["notes.txt"], [])


def test_a_mask_in_another_axis_order_is_on_the_scans_grid(tmp_path: Path) -> None:
    affine = np.array([[-1.0, 0, 0, 7], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    turned = Mask(VolumeGeometry(SHAPE, affine), np.asfortranarray(box().array[::-1]))
    assert check_submission(pack(tmp_path, {A: nifti.mask_bytes(turned)}), GRIDS).ok
    assert check_submission(pack(tmp_path, {A: good()}), {"sub-a_dir-ax": turned.geometry}).ok
    status, found = _evaluated(tmp_path, {A: nifti.mask_bytes(turned)})
    assert (status, found["cases"]["sub-a_dir-ax"]["dice"]) == (0, 1)


def test_by_products_of_systems_are_passed_over(tmp_path: Path) -> None:
    found = check_submission(pack(tmp_path, {A: good(), f"__MACOSX/._{A}": b"x", ".DS_Store": b"x"}), GRIDS)
    assert (found.ok, found.extra) == (True, [])


def _floats(value: float) -> bytes:
    plain = bytearray(nifti.mask_bytes(box(), compress=False))
    plain[70:74] = (16).to_bytes(2, "little") + (32).to_bytes(2, "little")  # float32
    voxels = np.full(SHAPE, value, dtype="<f4")
    return bytes(plain[:352]) + voxels.tobytes()


def _moved(by_mm: float) -> bytes:
    affine = GRID.affine_ras_mm.copy()
    affine[0, 3] += by_mm
    return nifti.mask_bytes(box(geometry=VolumeGeometry(SHAPE, affine)))


def _smaller() -> bytes:
    return nifti.mask_bytes(box(geometry=VolumeGeometry((8, 6, 9), np.eye(4))))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (lambda: nifti.mask_bytes(box(255)), "unknown_labels"),
        (lambda: nifti.mask_bytes(box(99)), "unknown_labels"),
        (lambda: _floats(float("nan")), "not_finite"),
        (lambda: _floats(float("inf")), "not_finite"),
        (lambda: _floats(20.4), "not_integral"),
        (lambda: _moved(1.0), "other_grid"),
        (_smaller, "other_grid"),
        (lambda: b"", "empty_file"),
        (lambda: b"nothing", "not_nifti"),
        (lambda: good()[:-20], "truncated"),
        (lambda: gzip.compress(nifti.mask_bytes(box(), compress=False) + bytes(65 << 20)), "too_large"),
    ],
)
def test_a_bad_mask_is_the_fault_of_its_file_alone(
    content: Callable[[], bytes], code: str, tmp_path: Path
) -> None:
    found = check_submission(pack(tmp_path, {A: content(), B: good()}), GRIDS)
    assert codes(found) == {A: code}
    assert not found.ok
    assert A in found.faults[0].message


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"{}", "bad_centroids"),
        (b'[{"direction": ["R", "A", "S"]}, {"label": 20, "X": NaN, "Y": 1, "Z": 1}]', "bad_centroids"),
        (b'[{"direction": ["R", "A", "S"]}, {"label": 255, "X": 1, "Y": 1, "Z": 1}]', "unknown_labels"),
        (b'[{"direction": ["R", "A", "S"]}, {"label": 20, "X": 999, "Y": 1, "Z": 1}]', "centroids_outside"),
        (b" " * ((1 << 20) + 1), "too_large"),
    ],
)
def test_bad_centroids_are_refused(content: bytes, code: str, tmp_path: Path) -> None:
    found = check_submission(pack(tmp_path, {A: good(), CENTROIDS: content}), GRIDS)
    assert codes(found) == {CENTROIDS: code}
    assert CENTROIDS in found.faults[0].message


def _special(name: str, mode: int) -> tuple[zipfile.ZipInfo, bytes]:
    member = zipfile.ZipInfo(name)
    member.create_system = 3
    member.external_attr = mode << 16
    return member, b"/etc/passwd"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        (A, _special(A, stat.S_IFLNK | 0o777), "not_a_file"),
        (A, _special(A, stat.S_IFIFO | 0o644), "not_a_file"),
        (f"../{A}", None, "bad_path"),
        (f"/{A}", None, "bad_path"),
        (f"x/../../{A}", None, "bad_path"),
        (f"..\\{A}", None, "bad_path"),
        (f"C:/{A}", None, "bad_path"),
    ],
)
def test_members_that_are_no_plain_files_below_the_root(
    name: str, content: tuple[zipfile.ZipInfo, bytes] | None, code: str, tmp_path: Path
) -> None:
    found = check_submission(pack(tmp_path, {name: content or good(), B: good()}), GRIDS)
    assert codes(found) == {name: code}
    assert set(found.entries) == {"sub-b_dir-ax"}
    assert found.missing == [], "what is at fault is not called missing as well"
    assert [path.name for path in tmp_path.iterdir()] == ["mine.zip"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_and_two_of_one_scan(tmp_path: Path) -> None:
    twice = pack(tmp_path, {A: good(), "again": (zipfile.ZipInfo(A), good())})
    assert codes(check_submission(twice, GRIDS)) == {A: "two_files"}
    both = pack(tmp_path, {A: good(), f"x/{A}": good(), CENTROIDS: b"[]"})
    assert codes(check_submission(both, GRIDS)) == {A: "two_masks"}
    alone = pack(tmp_path, {CENTROIDS: b"[]"})
    assert codes(check_submission(alone, GRIDS)) == {CENTROIDS: "no_mask"}
    points = pack(tmp_path, {A: good(), CENTROIDS: b"[]", f"x/{CENTROIDS}": b"[]"})
    assert set(codes(check_submission(points, GRIDS)).values()) == {"two_centroids"}


def test_an_encrypted_member_is_named(tmp_path: Path) -> None:
    archive = pack(tmp_path, {A: good()})
    raw = bytearray(archive.read_bytes())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(raw)
    assert codes(check_submission(archive, GRIDS)) == {A: "encrypted"}


def test_a_member_whose_bytes_are_damaged_is_named(tmp_path: Path) -> None:
    archive = pack(tmp_path, {A: good(), B: good()})
    raw = bytearray(archive.read_bytes())
    raw[30 + len(A) + 10] ^= 0xFF
    archive.write_bytes(raw)
    assert codes(check_submission(archive, GRIDS)) == {A: "bad_zip"}


def test_a_bomb_is_refused_from_its_list_of_contents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("nothing of it may be unpacked")

    monkeypatch.setattr(submission, "_unpack", never)
    monkeypatch.setattr(submission, "MAX_RATIO", 100)
    bomb = pack(tmp_path, {A: bytes(65 << 20)})
    with pytest.raises(BadInput) as refused:
        check_submission(bomb, GRIDS)
    assert refused.value.code == "zip_too_large"


def test_a_member_longer_than_it_states_is_cut_off(tmp_path: Path) -> None:
    """The list of contents says one byte; the stream behind it holds more."""
    archive = pack(tmp_path, {A: good()})
    raw = bytearray(archive.read_bytes())
    at = raw.index(b"PK\x01\x02")
    raw[at + 24 : at + 28] = (1).to_bytes(4, "little")
    archive.write_bytes(raw)
    (code,) = codes(check_submission(archive, GRIDS)).values()
    assert code in ("bad_zip", "zip_too_large")


@pytest.mark.parametrize(("content", "code"), [(b"not a zip", "bad_zip"), (None, "empty_zip")])
def test_what_is_no_archive(content: bytes | None, code: str, tmp_path: Path) -> None:
    archive = pack(tmp_path, {})
    if content is not None:
        archive.write_bytes(content)
    with pytest.raises(BadInput) as refused:
        check_submission(archive, GRIDS)
    assert refused.value.code == code


def test_too_many_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submission, "MAX_MEMBERS", 2)
    with pytest.raises(BadInput) as refused:
        list_contents(pack(tmp_path, dict.fromkeys("abc", b"")), GRIDS)
    assert refused.value.code == "zip_too_large"


def test_the_grid_is_judged_before_voxels_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("no voxel may be read")

    monkeypatch.setattr(submission, "read_mask", never)
    assert codes(check_submission(pack(tmp_path, {A: _smaller()}), GRIDS)) == {A: "other_grid"}


def _command(tmp_path: Path, members: Mapping[str, bytes]) -> int:
    ct = Volume(GRID, np.arange(np.prod(SHAPE), dtype=np.int16).reshape(SHAPE))
    nifti.write_volume(tmp_path / "cts" / "sub-a_dir-ax_ct.nii.gz", ct)
    archive = str(pack(tmp_path, members))
    return main(["submission", archive, str(tmp_path / "cts"), "--report", str(tmp_path / "out.json")])


def test_the_command_says_what_the_site_would_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _command(tmp_path, {A: good()}) == 0
    assert json.loads((tmp_path / "out.json").read_text())["ok"] is True
    assert _command(tmp_path, {A: nifti.mask_bytes(box(255))}) == 2
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 2
    assert A in told[0]
    assert "255" in told[0]
    assert json.loads((tmp_path / "out.json").read_text())["faults"][0]["code"] == "unknown_labels"
    assert _command(tmp_path, {"other.nii.gz": good()}) == 2
    assert json.loads((tmp_path / "out.json").read_text())["extra"] == ["other.nii.gz"]


def _evaluated(tmp_path: Path, members: Mapping[str, bytes], *options: str) -> tuple[int, dict[str, Any]]:
    for name in (A, B):
        nifti.write_mask(tmp_path / "ref" / name, box())
    archive, report = str(pack(tmp_path, members)), tmp_path / "scores.json"
    status = main(["evaluate", archive, str(tmp_path / "ref"), "--report", str(report), *options])
    return status, json.loads(report.read_text()) if report.exists() else {}


def test_an_archive_is_scored_as_its_folder_would_be(tmp_path: Path) -> None:
    moved = centroids_bytes({20: (4.0, 3.0, 8.0)}, GRID)
    status, found = _evaluated(tmp_path, {f"deep/{A}": good(), f"deep/{CENTROIDS}": moved, "x.txt": b""})
    assert status == 0
    assert (found["absent_cases"], found["unmatched_predictions"]) == (["sub-b_dir-ax"], ["x.txt"])
    assert [found["cases"][case]["dice"] for case in GRIDS] == [1, 0]
    one = found["cases"]["sub-a_dir-ax"]
    assert one["centroids"]["predicted"] == "file sub-a_dir-ax_seg-subreg_ctd.json"
    (true,) = body_centroids(box()).values()
    distance_mm = float(np.linalg.norm(np.subtract(true, (4, 3, 8))))
    assert one["mean_distance_mm"] == pytest.approx(distance_mm, abs=0.1)


@pytest.mark.parametrize(
    "bad",
    [lambda: nifti.mask_bytes(box(255)), lambda: _moved(1.0), lambda: _floats(float("nan")), lambda: b"x"],
)
def test_a_file_at_fault_is_an_error_and_neither_missed_nor_scored(
    bad: Callable[[], bytes], tmp_path: Path
) -> None:
    status, found = _evaluated(tmp_path, {A: bad(), B: good()})
    assert status == 0
    assert set(found["errors"]) == {"sub-a_dir-ax"}
    assert "confirmed" not in found["errors"]["sub-a_dir-ax"], "nobody is asked whose numbers they are"
    assert (set(found["cases"]), found["absent_cases"]) == ({"sub-b_dir-ax"}, [])
    assert found["dice"] == 1


def test_faults_that_no_unpacking_finds_are_errors_too(tmp_path: Path) -> None:
    status, found = _evaluated(tmp_path, {A: good(), f"x/{A}": good(), B: good(), "../passwd": b"x"})
    assert status == 0
    assert set(found["errors"]) == {"sub-a_dir-ax"}
    assert found["absent_cases"] == []
    assert found["unmatched_predictions"] == ["../passwd"]


def test_what_is_beside_a_mask_under_its_name_is_a_centroid_file(tmp_path: Path) -> None:
    """A folder may hold a converter's JSON there; an archive is made for this."""
    status, found = _evaluated(tmp_path, {A: good(), CENTROIDS: b"{}", B: good()})
    assert (status, list(found["errors"])) == (0, ["sub-a_dir-ax"])


def test_archives_that_cannot_be_scored_get_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _evaluated(tmp_path, {"other.nii.gz": good()}) == (2, {})
    assert _evaluated(tmp_path, {A: b"x", B: b"x"}) == (2, {})
    assert _evaluated(tmp_path, {A: good()}, "--numbering", "verse") == (2, {})
    assert len(capsys.readouterr().err.splitlines()) == 3
