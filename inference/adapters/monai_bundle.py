"""A bundle of MONAI as an engine: its own transforms, network, inferer and weights, run by MONAI itself.

A bundle's configuration names the Python that is called, so that whoever chooses it runs code of its makers
as the worker: it is entered by whoever runs the site (``VERTEBASE_ENGINES_FILE``), never from a page.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from backend.science.engine_api import Cancelled, EngineRequest, EngineResult, StageProgress
from backend.science.errors import BadInput
from backend.science.formats.nifti import write_volume
from backend.science.labels import VALID_LABELS
from backend.science.volume import Mask, VolumeGeometry
from inference.adapters.labels import on_grid, relabel, table_from_names
from inference.errors import EngineUnavailable

CONFIGS = ("configs/inference.json", "configs/inference.yaml", "configs/inference.yml")
METADATA = "configs/metadata.json"
WEIGHTS, SCRIPTED = "models/model.pt", "models/model.ts"
MOST_CLASSES = 255
# Transforms that bring a prediction to files; what is run here goes to the site instead.
_SAVERS = frozenset({"SaveImaged", "SaveImage"})


class MonaiBundleEngine:
    """Runs the inference of a bundle on one CT.

    ``labels`` maps the bundle's classes to VerSe's numbers or names of vertebrae; without it the names of
    ``channel_def`` in its metadata are read. ``keys`` names the configuration's entries where they are called
    otherwise: ``preprocessing``, ``network_def``, ``inferer`` and ``postprocessing``. A bundle with
    ``models/model.ts`` alone needs no ``network_def``.
    """

    name = "MONAI bundle"
    stages = ("read", "segment", "place")

    def __init__(
        self,
        folder: str | Path,
        *,
        labels: Mapping[str, int | str] | None = None,
        keys: Mapping[str, str] | None = None,
        name: str | None = None,
    ) -> None:
        """Raises `EngineUnavailable`: MONAI is missing, or a file or an entry of the bundle."""
        if find_spec("monai") is None:
            raise EngineUnavailable("MONAI is not installed on this machine: `pip install monai`")
        self._folder = Path(folder)
        self._config = _first(self._folder, CONFIGS)
        self._weights = _first(self._folder, (WEIGHTS, SCRIPTED))
        self._keys = dict(keys or {})
        self._metadata = _metadata(self._folder)
        self._table = _table(labels, self._metadata)
        self.name = name or str(self._metadata.get("name") or self.name)
        self.version = str(self._metadata.get("version", "1"))

    def run(
        self,
        request: EngineRequest,
        progress: Callable[[StageProgress], None],
        cancelled: Callable[[], bool],
    ) -> EngineResult:
        """Segment the request's volume. Raises `Cancelled`, and `BadInput`: bundle_failed, bundle_output."""
        began = time.monotonic()
        progress(StageProgress("read", 0.0))
        source = request.work_dir / "ct.nii.gz"
        write_volume(source, request.volume)
        try:
            device = _device(str(request.options.get("device", "cpu")))
            parts = self._parts(device)
            data = parts.before({"image": str(source)})
            progress(StageProgress("read", 1.0))
            if cancelled():
                raise Cancelled
            progress(StageProgress("segment", 0.0))
            found = parts.predict(data)
        except (Cancelled, EngineUnavailable, BadInput):
            raise
        except Exception as error:  # the bundle's own code may raise anything
            raise BadInput("bundle_failed", f"{self.name}: {type(error).__name__}: {error}"[:500]) from error
        progress(StageProgress("segment", 1.0))
        if cancelled():
            raise Cancelled
        placed = self._placed(found, request.volume.geometry)
        progress(StageProgress("place", 1.0))
        report = {
            "engine": self.name,
            "version": self.version,
            "device": device,
            "seconds": round(time.monotonic() - began, 3),
            "bundle": self._folder.name,
            "weights": self._weights.name,
        }
        return EngineResult(placed, {}, report)

    def _parts(self, device: str) -> _Parts:
        """What the configuration makes: transforms, the network with its weights, and how it is swept."""
        from monai.bundle.config_parser import ConfigParser
        from monai.transforms.compose import Compose

        parser = ConfigParser()
        if self._metadata:
            parser.read_meta(str(self._folder / METADATA))
        parser.read_config(str(self._config))
        parser["bundle_root"] = str(self._folder)
        parser["device"] = f"$torch.device('{device}')"
        made = {part: self._made(parser, part) for part in ("preprocessing", "inferer", "postprocessing")}
        network = self._network(parser, device)
        after = [one for one in _listed(made["postprocessing"]) if type(one).__name__ not in _SAVERS]
        return _Parts(
            Compose(_listed(made["preprocessing"])), network, made["inferer"], Compose(after), device
        )

    def _made(self, parser: Any, part: str) -> Any:
        key = self._keys.get(part, part)
        if key not in parser.get():
            raise EngineUnavailable(f"{self._config.name} of the bundle has no {key!r}; say it in `keys`")
        return parser.get_parsed_content(key, instantiate=True)

    def _network(self, parser: Any, device: str) -> Any:
        import torch

        if self._weights.name == Path(SCRIPTED).name:
            load: Any = torch.jit.load  # without types
            return load(str(self._weights), map_location=device).eval()
        network = self._made(parser, "network_def").to(device)
        state = torch.load(self._weights, map_location=device, weights_only=True)
        for wrapped in ("model", "state_dict", "network"):
            if isinstance(state, dict) and isinstance(state.get(wrapped), dict):
                state = state[wrapped]
        network.load_state_dict(state)
        return network.eval()

    def _placed(self, found: Any, geometry: VolumeGeometry) -> Mask:
        """The prediction as VerSe's numbers on the CT's grid."""
        affine = getattr(found, "affine", None)
        array = found.detach().cpu().numpy()
        if array.ndim != 4 or affine is None:
            raise BadInput("bundle_output", f"{self.name} gives no volume with channels and a place in space")
        classes = array[0] if array.shape[0] == 1 else array.argmax(axis=0)
        if not np.array_equal(classes, np.rint(classes)) or classes.max(initial=0) > MOST_CLASSES:
            raise BadInput(
                "bundle_output", f"{self.name} gives no whole classes; its transforms must discretise"
            )
        place = np.asarray(affine.detach().cpu().numpy(), float)
        shape = (int(classes.shape[0]), int(classes.shape[1]), int(classes.shape[2]))
        own = VolumeGeometry(shape, place)
        return on_grid(Mask(own, relabel(classes.astype(np.uint8), self._table)), geometry)


