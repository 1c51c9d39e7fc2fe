from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from backend.science.errors import BadInput
from backend.science.formats import nifti, verse
from backend.science.geometry import to_canonical
from backend.science.volume import Mask, VolumeGeometry, mask_centroids
from tests.science.real_data import real_data

OBLIQUE = np.array([[0, 0.06, 2.0, -70], [-1, 0.1, 0, 210], [-0.1, -0.99, 0.08, -800], [0, 0, 0, 1]])
GRID = VolumeGeometry((160, 330, 60), OBLIQUE)
VOXELS = {19: (70.5, 60.2, 30.1), 28: (65.0, 95.3, 30.8), 20: (60.4, 130.0, 31.2)}


def _points(grid: VolumeGeometry = GRID) -> dict[int, verse.Point]:
    places = {label: grid.voxel_to_ras_mm(voxel) for label, voxel in VOXELS.items()}
    return {label: (float(x), float(y), float(z)) for label, (x, y, z) in places.items()}


def _file(entries: list[Any]) -> bytes:
    return json.dumps(entries).encode()


def _challenge(frame: verse.Frame, grid: VolumeGeometry = GRID) -> bytes:
    placed = verse.to_frame(_points(grid), grid, verse.CHALLENGE_AXES[frame], spacing_mm=1.0)
    return _file([{"label": label, "X": x, "Y": y, "Z": z} for label, (x, y, z) in placed.items()])


def test_the_release_format_is_written_in_anatomical_order_and_read_back() -> None:
    content = verse.centroids_bytes(_points(), GRID)
    entries = json.loads(content)
    assert entries[0] == {"direction": ["P", "I", "R"]}
    assert [entry["label"] for entry in entries[1:]] == [19, 28, 20]
    assert entries[2] == {"label": 28, "X": 65.0, "Y": 95.3, "Z": 30.8}
    read = verse.read_centroids(content, GRID)
    assert read.frame == "voxels"
    for label, point in _points().items():
        assert np.allclose(read.points_ras_mm[label], point, atol=0.15)


def test_a_file_made_for_another_axis_order_of_the_same_image_lands_in_the_same_place() -> None:
    canonical = to_canonical(Mask(GRID, np.zeros(GRID.shape, dtype=np.uint8))).geometry
    content = verse.centroids_bytes(_points(), GRID)
    read = verse.read_centroids(content, canonical).points_ras_mm
    for label, point in _points().items():
        assert np.allclose(read[label], point, atol=0.15)


@pytest.mark.parametrize("frame", ["verse2019", "verse2020"])
def test_v11_a_challenge_file_is_recognised_by_its_content_and_converted(frame: verse.Frame) -> None:
    read = verse.read_centroids(_challenge(frame), GRID)
    assert read.frame == frame
    for label, point in _points().items():
        assert np.allclose(read.points_ras_mm[label], point, atol=0.01)


@pytest.mark.parametrize("frame", ["verse2019", "verse2020"])
def test_v11_a_challenge_file_with_one_vertebra_is_refused_unless_the_frame_is_named(
    frame: verse.Frame,
) -> None:
    single = _file(json.loads(_challenge(frame))[:1])
    with pytest.raises(BadInput) as refusal:
        verse.read_centroids(single, GRID)
    assert refusal.value.code == "centroid_frame"
    read = verse.read_centroids(single, GRID, frame=frame)
    assert np.allclose(read.points_ras_mm[19], _points()[19], atol=0.01)


def test_v11_coordinates_that_fit_no_frame_are_refused() -> None:
    scattered = _file([{"label": 19 + i, "X": 10.0 * i, "Y": 5.0, "Z": 30.0 * i} for i in range(3)])
    with pytest.raises(BadInput, match="no direction element"):
        verse.read_centroids(scattered, GRID)


