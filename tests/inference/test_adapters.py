"""Engines that are not built in, each with a small program or network of the format it is for."""

from __future__ import annotations

import json
import os
import stat
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from skimage.transform import resize

from backend.science.engine_api import Cancelled, EngineRequest, EngineResult
from backend.science.errors import BadInput
from backend.science.formats.nifti import write_mask
from backend.science.volume import Mask, Volume, VolumeGeometry
from inference.adapters.command import CommandEngine
from inference.adapters.labels import table_from_names, verse_label
from inference.adapters.nnunet import NnUnetModelEngine, NnUnetResultsEngine
from inference.adapters.nnunet_grid import chosen, on_plan, resized, thick_axis
from inference.adapters.nnunet_network import PlainConvUNet, architecture_of
from inference.adapters.totalsegmentator import LABELS, STRUCTURES, TotalSegmentatorEngine
from inference.adapters.windows import scores, sweep, windows
from inference.errors import EngineUnavailable
from tests.support.waiting import wait_until

SHAPE = (20, 24, 28)
RESIZE: Any = resize  # scikit-image comes without types
BONE_HU, SOFT_HU = 900, 40


def ct(spacing: tuple[float, float, float] = (1.0, 1.0, 2.0)) -> Volume:
    """Soft tissue with two bones: a large one (label 20 by the tests' networks) low on the left side."""
    array = np.full(SHAPE, SOFT_HU, np.int16)
    array[3:12, 5:15, 4:12] = BONE_HU
    return Volume(VolumeGeometry(SHAPE, np.diag([*spacing, 1.0])), array)


def run(
    engine: Any, volume: Volume, folder: Path, cancelled: Any = lambda: False, **options: Any
) -> EngineResult:
    result = engine.run(EngineRequest(volume, folder, options=options), lambda _: None, cancelled)
    assert isinstance(result, EngineResult)
    assert result.mask.geometry.matches(volume.geometry)
    return result


def program(folder: Path, name: str, body: str) -> Path:
    """A Python program that can be called by its path, with the repository on its path."""
    path = folder / name
    root = Path(__file__).resolve().parents[2]
    path.write_text(f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(root)!r})\n{body}")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


THRESHOLD = """
import pathlib
import numpy as np
from backend.science.formats.nifti import read_volume, write_mask
from backend.science.volume import Mask
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
volume = read_volume(pathlib.Path(given["-i"]))
array = np.asfortranarray(np.where(volume.array > 500, NUMBER, 0).astype(np.uint8))
write_mask(pathlib.Path(given["-o"]), Mask(volume.geometry, array))
print("thresholded", volume.array.shape)
"""


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def test_a_command_s_mask_comes_back_voxel_for_voxel(tmp_path: Path, work: Path) -> None:
    path = program(tmp_path, "segment", THRESHOLD.replace("NUMBER", "3"))
    engine = CommandEngine([str(path), "-i", "{ct}", "-o", "{mask}"], labels={"3": 20}, name="Mine")
    volume = ct()
    result = run(engine, volume, work)
    assert np.array_equal(result.mask.array == 20, volume.array > 500)
    assert (result.report["engine"], "thresholded" in result.report["log"]) == ("Mine", True)


def test_a_command_that_fails_says_what_it_said_last(tmp_path: Path, work: Path) -> None:
    path = program(tmp_path, "fails", "sys.stderr.write('loading\\nno such model\\n'); sys.exit(3)")
    with pytest.raises(BadInput, match="status 3: no such model"):
        run(CommandEngine([str(path), "{ct}", "{mask}"]), ct(), work)


def test_a_command_that_writes_nothing_is_no_success(tmp_path: Path, work: Path) -> None:
    with pytest.raises(BadInput, match="wrote no mask"):
        run(CommandEngine([str(program(tmp_path, "idle", "")), "{mask}"]), ct(), work)