class _Parts:
    """A bundle made ready for one run."""

    def __init__(self, before: Any, network: Any, inferer: Any, after: Any, device: str) -> None:
        self.before = before
        self._network, self._inferer, self._after, self._device = network, inferer, after, device

    def predict(self, data: dict[str, Any]) -> Any:
        import torch

        with torch.no_grad():
            image = data["image"].to(self._device)[None]
            data["pred"] = self._inferer(inputs=image, network=self._network)[0]
            return self._after(data)["pred"]


def _first(folder: Path, names: Sequence[str]) -> Path:
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise EngineUnavailable(f"{folder} is no bundle that can be run: it has no {' or '.join(names)}")


def _metadata(folder: Path) -> dict[str, Any]:
    path = folder / METADATA
    if not path.is_file():
        return {}
    try:
        told = json.loads(path.read_text())
    except ValueError as error:
        raise EngineUnavailable(f"{METADATA} of the bundle is not JSON: {error}") from error
    return told if isinstance(told, dict) else {}


def _table(labels: Mapping[str, int | str] | None, metadata: Mapping[str, Any]) -> dict[int, int]:
    """From the bundle's classes to VerSe's numbers."""
    try:
        if labels is not None:
            names = {str(name): int(number) for number, name in labels.items() if isinstance(name, str)}
            table = {int(number): name for number, name in labels.items() if isinstance(name, int)}
            table |= table_from_names(names) if names else {}
            unknown = sorted(set(table.values()) - VALID_LABELS)
            if unknown:
                raise EngineUnavailable(f"`labels` of the bundle: {unknown[0]} names no vertebra")
            return table
        outputs = metadata.get("network_data_format", {}).get("outputs", {})
        channels: dict[str, Any] = next(
            (one["channel_def"] for one in outputs.values() if "channel_def" in one), {}
        )
        return table_from_names({str(name): int(number) for number, name in channels.items()})
    except (BadInput, ValueError, AttributeError, TypeError) as error:
        raise EngineUnavailable(
            f"the bundle's metadata do not tell which class is which vertebra: say it in `labels` ({error})"
        ) from error


def _listed(transforms: Any) -> list[Any]:
    """The transforms of a chain, or of one that stands alone."""
    inside = getattr(transforms, "transforms", None)
    return list(inside) if inside is not None else [transforms]


def _device(asked: str) -> str:
    import torch

    return asked if asked == "cpu" or torch.cuda.is_available() else "cpu"