def test_a_release_frame_that_is_named_needs_a_direction() -> None:
    with pytest.raises(BadInput) as refusal:
        verse.read_centroids(_challenge("verse2019"), GRID, frame="voxels")
    assert refusal.value.code == "centroid_frame"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "bad_centroids"),
        (b"not json", "bad_centroids"),
        (b"{}", "bad_centroids"),
        (b"[1, 2]", "bad_centroids"),
        (b"[]", "bad_centroids"),
        (_file([{"direction": ["P", "P", "R"]}, {"label": 20, "X": 1, "Y": 1, "Z": 1}]), "bad_centroids"),
        (_file([{"direction": ["P", "I", "R"]}, {"label": 20, "X": 1, "Y": 1}]), "bad_centroids"),
        (
            _file([{"direction": ["P", "I", "R"]}, *[{"label": 20, "X": 1, "Y": 1, "Z": 1}] * 2]),
            "bad_centroids",
        ),
        (_file([{"direction": ["P", "I", "R"]}, {"label": 29, "X": 1, "Y": 1, "Z": 1}]), "unknown_labels"),
        (_file([{"direction": ["P", "I", "R"]}, {"label": 20.5, "X": 1, "Y": 1, "Z": 1}]), "unknown_labels"),
        (
            _file([{"direction": ["P", "I", "R"]}, {"label": 20, "X": 900, "Y": 1, "Z": 1}]),
            "centroids_outside",
        ),
    ],
)
def test_bad_centroid_files_are_refused(content: bytes, code: str) -> None:
    with pytest.raises(BadInput) as refusal:
        verse.read_centroids(content, GRID)
    assert refusal.value.code == code


def test_entries_without_coordinates_are_skipped() -> None:
    content = _file(
        [
            {"direction": ["P", "I", "R"]},
            {"label": 19, "X": float("nan"), "Y": 1, "Z": 1},
            {"label": 20, "X": 1, "Y": 2, "Z": 3},
        ]
    )
    assert set(verse.read_centroids(content, GRID).points_ras_mm) == {20}


def test_v3_the_released_point_is_the_body_and_not_the_centre_of_mass() -> None:
    mask = nifti.read_mask(real_data("verse004/sub-verse004_seg-vert_msk.nii.gz"))
    released = verse.read_centroids(real_data("verse004/sub-verse004_seg-subreg_ctd.json"), mask.geometry)
    centres = mask_centroids(mask)
    voxels = {label: mask.geometry.ras_mm_to_voxel(point) for label, point in centres.items()}
    assert np.allclose(voxels[16], (91.0, 39.1, 31.7), atol=0.06)
    assert np.allclose(voxels[24], (66.7, 262.4, 28.5), atol=0.06)
    for label, point in released.points_ras_mm.items():
        assert 9.4 < np.linalg.norm(np.subtract(point, centres[label])) < 15


def test_v4_reorienting_and_rescaling_to_1_mm_ipl() -> None:
    mask = nifti.read_mask(real_data("verse004/sub-verse004_seg-vert_msk.nii.gz"))
    points = verse.read_centroids(
        real_data("verse004/sub-verse004_seg-subreg_ctd.json"), mask.geometry
    ).points_ras_mm
    compatible = verse.to_frame(points, mask.geometry, "IPL", spacing_mm=1, verse_compatible=True)
    assert np.allclose(compatible[16], (40.9, 79.1, 57.4), atol=0.05)
    assert np.allclose(compatible[24], (266.4, 57.2, 63.4), atol=0.05)
    flipped = verse.to_frame(points, mask.geometry, "IPL", spacing_mm=1)
    assert np.allclose(
        np.subtract(compatible[16], flipped[16]), (0, 0, mask.geometry.spacing_mm[2]), atol=1e-6
    )
    back = verse.from_frame(compatible, mask.geometry, "IPL", spacing_mm=1, verse_compatible=True)
    assert np.allclose(back[16], points[16], atol=1e-6)


def test_the_released_file_is_written_back_byte_for_byte_in_content() -> None:
    mask = nifti.read_mask(real_data("verse004/sub-verse004_seg-vert_msk.nii.gz"))
    path = real_data("verse004/sub-verse004_seg-subreg_ctd.json")
    read = verse.read_centroids(path, mask.geometry)
    assert json.loads(verse.centroids_bytes(read.points_ras_mm, mask.geometry)) == json.loads(
        path.read_bytes()
    )


@pytest.mark.parametrize("frame", ["verse2019", "verse2020"])
def test_v11_the_real_centroids_as_a_challenge_file_are_recognised_with_the_mask(frame: verse.Frame) -> None:
    mask = nifti.read_mask(real_data("verse004/sub-verse004_seg-vert_msk.nii.gz"))
    points = verse.read_centroids(
        real_data("verse004/sub-verse004_seg-subreg_ctd.json"), mask.geometry
    ).points_ras_mm
    placed = verse.to_frame(points, mask.geometry, verse.CHALLENGE_AXES[frame], spacing_mm=1)
    content = _file([{"label": label, "X": p[0], "Y": p[1], "Z": p[2]} for label, p in placed.items()])
    assert verse.read_centroids(content, mask.geometry, mask=mask).frame == frame
    one = _file(json.loads(content)[:1])
    assert verse.read_centroids(one, mask.geometry, mask=mask).frame == frame


