"""A release as VerSe's challenges named its files: read back as each of their years read them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from django.utils import timezone

from backend.releases.layouts import challenges
from backend.releases.models import Release
from backend.science.formats import verse
from backend.science.ingest import _pair
from backend.science.sorting import sort_files
from backend.science.sources import list_sources
from backend.science.sources import unpacked as unpacked_sources
from backend.science.volume import VolumeGeometry
from tests.backend import flow
from tests.backend.test_layouts import second_series, unpacked
from tests.backend.test_releases import accept_case, archive, client_of, freeze
from tests.backend.thaw import thawed_afterwards

pytestmark = pytest.mark.django_db(transaction=True)
LOAD: Any = nib.load
FRAMES: tuple[verse.Frame, ...] = ("verse2019", "verse2020")


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    with thawed_afterwards():
        yield


@pytest.fixture
def team() -> flow.Team:
    return flow.make_team()


def payer_mm(entry: dict[str, float], path: Path, frame: verse.Frame) -> np.ndarray[Any, Any]:
    """Where a program of that year finds a centroid: in the CT turned to the year's axes, at 1 mm."""
    image = LOAD(path)
    codes = {"verse2019": "IPL", "verse2020": "PIR"}[frame]
    turned = nib.as_closest_canonical(image)
    ornt = nib.orientations.axcodes2ornt(tuple(codes))
    own = nib.orientations.io_orientation(turned.affine)
    placed = turned.as_reoriented(nib.orientations.ornt_transform(own, ornt))
    zooms = np.array(placed.header.get_zooms()[:3])
    voxel = np.array([entry[axis] for axis in "XYZ"]) / zooms
    return np.asarray(nib.affines.apply_affine(placed.affine, voxel))


@pytest.mark.parametrize("frame", FRAMES)
def test_files_have_the_names_voxels_and_centroids_of_their_year(
    team: flow.Team, tmp_path: Path, frame: verse.Frame
) -> None:
    case = accept_case(team, grades=[{20: 2}] * 3)
    release = freeze(team, fractions={"training": 1.0})
    client = client_of(team.manager, release)
    ours = unpacked(client, release, "all", tmp_path / "verse")
    root = unpacked(client, release, frame, tmp_path / frame)
    subject = release.patients.get().subject
    name = f"verse{subject.removeprefix('sub-').removeprefix('verse')}"
    (ct,) = ours.rglob("*_ct.nii.gz")
    plane = ct.name.split("_dir-")[1].split("_")[0]
    stem = name if frame == "verse2019" else f"{name}/{name}_CT-{plane}"
    ends = {
        "verse2019": (".nii.gz", "_seg.nii.gz", "_ctd.json", "_snapshot.png"),
        "verse2020": (".nii.gz", "_seg.nii.gz", "_iso-ctd.json", ".png"),
    }[frame]
    files = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    assert files == {"README.md", "LICENSE", *(f"01_training/{stem}{end}" for end in ends)}
    theirs = [root / "01_training" / f"{stem}{end}" for end in ends]
    assert theirs[0].read_bytes() == ct.read_bytes()
    (mask,) = (path for path in ours.rglob("*_msk.nii.gz") if "desc" not in path.name)
    assert theirs[1].read_bytes() == mask.read_bytes()
    (current,) = ours.rglob("*_ctd.json")
    geometry = VolumeGeometry(LOAD(ct).shape, LOAD(ct).affine)
    wanted = verse.read_centroids(current, geometry).points_ras_mm
    told = json.loads(theirs[2].read_text())
    assert [sorted(entry) for entry in told] == [["X", "Y", "Z", "label"]] * len(wanted)
    for entry in told:
        np.testing.assert_allclose(payer_mm(entry, ct, frame), wanted[entry["label"]], atol=0.02)
    assert case.accepted_mask is not None


