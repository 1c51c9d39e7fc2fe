"""A network exported as ONNX, registered with a description of its input and labels.

The folder of a version holds ``model.onnx`` and ``model.json``. The network takes one channel (1, 1, x, y, z)
and gives a score for each class (1, classes, x, y, z). ONNX Runtime computes it; the format runs no code of
its own.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from backend.science.engine_api import Cancelled, EngineRequest, EngineResult, StageProgress
from backend.science.errors import BadInput
from backend.science.geometry import resample_volume, to_canonical
from backend.science.labels import VALID_LABELS
from backend.science.volume import Mask, Volume, VolumeGeometry
from inference.adapters.labels import on_grid, relabel, verse_label
from inference.adapters.windows import Float32, Shape, sweep
from inference.errors import EngineUnavailable

MODEL_FILE, ABOUT_FILE = "model.onnx", "model.json"
MAX_PATCH = 512


@dataclass(frozen=True)
class OnnxAbout:
    """How the network wants its input: mm, voxels, HU; and what its classes are."""

    spacing_mm: tuple[float, float, float]
    patch: Shape
    labels: dict[int, int]
    clip_hu: tuple[float, float] = (-1024.0, 3071.0)
    mean_hu: float = 0.0
    std_hu: float = 1000.0
    version: str = "1"


def parse_about(raw: Any) -> OnnxAbout:
    """Read the description. Raises `BadInput` naming the key that is wrong."""
    if not isinstance(raw, dict):
        raise BadInput("bad_about", "the description must be an object")
    unknown = set(raw) - set(OnnxAbout.__dataclass_fields__)
    if unknown:
        raise BadInput("bad_about", f"the description has unknown keys: {', '.join(sorted(unknown))}")
    spacing = _three(raw, "spacing_mm", 0.2, 10.0)
    patch = _three(raw, "patch", 8, MAX_PATCH)
    labels = raw.get("labels")
    if not isinstance(labels, dict) or not labels:
        raise BadInput("bad_about", 'labels must say which class is which vertebra, such as {"1": "L5"}')
    clip = raw.get("clip_hu", [-1024.0, 3071.0])
    if not isinstance(clip, list) or len(clip) != 2 or not float(clip[0]) < float(clip[1]):
        raise BadInput("bad_about", "clip_hu must be two numbers, the lower first")
    std = float(raw.get("std_hu", 1000.0))
    if std <= 0:
        raise BadInput("bad_about", "std_hu must be above 0")
    return OnnxAbout(
        (spacing[0], spacing[1], spacing[2]),
        (int(patch[0]), int(patch[1]), int(patch[2])),
        {int(number): _class_label(name) for number, name in labels.items()},
        (float(clip[0]), float(clip[1])),
        float(raw.get("mean_hu", 0.0)),
        std,
        str(raw.get("version", "1")),
    )


def _three(raw: dict[str, Any], key: str, low: float, high: float) -> list[float]:
    value = raw.get(key)
    if not isinstance(value, list) or len(value) != 3:
        raise BadInput("bad_about", f"{key} must be three numbers, along x, y and z")
    numbers = [float(v) for v in value]
    if not all(low <= v <= high for v in numbers):
        raise BadInput("bad_about", f"{key} must lie between {low:g} and {high:g}")
    return numbers


def _class_label(name: Any) -> int:
    label = name if isinstance(name, int) else verse_label(str(name))
    if label not in VALID_LABELS:
        raise BadInput("bad_about", f"{name!r} is no vertebra's name or VerSe number")
    return int(label)


class OnnxEngine:
    """Segments with a registered ONNX network, window by window."""

    name = "ONNX network"
    stages = ("resample", "segment", "place")

    def __init__(self, folder: Path) -> None:
        """Open the network. Raises `EngineUnavailable`: ONNX Runtime is missing, the file cannot be read."""
        if find_spec("onnxruntime") is None:
            raise EngineUnavailable(
                "ONNX Runtime is not installed on this machine: `pip install onnxruntime`, or onnxruntime-gpu"
            )
        import onnxruntime

        try:
            self.about = parse_about(json.loads((folder / ABOUT_FILE).read_text()))
            options = onnxruntime.SessionOptions()
            options.log_severity_level = 3
            self._session = onnxruntime.InferenceSession(
                str(folder / MODEL_FILE), options, providers=_here(onnxruntime.get_available_providers())
            )
        except (OSError, ValueError, BadInput) as error:
            raise EngineUnavailable(f"the ONNX model cannot be used: {error}") from error
        except Exception as error:  # ONNX Runtime has error classes of its own, not exported
            raise EngineUnavailable(f"ONNX Runtime cannot open the model: {error}") from error
        self.version = self.about.version
        self._check_shapes()

    def _check_shapes(self) -> None:
        given = self._session.get_inputs()
        made = self._session.get_outputs()
        if len(given) != 1 or len(made) != 1 or len(given[0].shape) != 5 or len(made[0].shape) != 5:
            raise EngineUnavailable("the network must take (1, 1, x, y, z) and give (1, classes, x, y, z)")
        self._input = given[0].name

    def run(
        self,
        request: EngineRequest,
        progress: Callable[[StageProgress], None],
        cancelled: Callable[[], bool],
    ) -> EngineResult:
        """Segment the request's volume. Raises `Cancelled`."""
        began = time.monotonic()
        about = self.about
        progress(StageProgress("resample", 0.0))
        volume = to_canonical(request.volume)
        geometry = spaced(volume.geometry, about.spacing_mm)
        hounsfield = resample_volume(volume, geometry)
        progress(StageProgress("resample", 1.0))

        def check(part: float) -> None:
            if cancelled():
                raise Cancelled
            progress(StageProgress("segment", min(part, 0.99)))

        classes = sweep(self._normalised(hounsfield), about.patch, self._predict, check)
        progress(StageProgress("segment", 1.0))
        mask = Mask(geometry, relabel(np.minimum(classes, 255).astype(np.uint8), about.labels))
        placed = on_grid(mask, request.volume.geometry, "smooth")
        progress(StageProgress("place", 1.0))
        report = {
            "engine": self.name,
            "version": self.version,
            "device": self._session.get_providers()[0],
            "seconds": round(time.monotonic() - began, 3),
        }
        return EngineResult(placed, {}, report)

    def _normalised(self, volume: Volume) -> Float32:
        low, high = self.about.clip_hu
        values = np.clip(volume.array.astype(np.float32), low, high)
        return np.asarray((values - self.about.mean_hu) / self.about.std_hu, np.float32)

    def _predict(self, window: Float32) -> Float32:
        (scores,) = self._session.run(None, {self._input: np.ascontiguousarray(window[None])})
        return np.asarray(scores[0], np.float32)


def _here(available: list[str]) -> list[str]:
    """Of what ONNX Runtime can compute with, what is in this machine (one of its providers calls a cloud)."""
    return [name for name in ("CUDAExecutionProvider", "CPUExecutionProvider") if name in available]


def spaced(geometry: VolumeGeometry, spacing_mm: tuple[float, float, float]) -> VolumeGeometry:
    """A grid over the same space with other voxels; outer borders stay where they are, to half a voxel."""
    old = np.asarray(geometry.spacing_mm)
    shape = np.maximum(1, np.rint(np.array(geometry.shape) * old / spacing_mm)).astype(int)
    step = np.asarray(spacing_mm) / old
    affine = geometry.affine_ras_mm.copy()
    affine[:3, :3] = affine[:3, :3] * step
    affine[:3, 3] = geometry.voxel_to_ras_mm((step - 1) / 2)
    return VolumeGeometry((int(shape[0]), int(shape[1]), int(shape[2])), affine)