@pytest.mark.parametrize(
    ("spacing", "plane"),
    [
        ((0.5, 0.5, 2), "ax"),
        ((2, 0.5, 0.5), "sag"),
        ((0.5, 2, 0.5), "cor"),
        ((1, 1, 1), "iso"),
        ((0.5, 1, 1), "iso"),
    ],
)
def test_the_dir_entity_is_the_plane_of_the_finest_resolution(
    spacing: verse.Point, plane: verse.Plane
) -> None:
    assert verse.plane_of(VolumeGeometry((4, 4, 4), np.diag([*spacing, 1.0]))) == plane


def test_release_names_are_those_of_the_current_release() -> None:
    paths = verse.release_paths("0012", VolumeGeometry((4, 4, 4), np.diag([0.5, 0.5, 2, 1.0])), split="2")
    assert paths.ct == "rawdata/sub-0012/sub-0012_split-2_dir-ax_ct.nii.gz"
    assert paths.mask == "derivatives/sub-0012/sub-0012_split-2_dir-ax_seg-vert_msk.nii.gz"
    assert paths.centroids == "derivatives/sub-0012/sub-0012_split-2_dir-ax_seg-subreg_ctd.json"
    assert paths.preview == "derivatives/sub-0012/sub-0012_split-2_dir-ax_seg-vert_snp.png"
    assert verse.release_paths("sub-0012", GRID).ct == "rawdata/sub-0012/sub-0012_dir-sag_ct.nii.gz"
    with pytest.raises(ValueError, match="letters and digits"):
        verse.release_paths("../x", GRID)


@pytest.mark.parametrize(
    ("name", "kind", "stem", "subject"),
    [
        ("sub-verse004_dir-sag_ct.nii.gz", "ct", "sub-verse004_dir-sag", "verse004"),
        ("sub-verse004_dir-sag_seg-vert_msk.nii.gz", "mask", "sub-verse004_dir-sag", "verse004"),
        ("sub-verse004_dir-sag_seg-subreg_ctd.json", "centroids", "sub-verse004_dir-sag", "verse004"),
        ("sub-1_dir-ax_seg-vert_desc-raterA_msk.nii.gz", "of_raters", "sub-1_dir-ax", "1"),
        ("sub-1_dir-ax_seg-vert_desc-rater3f9a_msk.nii.gz", "of_raters", "sub-1_dir-ax", "1"),
        ("sub-1_dir-ax_seg-vert_desc-disagreement_map.nii.gz", "of_raters", "sub-1_dir-ax", "1"),
        ("sub-1_dir-ax_seg-vert_probseg.nii.gz", "of_raters", "sub-1_dir-ax", "1"),
        ("verse012.nii.gz", "unknown", "verse012", "verse012"),
        ("verse012_seg.nii.gz", "mask", "verse012", "verse012"),
        ("verse012_snapshot.png", "preview", "verse012", "verse012"),
        ("verse500_CT-sag.nii.gz", "ct", "verse500_CT-sag", "verse500"),
        ("verse500_CT-sag_seg.nii.gz", "mask", "verse500_CT-sag", "verse500"),
        ("verse500_CT-sag_iso-ctd.json", "centroids", "verse500_CT-sag", "verse500"),
        ("verse500_CT-sag.png", "preview", "verse500_CT-sag", "verse500"),
        ("GL017_CT_ax_seg.nii.gz", "mask", "GL017_CT_ax", None),
        ("GL017_CT_ax.nii.gz", "ct", "GL017_CT_ax", None),
        ("ct.nii.gz", "unknown", "ct", None),
        ("Doe_John.nii.gz", "unknown", "Doe_John", None),
    ],
)
def test_names_of_every_generation_are_understood(
    name: str, kind: verse.FileKind, stem: str, subject: str | None
) -> None:
    parsed = verse.parse_name(name)
    assert (parsed.kind, parsed.stem, parsed.subject) == (kind, stem, subject)