@pytest.mark.parametrize("frame", FRAMES)
def test_our_own_intake_reads_them(team: flow.Team, tmp_path: Path, frame: verse.Frame) -> None:
    """Two series of one patient and one of another: each mask and its centroids come to their own CT."""
    first = accept_case(team)
    second_series(accept_case(team), first)
    accept_case(team)
    release = freeze(team, fractions={"training": 1.0})
    root = unpacked(client_of(team.manager, release), release, frame, tmp_path)
    # the CTs of these tests are no bodies, so that what comes after the pairing would refuse them
    with unpacked_sources(list_sources(root / "01_training"), scratch=None) as (files, _):
        found = sort_files(files)
        masks, centroids = _pair(found)
        assert [one.message for one in found.refused if not one.name.endswith(".png")] == []
        stems: list[str] = []
        for index, ct in enumerate(found.cts):
            names = [ct.sources[0], masks[index].sources[0].base_name, centroids[index].base_name]
            told = {verse.parse_name(Path(name).name).stem for name in names}
            assert len(told) == 1, "the files of one series"
            stems += told
        assert len(set(stems)) == len(found.cts) == 3


def rotated(codes: str) -> VolumeGeometry:
    """A slightly oblique grid with its axes along ``codes``, as 32-bit headers have them."""
    ornt = nib.orientations.axcodes2ornt(tuple(codes))
    steps = np.array([0.7, 1.3, 2.5])
    matrix = np.zeros((3, 3))
    for axis, (world, flip) in enumerate(ornt):
        matrix[int(world), axis] = flip * steps[axis]
    angle = np.deg2rad(7)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3] = (turn @ matrix).astype(np.float32)
    affine[:3, 3] = (11.5, -40.25, 300.125)
    return VolumeGeometry((60, 50, 90), affine)


@pytest.mark.parametrize("codes", ["RAS", "LPS", "PIR", "LAS", "IPL", "SRA"])
@pytest.mark.parametrize("frame", FRAMES)
def test_centroids_come_back_from_any_grid(frame: verse.Frame, codes: str) -> None:
    geometry = rotated(codes)
    points = {
        label: tuple(float(v) for v in geometry.voxel_to_ras_mm(voxel))
        for label, voxel in {19: (10, 20, 70), 20: (30.4, 25.6, 40), 28: (31, 26, 50), 22: (59, 0, 1)}.items()
    }
    content = verse.challenge_centroids_bytes(points, geometry, frame)  # type: ignore[arg-type]
    back = verse.read_centroids(content, geometry, frame=frame).points_ras_mm
    assert back.keys() == points.keys()
    for label, point in points.items():
        np.testing.assert_allclose(back[label], point, atol=0.02)


def test_a_sealed_part_is_sealed_in_them_too(team: flow.Team, tmp_path: Path) -> None:
    for _ in range(2):
        accept_case(team)
    day = timezone.localdate() + timedelta(days=30)
    release = freeze(team, fractions={"training": 0.5, "test": 0.5}, embargo_until=day, open_test_images=True)
    client = client_of(team.researcher or team.manager, release)
    for frame in FRAMES:
        root = unpacked(client, release, frame, tmp_path / frame)
        inside = [path.name for path in (root / "03_test").rglob("*") if path.is_file()]
        assert len(inside) == 1
        assert inside[0].endswith(".nii.gz")
        assert "_seg" not in inside[0]


def test_labels_that_a_year_did_not_know_are_kept_and_named(team: flow.Team, tmp_path: Path) -> None:
    accept_case(team)
    release = freeze(team, fractions={"training": 1.0})
    case = release.items.select_related("mask").get()
    case.mask.label_voxels = {"19": 5, "28": 5, "26": 5}

    class Laid:
        item = case
        split = "training"

    told = {
        frame: challenges._readme(release, frame, [Laid()])  # type: ignore[list-item]
        for frame in FRAMES
    }
    assert "do not know these labels, which occur here: T13 (28), S (26)." in told["verse2019"]
    assert "do not know these labels, which occur here: S (26)." in told["verse2020"]
    case.mask.label_voxels = {"19": 5}
    assert "do not know" not in challenges._readme(release, "verse2019", [Laid()])  # type: ignore[list-item]


def test_archives_of_them_are_offered_with_the_others(team: flow.Team) -> None:
    accept_case(team)
    release = freeze(team, fractions={"training": 1.0})
    client = client_of(team.manager, release)
    rows = client.get(f"/api/v1/releases/{release.pk}").json()["archives"]
    assert [row["name"] for row in rows] == ["all", "training", "bids", "nnunet", "verse2019", "verse2020"]
    for row in rows:
        assert archive(client, release, row["name"]).status_code == 200
    assert {row.layout for row in Release.objects.get().files.all()} >= set(FRAMES)