def is_alive(process: int) -> bool:
    """Whether it runs; one that has ended and waits to be collected does not."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_a_command_is_stopped_with_all_it_started(tmp_path: Path, work: Path) -> None:
    body = (
        "import os, pathlib, signal, subprocess\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen(['sleep', '600'])\n"
        "pathlib.Path('child').write_text(str(child.pid))\n"
        "child.wait()\n"
    )
    engine = CommandEngine([str(program(tmp_path, "long", body)), "{mask}"])
    child = work / "child"
    began = time.monotonic()
    with pytest.raises(Cancelled):
        run(engine, ct(), work, cancelled=lambda: child.exists() and child.read_text() != "")
    assert time.monotonic() - began < 60
    # A kill is sent at once and carried out when the kernel next runs what it kills.
    wait_until(
        lambda: not is_alive(int(child.read_text())), seconds=30, what="the end of what the command started"
    )


def test_a_command_has_a_time_limit_and_not_the_site_s_secrets(
    tmp_path: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DJANGO_SECRET_KEY", "hidden")
    body = "import os, threading\nprint(sorted(os.environ), flush=True)\nthreading.Event().wait(600)\n"
    engine = CommandEngine([str(program(tmp_path, "slow", body)), "{mask}"], time_limit_s=3)
    with pytest.raises(BadInput, match="stopped after 3 s"):
        run(engine, ct(), work)
    said = (work / "command.log").read_text()
    assert "PATH" in said
    assert "DJANGO_SECRET_KEY" not in said


@pytest.mark.parametrize(
    ("argv", "reason"),
    [
        ("segment {ct}", "list of words"),
        (["segment", "{ct}"], "{mask}"),
        (["no-such-program", "{mask}"], "not on"),
    ],
)
def test_a_command_that_cannot_work_is_refused_at_once(argv: Any, reason: str) -> None:
    with pytest.raises(EngineUnavailable, match=reason):
        CommandEngine(argv)


def test_totalsegmentator_s_numbers() -> None:
    assert (LABELS[27], LABELS[31], LABELS[32], LABELS[43], LABELS[44], LABELS[50], LABELS[25]) == (
        24,
        20,
        19,
        8,
        7,
        1,
        26,
    )
    by_name = {verse_label(name) for name in STRUCTURES}
    assert by_name == set(LABELS.values())


def test_totalsegmentator_runs_by_its_command_and_heights_stay(
    tmp_path: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, "TotalSegmentator", THRESHOLD.replace("NUMBER", "31"))
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    volume = ct()
    result = run(TotalSegmentatorEngine(), volume, work, device="cuda:1")
    assert np.array_equal(result.mask.array == 20, volume.array > 500)
    assert result.report["device"] == "gpu:1"


def test_totalsegmentator_that_is_not_installed_says_how_to() -> None:
    with pytest.raises(EngineUnavailable, match="pip install TotalSegmentator"):
        TotalSegmentatorEngine(program="TotalSegmentator-that-is-not-here")


def test_names_of_vertebrae() -> None:
    assert [verse_label(n) for n in ("vertebrae_L5", "T12", "Vertebra C1", "vertebrae_S1", "rib_left_1")] == [
        24,
        19,
        1,
        26,
        None,
    ]
    assert table_from_names({"background": 0, "vertebrae_L1": 4, "aorta": 2}) == {4: 20}
    with pytest.raises(BadInput):
        table_from_names({"background": 0, "aorta": 1})


NEW_PLANS = {
    "architecture": {
        "network_class_name": "dynamic_network_architectures.architectures.unet.PlainConvUNet",
        "arch_kwargs": {
            "n_stages": 2,
            "features_per_stage": [2, 4],
            "kernel_sizes": [[1, 1, 1], [3, 3, 3]],
            "strides": [[1, 1, 1], [2, 2, 2]],
            "n_conv_per_stage": [1, 1],
            "n_conv_per_stage_decoder": [1],
            "conv_bias": True,
        },
    }
}
OLD_PLANS = {
    "UNet_class_name": "PlainConvUNet",
    "UNet_base_num_features": 2,
    "unet_max_num_features": 320,
    "conv_kernel_sizes": [[1, 1, 1], [3, 3, 3]],
    "pool_op_kernel_sizes": [[1, 1, 1], [2, 2, 2]],
    "n_conv_per_stage_encoder": [1, 1],
    "n_conv_per_stage_decoder": [1],
}


def threshold_network(plans: dict[str, Any]) -> PlainConvUNet:
    """A network of the plans' form that calls bright voxels class 1, through the skip of the finest stage."""
    network = PlainConvUNet(1, 3, architecture_of(plans))
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
        weights = dict(network.named_parameters())
        weights["encoder.stages.0.0.convs.0.conv.weight"][0] = 1.0
        weights["encoder.stages.0.0.convs.0.norm.weight"][0] = 1.0
        # the first channel of the skip comes after the two that come from below
        weights["decoder.stages.0.convs.0.conv.weight"][0, 2] = 1.0
        weights["decoder.stages.0.convs.0.norm.weight"][0] = 1.0
        weights["decoder.seg_layers.0.weight"][1, 0] = 1.0
        weights["decoder.seg_layers.0.bias"][0] = 0.5
        weights["decoder.seg_layers.0.bias"][2] = -9.0
    return network


