"""A bundle of MONAI with a network made by hand: where its mask lies, and what is refused before it runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
import torch

from backend.science.engine_api import Cancelled, EngineRequest, EngineResult
from backend.science.errors import BadInput
from backend.science.volume import Volume, VolumeGeometry
from inference.adapters import monai_bundle
from inference.adapters.monai_bundle import MonaiBundleEngine
from inference.errors import EngineUnavailable

SHAPE = (40, 48, 36)
BONE_HU, SOFT_HU = 900, 40
CHANNELS = {"0": "background", "1": "vertebrae_L1", "2": "vertebrae_L2"}


def ct(codes: str) -> Volume:
    """Soft tissue with one long bone near a corner, its axes along ``codes``, a little oblique."""
    ornt = nib.orientations.axcodes2ornt(tuple(codes))
    steps = np.array([1.0, 1.5, 2.0])
    matrix = np.zeros((3, 3))
    for axis, (world, flip) in enumerate(ornt):
        matrix[int(world), axis] = flip * steps[axis]
    turn = np.deg2rad(5)
    around = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3] = around @ matrix
    affine[:3, 3] = (12.5, -40.0, 7.25)
    array = np.full(SHAPE, SOFT_HU, np.int16)
    array[4:20, 6:18, 5:28] = BONE_HU
    return Volume(VolumeGeometry(SHAPE, affine), array)


def network() -> torch.nn.Module:
    """Bone is class 1: a score that grows with the HU against a constant background."""
    made = torch.nn.Conv3d(1, 3, 1)
    with torch.no_grad():
        made.weight[:] = torch.tensor([0.0, 10.0, 0.0]).reshape(3, 1, 1, 1, 1)
        assert made.bias is not None
        made.bias[:] = torch.tensor([0.0, -7.5, -100.0])
    return made


def bundle(folder: Path, *, scripted: bool = False, **changes: Any) -> Path:
    config = {
        "imports": ["$import torch"],
        "bundle_root": "/nowhere",
        "device": "$torch.device('cpu')",
        "network_def": {"_target_": "torch.nn.Conv3d", "in_channels": 1, "out_channels": 3, "kernel_size": 1},
        "preprocessing": {
            "_target_": "Compose",
            "transforms": [
                {"_target_": "LoadImaged", "keys": "image"},
                {"_target_": "EnsureChannelFirstd", "keys": "image"},
                {"_target_": "Orientationd", "keys": "image", "axcodes": "RAS"},
                {"_target_": "Spacingd", "keys": "image", "pixdim": [1.5, 1.5, 1.5], "mode": "bilinear"},
                {
                    "_target_": "ScaleIntensityRanged",
                    "keys": "image",
                    "a_min": -1000,
                    "a_max": 1000,
                    "b_min": 0.0,
                    "b_max": 1.0,
                    "clip": True,
                },
            ],
        },
        "inferer": {"_target_": "SlidingWindowInferer", "roi_size": [32, 32, 32], "overlap": 0.25},
        "postprocessing": {
            "_target_": "Compose",
            "transforms": [
                {
                    "_target_": "Invertd",
                    "keys": "pred",
                    "transform": "@preprocessing",
                    "orig_keys": "image",
                    "nearest_interp": False,
                    "to_tensor": True,
                },
                {"_target_": "AsDiscreted", "keys": "pred", "argmax": True},
                {"_target_": "SaveImaged", "keys": "pred", "output_dir": str(folder / "saved")},
            ],
        },
    } | changes
    (folder / "configs").mkdir(parents=True)
    (folder / "models").mkdir()
    told = {"version": "0.3", "name": "Hand-made", "network_data_format": {"outputs": {"pred": {}}}}
    told["network_data_format"]["outputs"]["pred"]["channel_def"] = CHANNELS  # type: ignore[index]
    (folder / "configs/metadata.json").write_text(json.dumps(told))
    (folder / "configs/inference.json").write_text(json.dumps({k: v for k, v in config.items() if v}))
    if scripted:
        torch.jit.script(network()).save(str(folder / "models/model.ts"))  # type: ignore[no-untyped-call]
    else:
        torch.save({"model": network().state_dict()}, folder / "models/model.pt")
    return folder


def run(
    engine: MonaiBundleEngine, volume: Volume, folder: Path, cancelled: Any = lambda: False
) -> EngineResult:
    (folder / "work").mkdir()
    return engine.run(EngineRequest(volume, folder / "work"), lambda _: None, cancelled)


@pytest.mark.parametrize("codes", ["RAS", "LPS", "PIR", "ASL"])
def test_the_mask_lies_on_the_bone_whichever_way_the_axes_do(tmp_path: Path, codes: str) -> None:
    volume = ct(codes)
    result = run(MonaiBundleEngine(bundle(tmp_path / "b")), volume, tmp_path)
    assert result.mask.geometry.matches(volume.geometry)
    assert set(np.unique(result.mask.array)) == {0, 20}
    mine, bone = result.mask.array == 20, volume.array == BONE_HU
    assert 2 * (mine & bone).sum() / (mine.sum() + bone.sum()) > 0.93
    assert (result.report["engine"], result.report["version"]) == ("Hand-made", "0.3")
    assert not (tmp_path / "b" / "saved").exists(), "the site keeps the mask, and nothing else does"


def test_a_scripted_network_needs_no_definition(tmp_path: Path) -> None:
    made = bundle(tmp_path / "b", scripted=True, network_def=None)
    assert set(np.unique(run(MonaiBundleEngine(made), ct("RAS"), tmp_path).mask.array)) == {0, 20}


def test_labels_and_keys_can_be_said(tmp_path: Path) -> None:
    made = bundle(tmp_path / "b")
    config = json.loads((made / "configs/inference.json").read_text())
    config["pre"] = config.pop("preprocessing")
    config["postprocessing"]["transforms"][0]["transform"] = "@pre"
    (made / "configs/inference.json").write_text(json.dumps(config))
    said: dict[str, Any] = {"labels": {"1": "T12", "2": 21}, "keys": {"preprocessing": "pre"}}
    assert set(np.unique(run(MonaiBundleEngine(made, **said), ct("RAS"), tmp_path).mask.array)) == {0, 19}


def test_classes_without_discretising_are_chosen_by_score(tmp_path: Path) -> None:
    made = bundle(tmp_path / "b")
    config = json.loads((made / "configs/inference.json").read_text())
    del config["postprocessing"]["transforms"][1:]
    (made / "configs/inference.json").write_text(json.dumps(config))
    assert set(np.unique(run(MonaiBundleEngine(made), ct("LPS"), tmp_path).mask.array)) == {0, 20}


@pytest.mark.parametrize(
    ("lost", "message"),
    [
        ("configs/inference.json", "configs/inference.json or"),
        ("models/model.pt", "models/model.pt or"),
        ("configs/metadata.json", "say it in `labels`"),
    ],
)
def test_what_lacks_is_named_before_anything_runs(tmp_path: Path, lost: str, message: str) -> None:
    made = bundle(tmp_path / "b")
    (made / lost).unlink()
    with pytest.raises(EngineUnavailable, match=message):
        MonaiBundleEngine(made)


@pytest.mark.parametrize("part", ["preprocessing", "inferer", "network_def"])
def test_an_entry_that_lacks_is_named(tmp_path: Path, part: str) -> None:
    changes: dict[str, Any] = {part: None, "postprocessing": {"_target_": "Compose"}}
    engine = MonaiBundleEngine(bundle(tmp_path / "b", **changes))
    with pytest.raises(EngineUnavailable, match=f"has no '{part}'"):
        run(engine, ct("RAS"), tmp_path)


def test_a_number_that_names_no_vertebra_is_refused(tmp_path: Path) -> None:
    made = bundle(tmp_path / "b")
    with pytest.raises(EngineUnavailable, match="99 names no vertebra"):
        MonaiBundleEngine(made, labels={"1": 99})
    with pytest.raises(EngineUnavailable, match="say it in `labels`"):
        MonaiBundleEngine(made, labels={"1": "liver"})


def test_what_the_bundle_s_own_code_raises_is_told(tmp_path: Path) -> None:
    made = bundle(tmp_path / "b", inferer={"_target_": "SlidingWindowInferer", "roi_size": "wrong"})
    with pytest.raises(BadInput, match="Hand-made: "):
        run(MonaiBundleEngine(made), ct("RAS"), tmp_path)


def test_weights_that_hold_code_are_not_read(tmp_path: Path) -> None:
    made = bundle(tmp_path / "b")
    torch.save(network(), made / "models/model.pt")  # a whole module: reading it would run its class
    with pytest.raises(BadInput, match="Hand-made: "):
        run(MonaiBundleEngine(made), ct("RAS"), tmp_path)


def test_it_can_be_stopped(tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        run(MonaiBundleEngine(bundle(tmp_path / "b")), ct("RAS"), tmp_path, cancelled=lambda: True)


def test_without_monai_the_message_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(monai_bundle, "find_spec", lambda name: None)
    with pytest.raises(EngineUnavailable, match="pip install monai"):
        MonaiBundleEngine(bundle(tmp_path / "b"))
