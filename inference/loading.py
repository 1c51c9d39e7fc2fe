"""Networks from weight files, and weight files from training checkpoints."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from inference.devices import torch_device
from inference.errors import EngineUnavailable
from inference.networks.labeller import Labeller
from inference.networks.spine import Localiser, PatchSegmenter
from inference.weights import MANIFEST, NETWORKS, WeightFile, file_digest

BUILDERS: dict[str, type[Localiser] | type[Labeller] | type[PatchSegmenter]] = {
    "localise": Localiser,
    "label": Labeller,
    "segment": PatchSegmenter,
}

_LAST_BIAS = "trunk.head.bias"


def load_network(file: WeightFile, device: str) -> nn.Module:
    """The network with its weights, ready to run. Raises `EngineUnavailable` where they do not fit."""
    network = BUILDERS[file.network](file.channels)
    try:
        state = load_file(file.path)
        network.load_state_dict({name: value.float() for name, value in state.items()})
    except (SafetensorError, RuntimeError) as error:
        raise EngineUnavailable(f"the weights {file.path.name} do not fit the network") from error
    return network.to(torch_device(device)).eval()


def export_weights(
    checkpoints: Mapping[str, Path],
    directory: Path,
    version: str,
    about: dict[str, Any],
    base: Path | None = None,
    lift: float = 0.0,
) -> None:
    """Write averaged weights of training checkpoints as half-precision safetensors with a manifest. Networks
    without a checkpoint are those of the folder `base`.

    `lift` is added to the segmentation network's logits: where a network is in doubt, a mask cut at one half
    is too small (of calibrated probabilities the best cut is half of the F1 that it reaches: Z. Lipton et
    al. 2014, arXiv:1402.1892).
    """
    directory.mkdir(parents=True, exist_ok=True)
    networks: dict[str, Any] = {}
    for name in NETWORKS:
        if name not in checkpoints:
            networks[name] = _copied(name, base, directory)
            continue
        kept = torch.load(checkpoints[name], weights_only=True)
        averaged = dict(kept["averaged"])
        if name == "segment" and lift:
            averaged[_LAST_BIAS] = averaged[_LAST_BIAS] + lift
        state = {key: value.half().contiguous() for key, value in averaged.items()}
        path = directory / f"{name}.safetensors"
        save_file(state, path)
        channels = [block.shape[0] for key, block in state.items() if _first_of_level(key)]
        networks[name] = {
            "file": path.name,
            "sha256": file_digest(path),
            "channels": channels,
            "steps": int(kept["step"]),
            "minutes": round(float(kept["seconds"]) / 60, 1),
        }
        if name == "segment" and lift:
            networks[name]["lift"] = lift
    stated = {"version": version, **about, "networks": networks}
    (directory / MANIFEST).write_text(json.dumps(stated, indent=2) + "\n")


def _copied(name: str, base: Path | None, directory: Path) -> dict[str, Any]:
    """A network's file and its manifest entry, taken over from another folder."""
    if base is None:
        raise ValueError(f"neither a checkpoint nor a folder to copy from is given for the network {name!r}")
    entry: dict[str, Any] = json.loads((base / MANIFEST).read_text())["networks"][name]
    if base.resolve() != directory.resolve():
        shutil.copyfile(base / entry["file"], directory / entry["file"])
    return entry


def _first_of_level(key: str) -> bool:
    parts = key.split(".")
    unet = parts[:2] == ["trunk", "encoder"] and parts[3:] == ["0", "conv", "weight"]
    return unet or (parts[:2] == ["sagittal", "stages"] and parts[3:] == ["0", "weight"])
