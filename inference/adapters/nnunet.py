"""nnU-Net v2 as an engine: a folder with a trained model, or a folder with results that it made elsewhere.

A model folder is what nnU-Net trains into: ``dataset.json``, ``plans.json`` and
``fold_N/checkpoint_final.pth``. Its labels must have the vertebrae's names (``vertebrae_L1``, ``L1``).
Checkpoints are pickles: they are read as plain weights only (`weights_only`), so that nothing in them can
run.
"""

from __future__ import annotations

import json
import pickle
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from backend.science.engine_api import Cancelled, EngineRequest, EngineResult, StageProgress
from backend.science.errors import BadInput
from backend.science.formats.nifti import read_mask
from backend.science.geometry import to_canonical
from backend.science.volume import Mask
from inference.adapters.labels import on_grid, relabel, table_from_names
from inference.adapters.nnunet_grid import chosen, on_plan, resized
from inference.adapters.windows import Float32, scores
from inference.errors import EngineUnavailable

if TYPE_CHECKING:
    from inference.adapters.nnunet_network import PlainConvUNet

Orientation = Literal["RAS", "LPS"]
REORIENTING_READER = "NibabelIOWithReorient"


def _json(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text())
    except OSError as error:
        raise EngineUnavailable(f"{path.name} is not in the nnU-Net folder {path.parent.name}") from error
    except ValueError as error:
        raise EngineUnavailable(f"{path.name} of the nnU-Net folder is damaged") from error
    return found


def _table(dataset: dict[str, Any]) -> dict[int, int]:
    try:
        return table_from_names(dataset["labels"])
    except (KeyError, BadInput) as error:
        raise EngineUnavailable(f"dataset.json: {error}") from error


def _configuration(among: dict[str, Any], name: str) -> dict[str, Any]:
    """A configuration of the plans with what it takes over from others (``inherits_from``)."""
    found: dict[str, Any] = {}
    seen: set[str] = set()
    while name:
        if name not in among or name in seen:
            raise EngineUnavailable(f"plans.json has no configuration {name!r} that can be read")
        seen.add(name)
        found = {**among[name], **found}
        name = str(among[name].get("inherits_from", ""))
    return found


class NnUnetResultsEngine:
    """Takes what nnU-Net wrote for a case elsewhere: ``<pseudonym>.nii.gz`` in the folder of results."""

    name = "nnU-Net results"
    version = "2"
    stages = ("read",)

    def __init__(self, folder: str | Path) -> None:
        """Raises `EngineUnavailable` where the folder has no dataset.json with vertebrae."""
        self._folder = Path(folder)
        self._table = _table(_json(self._folder / "dataset.json"))

    def run(
        self,
        request: EngineRequest,
        progress: Callable[[StageProgress], None],
        cancelled: Callable[[], bool],
    ) -> EngineResult:
        """The result of the request's case. Raises `BadInput`: no_result."""
        case = str(request.options.get("case", ""))
        found = [
            path
            for suffix in (".nii.gz", ".nii")
            if case and (path := self._folder / f"{Path(case).name}{suffix}").is_file()
        ]
        if not found:
            raise BadInput("no_result", f"the folder of results holds no {case or 'case'}.nii.gz")
        mask = read_mask(found[0], labels=None)
        placed = on_grid(Mask(mask.geometry, relabel(mask.array, self._table)), request.volume.geometry)
        progress(StageProgress("read", 1.0))
        return EngineResult(placed, {}, {"engine": self.name, "version": self.version, "device": ""})