def model_folder(folder: Path, plans: dict[str, Any], spacing: list[float]) -> Path:
    """A folder as nnU-Net 2.8.1 leaves it: its state holds most weights twice, its log numbers of numpy."""
    network = threshold_network(plans)
    state = {f"module.{key}": value for key, value in network.state_dict().items()}
    state |= {f"decoder.{key}": value for key, value in network.state_dict().items() if key.startswith("enc")}
    for name, weight in network.state_dict().items():
        for own, place in ((".conv.", ".all_modules.0."), (".norm.", ".all_modules.1.")):
            if own in name:
                state[name.replace(own, place)] = weight
    (folder / "fold_0").mkdir(parents=True)
    optimizer = torch.optim.SGD(network.parameters(), 0.01, momentum=0.99, nesterov=True)
    kept = {
        "network_weights": state,
        "optimizer_state": optimizer.state_dict(),
        "grad_scaler_state": None,
        "logging": {"mean_fg_dice": [np.float64(0.5)], "dice_per_class_or_region": [[np.float32("nan")]]},
        "_best_ema": np.float32(0.5),
        "current_epoch": 5,
        "init_args": {
            "plans": plans,
            "configuration": "3d_fullres",
            "fold": 0,
            "device": torch.device("cpu"),
        },
        "trainer_name": "nnUNetTrainer_5epochs",
        "inference_allowed_mirroring_axes": (0, 1, 2),
    }
    torch.save(kept, folder / "fold_0" / "checkpoint_final.pth")
    dataset = {
        "channel_names": {"0": "CT"},
        "labels": {"background": 0, "vertebrae_L1": 1, "aorta": 2},
        "overwrite_image_reader_writer": "SimpleITKIO",
    }
    (folder / "dataset.json").write_text(json.dumps(dataset))
    seen = {"mean": 300.0, "std": 200.0, "percentile_00_5": -500.0, "percentile_99_5": 1500.0}
    configuration = {
        "spacing": spacing,
        "patch_size": [16, 16, 16],
        "normalization_schemes": ["CTNormalization"],
        **plans,
    }
    whole = {
        "dataset_name": "Dataset007_Spine",
        "transpose_forward": [1, 0, 2],
        "configurations": {"3d_fullres": configuration},
        "foreground_intensity_properties_per_channel": {"0": seen},
    }
    (folder / "plans.json").write_text(json.dumps(whole))
    return folder


@pytest.mark.parametrize("plans", [NEW_PLANS, OLD_PLANS])
def test_a_model_folder_of_nnunet_runs_without_its_packages(
    tmp_path: Path, work: Path, plans: dict[str, Any]
) -> None:
    volume = ct()  # 1 x 1 x 2 mm; the plan's axes are (y, z, x) by its transposition
    engine = NnUnetModelEngine(model_folder(tmp_path / "model", plans, [1.0, 2.0, 1.0]))
    result = run(engine, volume, work)
    assert np.array_equal(result.mask.array == 20, volume.array > 500)
    assert engine.version == "Dataset007_Spine"


def test_a_model_folder_of_another_spacing_still_finds_the_bone(tmp_path: Path, work: Path) -> None:
    volume = ct()
    engine = NnUnetModelEngine(model_folder(tmp_path / "model", NEW_PLANS, [2.0, 2.0, 2.0]))
    found = run(engine, volume, work).mask.array == 20
    bone = volume.array > 500
    # Scores are further above 0 in bone than below it outside: what is found reaches over the border.
    assert 2 * (found & bone).sum() / (found.sum() + bone.sum()) > 0.8


def test_a_configuration_takes_over_what_it_does_not_say_from_another(tmp_path: Path, work: Path) -> None:
    folder = model_folder(tmp_path / "model", NEW_PLANS, [2.0, 2.0, 2.0])
    plans = json.loads((folder / "plans.json").read_text())
    among = plans["configurations"]
    among["3d_fine"] = {"inherits_from": "3d_large", "spacing": [1.0, 2.0, 1.0]}
    among["3d_large"] = {"inherits_from": "3d_fullres", "patch_size": [32, 32, 32]}
    among["3d_turning"] = {"inherits_from": "3d_turning"}
    (folder / "plans.json").write_text(json.dumps(plans))
    volume = ct()
    result = run(NnUnetModelEngine(folder, configuration="3d_fine"), volume, work)
    assert np.array_equal(result.mask.array == 20, volume.array > 500)
    for name in ("3d_turning", "3d_none"):
        with pytest.raises(EngineUnavailable, match=f"no configuration '{name}'"):
            NnUnetModelEngine(folder, configuration=name)


