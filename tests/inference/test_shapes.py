"""Outlined spines without a CT become scenes: shapes stay what they are, bone is painted where they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backend.science.errors import BadInput
from backend.science.formats.nifti import write_mask
from backend.science.geometry import to_canonical
from backend.science.volume import Mask
from inference.cli import main
from inference.patches import PATCH_SPACING_MM
from inference.synthesis import Phantom
from inference.training import samples
from inference.training.randomise import Example
from inference.training.real import body_centres
from inference.training.scenes import make_scenes, scene_maker
from inference.training.shapes import Shapes, shape_scene, shapes_of


@pytest.fixture(scope="module")
def shapes(lumbar: Phantom) -> Shapes:
    return shapes_of(lumbar.mask, "lumbar")


@pytest.fixture(scope="module")
def scene(shapes: Shapes) -> Example:
    return shape_scene([shapes], np.random.default_rng(4))


def test_distances_keep_the_volume_of_each_vertebra(shapes: Shapes, lumbar: Phantom) -> None:
    voxel_mm3 = float(np.prod(lumbar.mask.geometry.spacing_mm))
    assert shapes.whole == (20, 21, 22, 23, 24)
    for label in shapes.whole:  # smoothing rounds edges off, by less than a twentieth of the volume
        true_mm3 = (lumbar.mask.array == label).sum() * voxel_mm3
        drawn_mm3 = ((shapes.owner == label) & (shapes.nearest < 0)).sum()
        assert drawn_mm3 == pytest.approx(true_mm3, rel=0.06)


def test_distances_are_in_mm_and_the_second_bone_is_farther(shapes: Shapes) -> None:
    steps = np.abs(np.diff(shapes.nearest, axis=2))[np.abs(shapes.nearest[:, :, 1:]) < 6]
    assert steps.max() < 1.8  # no distance changes by more than the step, but for the outline's own roughness
    assert (shapes.second >= shapes.nearest).all()


def test_centres_are_those_of_the_bodies(shapes: Shapes, lumbar: Phantom) -> None:
    canonical = to_canonical(lumbar.mask)
    spacing = np.array(canonical.geometry.spacing_mm)
    for label, place in body_centres(canonical).items():
        expected_mm = (place + 0.5) * spacing
        assert np.abs((shapes.centres[label] + 0.5) - expected_mm).max() < 1.0


def test_a_scene_shows_the_arch_behind_the_body_and_the_next_vertebra_above(scene: Example) -> None:
    places = dict(zip(scene.labels.tolist(), scene.centres, strict=True))
    inside = [
        label for label, at in places.items() if ((at > 20) & (at < np.array(scene.hu.shape) - 20)).all()
    ]
    assert inside
    for label in inside:
        middle = np.argwhere(scene.owner == label).mean(axis=0)
        assert middle[1] < places[label][1] - 3
        assert places[label][2] > places.get(label + 1, np.full(3, -np.inf))[2]


def test_a_scene_is_as_large_as_the_outline_but_for_the_stretch(scene: Example, lumbar: Phantom) -> None:
    voxel_mm3 = float(np.prod(lumbar.mask.geometry.spacing_mm))
    middle = int(scene.labels[np.abs(scene.centres - np.array(scene.hu.shape) / 2).sum(axis=1).argmin()])
    drawn_mm3 = (scene.owner == middle).sum() * PATCH_SPACING_MM**3
    true_mm3 = (lumbar.mask.array == middle).sum() * voxel_mm3
    assert 0.55 < drawn_mm3 / true_mm3 < 1.7


def test_bone_is_painted_where_the_outline_says(scene: Example) -> None:
    bone = scene.owner > 0
    assert np.median(scene.hu[bone]) > np.percentile(scene.hu[~bone], 75)
    rim = bone & ~np.roll(bone, 1, axis=1)
    assert np.median(scene.hu[rim]) > 100


def test_its_samples_have_the_heat_in_the_mask(scene: Example) -> None:
    drawn = [samples.patch_sample(scene, np.random.default_rng(k)) for k in range(6)]
    near = [bool(s["mask"][0][s["x"][1] > 0.9].mean() > 0.6) for s in drawn]
    assert sum(near) >= 5


def test_the_same_stream_gives_the_same_scene(shapes: Shapes, scene: Example) -> None:
    again = shape_scene([shapes], np.random.default_rng(4))
    assert np.array_equal(again.hu, scene.hu)
    assert np.array_equal(again.owner, scene.owner)


def test_a_mask_without_a_whole_vertebra_is_refused_by_name(lumbar: Phantom) -> None:
    empty = Mask(lumbar.mask.geometry, np.zeros_like(lumbar.mask.array))
    with pytest.raises(BadInput, match="empty: the mask shows no vertebra whole"):
        shapes_of(empty, "empty")


@pytest.mark.slow
def test_scenes_of_shapes_are_made_from_masks_on_the_command_line(
    lumbar: Phantom, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mask = tmp_path / "spine.nii.gz"
    write_mask(mask, lumbar.mask)
    arguments = ["scenes", str(tmp_path), "--kind", "shapes", "--masks", str(mask), "--count", "1"]
    assert main(arguments) == 0
    assert capsys.readouterr().err == "1 scenes made\n"
    assert len(Example.load(tmp_path / "shapes" / "s001_00000.npz").labels) == 5


@pytest.mark.parametrize(("kind", "masks"), [("shapes", []), ("patch", [Path("a.nii.gz")])])
def test_masks_belong_to_scenes_of_shapes(kind: str, masks: list[Path]) -> None:
    with pytest.raises(ValueError, match="kind 'shapes'"):
        scene_maker(kind, masks)


def test_another_maker_of_the_same_kind_may_be_given(scene: Example, tmp_path: Path) -> None:
    assert make_scenes(tmp_path, "patch", 1, 0, 1, lambda _: scene) == 1
    assert np.array_equal(Example.load(tmp_path / "patch" / "s001_00000.npz").hu, scene.hu)