class NnUnetModelEngine:
    """Runs a model folder: windows that overlap by half, one or more folds averaged."""

    name = "nnU-Net model"
    stages = ("resample", "segment", "place")

    def __init__(
        self,
        folder: str | Path,
        *,
        folds: Sequence[int] = (0,),
        configuration: str = "3d_fullres",
        checkpoint: str = "checkpoint_final.pth",
        orientation: Orientation | None = None,
    ) -> None:
        """Look at the folder. Raises `EngineUnavailable`, saying what is missing.

        ``orientation``: how the axes of its training images ran; by default what its reader says.
        """
        self._folder = Path(folder)
        dataset, plans = _json(self._folder / "dataset.json"), _json(self._folder / "plans.json")
        self._table = _table(dataset)
        self._classes = len(dataset["labels"])
        self._channels = len(dataset.get("channel_names", {"0": "CT"}))
        self._files = [self._folder / f"fold_{fold}" / checkpoint for fold in folds]
        missing = [path for path in self._files if not path.is_file()]
        if missing:
            raise EngineUnavailable(f"{missing[0].parent.name}/{checkpoint} is not in the nnU-Net folder")
        self._plan = _configuration(plans.get("configurations", {}), configuration)
        self._transpose = [int(axis) for axis in plans.get("transpose_forward", (0, 1, 2))]
        self._intensities = plans.get("foreground_intensity_properties_per_channel", {}).get("0", {})
        if self._channels != 1 or self._plan.get("normalization_schemes", ["?"]) != ["CTNormalization"]:
            raise EngineUnavailable("only models with one channel of CT (CTNormalization) can be run")
        reader = dataset.get("overwrite_image_reader_writer")
        self._orientation = orientation or ("RAS" if reader == REORIENTING_READER else "LPS")
        self.version = str(plans.get("dataset_name", self._folder.name))[:60]

    def run(
        self,
        request: EngineRequest,
        progress: Callable[[StageProgress], None],
        cancelled: Callable[[], bool],
    ) -> EngineResult:
        """Segment the request's volume. Raises `Cancelled`, `BadInput`, `EngineUnavailable`."""
        began = time.monotonic()
        device = str(request.options.get("device", "cpu"))
        progress(StageProgress("resample", 0.0))
        volume = to_canonical(request.volume)
        plan_mm = self._from_plan(self._plan["spacing"])
        geometry = on_plan(volume.geometry, plan_mm)
        image = self._to_plan(resized(self._normalised(volume.array), volume.geometry, geometry, plan_mm))
        progress(StageProgress("resample", 1.0))
        networks = [self._network(path, device) for path in self._files]

        def check(part: float) -> None:
            if cancelled():
                raise Cancelled
            progress(StageProgress("segment", min(part, 0.99)))

        a, b, c = (int(n) for n in self._plan["patch_size"])
        # Round a CT nnU-Net has zeros, the mean of what it trained on.
        found = scores(image, (a, b, c), lambda window: _mean(networks, window, device), check, outside=0.0)
        progress(StageProgress("segment", 1.0))
        stored = np.array(volume.geometry.shape[::-1])[self._transpose]
        back = self._back(chosen(found, stored.tolist()))
        mask = Mask(volume.geometry, relabel(np.asfortranarray(back), self._table))
        placed = on_grid(mask, request.volume.geometry)
        progress(StageProgress("place", 1.0))
        report = {
            "engine": self.name,
            "version": self.version,
            "device": device,
            "folds": len(networks),
            "seconds": round(time.monotonic() - began, 3),
        }
        return EngineResult(placed, {}, report)

    def _normalised(self, hounsfield: Any) -> Float32:
        """CTNormalization: cut to the percentiles of the training's foreground, then z-scores."""
        seen = self._intensities
        low, high = float(seen["percentile_00_5"]), float(seen["percentile_99_5"])
        values = np.clip(hounsfield.astype(np.float32), low, high)
        return np.asarray((values - float(seen["mean"])) / max(float(seen["std"]), 1e-8), np.float32)

    def _to_plan(self, image: Float32) -> Float32:
        """From (x, y, z) in RAS to the plan's order: reversed (z, y, x), then transposed."""
        flipped = image[::-1, ::-1] if self._orientation == "LPS" else image
        return np.ascontiguousarray(flipped.transpose(2, 1, 0).transpose(self._transpose))

    def _back(self, classes: Any) -> Any:
        """The way back from `_to_plan`."""
        stored = classes.transpose(np.argsort(self._transpose)).transpose(2, 1, 0)
        return stored[::-1, ::-1] if self._orientation == "LPS" else stored

    def _from_plan(self, values: Sequence[float]) -> list[float]:
        """Numbers along the plan's axes as numbers along x, y and z."""
        ordered = [float(values[position]) for position in np.argsort(self._transpose)]
        return ordered[::-1]

    def _network(self, path: Path, device: str) -> PlainConvUNet:
        from inference.adapters.nnunet_network import PlainConvUNet, architecture_of, own_names

        network = PlainConvUNet(self._channels, self._classes, architecture_of(self._plan))
        state = own_names(_weights(path))
        try:
            network.load_state_dict(state)
        except RuntimeError as error:
            reason = " ".join(str(error).split())[:200]
            raise EngineUnavailable(f"{path.name} does not fit the plans: {reason}") from error
        return network.to(device).eval()


def _weights(path: Path) -> dict[str, Any]:
    """The weights in a checkpoint. Numbers of numpy in its log are let through, nothing that runs."""
    import torch

    number = np.float64(0).__reduce__()[0]  # the function that a pickled number of numpy names
    harmless: list[Any] = [np.dtype, number, *{type(np.dtype(kind)) for kind in ("f4", "f8", "i8")}]
    try:
        with torch.serialization.safe_globals(harmless):
            kept = torch.load(path, map_location="cpu", weights_only=True)
        found: dict[str, Any] = kept["network_weights"]
    except (pickle.UnpicklingError, KeyError, RuntimeError) as error:
        raise EngineUnavailable(f"{path.name} is no nnU-Net checkpoint that can be read safely") from error
    return found


def _mean(networks: Sequence[PlainConvUNet], window: Float32, device: str) -> Float32:
    """Scores of a window (1, z, y, x), summed over the folds: before softmax, as nnU-Net averages them."""
    import torch

    with torch.inference_mode():
        x = torch.from_numpy(np.ascontiguousarray(window[None])).to(device)
        summed = sum(network(x)[0].float() for network in networks)
    assert isinstance(summed, torch.Tensor)
    return np.asarray(summed.cpu().numpy(), np.float32)