def test_a_ct_is_laid_on_the_plans_grid_as_nnunet_lays_it() -> None:
    """By splines and without smoothing: noise that a network learned with stays as strong as it was."""
    noise = np.random.default_rng(3).normal(0, 1, (24, 24, 30)).astype(np.float32)
    old = VolumeGeometry(noise.shape, np.diag([1.0, 1.0, 2.0, 1.0]))
    new = on_plan(old, [2.0, 2.0, 2.0])
    assert new.shape == (12, 12, 30)
    assert np.allclose(new.voxel_to_ras_mm((0, 0, 0)), (0.5, 0.5, 0.0)), "borders stay where they are"
    made = resized(noise, old, new, [2.0, 2.0, 2.0])
    drawn = RESIZE(noise.astype(np.float64), new.shape, 3, mode="edge", anti_aliasing=False)
    assert np.abs(made - drawn).max() < 1e-5
    thick = VolumeGeometry(noise.shape, np.diag([1.0, 1.0, 5.0, 1.0]))
    finer = on_plan(thick, [1.0, 1.0, 2.5])
    taken = resized(noise, thick, finer, [1.0, 1.0, 2.5])
    assert np.array_equal(taken[:, :, ::2], noise), "of thick slices the nearest, not what lies between"
    assert [thick_axis((1, 1, 4)), thick_axis((1, 1, 2), (5, 1, 1)), thick_axis((5, 5, 1))] == [2, 0, None]


def test_scores_not_classes_are_brought_to_the_ct_s_grid() -> None:
    found = np.zeros((2, 1, 1, 2), np.float32)
    found[0], found[1, 0, 0] = 1, (0, 4)
    assert chosen(found, (1, 1, 2)).ravel().tolist() == [0, 1]
    assert chosen(found, (1, 1, 8)).ravel().tolist() == [0, 0, 0, 1, 1, 1, 1, 1], "1.5 at the fourth: above 1"


def test_what_is_wrong_with_a_model_folder_is_said(tmp_path: Path, work: Path) -> None:
    with pytest.raises(EngineUnavailable, match=r"dataset\.json is not in"):
        NnUnetModelEngine(tmp_path)
    folder = model_folder(tmp_path / "model", NEW_PLANS, [1.0, 2.0, 1.0])
    with pytest.raises(EngineUnavailable, match=r"fold_3/checkpoint_final\.pth"):
        NnUnetModelEngine(folder, folds=(3,))
    engine = NnUnetModelEngine(folder)
    (folder / "fold_0" / "checkpoint_final.pth").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(EngineUnavailable, match="read safely"):
        run(engine, ct(), work)


def test_results_that_nnunet_made_elsewhere(tmp_path: Path, work: Path) -> None:
    (tmp_path / "dataset.json").write_text(json.dumps({"labels": {"background": 0, "L2": 7}}))
    volume = ct()
    array = np.asfortranarray(np.where(volume.array > 500, 7, 0).astype(np.uint8))
    write_mask(tmp_path / "sub-0001.nii.gz", Mask(volume.geometry, array))
    engine = NnUnetResultsEngine(tmp_path)
    result = run(engine, volume, work, case="sub-0001")
    assert np.array_equal(result.mask.array == 21, volume.array > 500)
    with pytest.raises(BadInput, match=r"no sub-0002\.nii\.gz"):
        run(engine, volume, work, case="sub-0002")


def test_windows_cover_everything_and_small_volumes_are_padded() -> None:
    seen = np.zeros((20, 9, 33), int)
    for box in windows(seen.shape, (8, 9, 16)):
        seen[box] += 1
    assert seen.min() >= 1
    image = np.zeros((5, 6, 7), np.float32)
    image[2:, :, :] = 1
    seen_sums = []

    def predict(window: Any) -> Any:
        seen_sums.append(float(window.sum()))
        return np.concatenate([0.5 - window, window - 0.5])

    assert np.array_equal(sweep(image, (8, 8, 8), predict, lambda _: None), image.astype(int))
    filled = scores(image, (8, 8, 8), predict, lambda _: None, outside=1.0)
    assert np.array_equal(filled.argmax(axis=0), image.astype(int))
    assert seen_sums == [image.sum(), image.sum() + 8**3 - image.size]
