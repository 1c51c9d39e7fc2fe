"""How long the pipeline takes on a whole spine, beside an nnU-Net of the size that is usual for the task.

The volume has 200x300x500 voxels of 1 mm and 20 vertebrae. The peer is the architecture only, with random
weights: a plain 3D U-Net with nnU-Net's usual widths and patches of 128 voxels, slid over the same field
of view at 1.5 mm with an overlap of one half. One of its patches is timed and the rest extrapolated,
which the result says. A lumbar field of view is the same volume cut below T11.
"""

from __future__ import annotations

import math
import resource
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from backend.science.engine_api import EngineRequest
from backend.science.volume import Volume, VolumeGeometry
from inference.engine import SpineEngine
from inference.errors import EngineUnavailable
from inference.runtime import has_fast_bf16
from inference.synthesis import Phantom, PhantomSpec, make_phantom
from tests.bench import report

SHAPE = (200, 300, 500)
PEER_PATCH, PEER_SPACING_MM, PEER_WIDTHS = 128, 1.5, (32, 64, 128, 256, 320, 320)


def whole_spine() -> tuple[Volume, Phantom]:
    """A phantom from C5 to L5, drawn at 2 mm and doubled: the time does not depend on the detail."""
    spec = PhantomSpec(
        seed=1, first="C5", last="L5", spacing_mm=(2.0, 2.0, 2.0), shape=(100, 150, 250), scale=0.88
    )
    phantom = make_phantom(spec)
    array = phantom.volume.array
    for axis in range(3):
        array = np.repeat(array, 2, axis=axis)
    halved = np.diag([0.5, 0.5, 0.5, 1.0])
    halved[:3, 3] = -0.25
    geometry = VolumeGeometry(SHAPE, phantom.volume.geometry.affine_ras_mm @ halved)
    return Volume(geometry, np.asfortranarray(array)), phantom


class _Block(nn.Sequential):
    def __init__(self, channels_in: int, channels_out: int, stride: int = 1) -> None:
        super().__init__(
            nn.Conv3d(channels_in, channels_out, 3, stride=stride, padding=1),
            nn.InstanceNorm3d(channels_out, affine=True),
            nn.LeakyReLU(0.01, inplace=True),
        )


class PeerUNet(nn.Module):
    """nnU-Net's plain 3D architecture with 26 foreground classes."""

    def __init__(self) -> None:
        super().__init__()
        self.down, self.up, self.join = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        before = 1
        for depth, width in enumerate(PEER_WIDTHS):
            self.down.append(nn.Sequential(_Block(before, width, 2 if depth else 1), _Block(width, width)))
            before = width
        for wide, narrow in zip(PEER_WIDTHS[:0:-1], PEER_WIDTHS[-2::-1], strict=True):
            self.up.append(nn.ConvTranspose3d(wide, narrow, 2, stride=2))
            self.join.append(nn.Sequential(_Block(2 * narrow, narrow), _Block(narrow, narrow)))
        self.head = nn.Conv3d(PEER_WIDTHS[0], 27, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of the classes."""
        skips = []
        for stage in self.down:
            x = stage(x)
            skips.append(x)
        for up, join, skip in zip(self.up, self.join, skips[-2::-1], strict=True):
            x = join(torch.cat([up(x), skip], dim=1))
        logits: Tensor = self.head(x)
        return logits


def peer_tiles() -> int:
    """Patches of the sliding window over the volume."""
    sizes = [n / PEER_SPACING_MM for n in SHAPE]
    return math.prod(math.ceil(max(0.0, n - PEER_PATCH) / (PEER_PATCH / 2)) + 1 for n in sizes)


def time_peer() -> dict[str, Any]:
    """One patch of the peer, and what the whole volume would take."""
    network = PeerUNet().eval()
    x = torch.zeros(1, 1, PEER_PATCH, PEER_PATCH, PEER_PATCH)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=has_fast_bf16()):
        began = time.perf_counter()
        network(x)
        seconds = time.perf_counter() - began
    return {
        "name": "nnU-Net architecture, random weights, sliding window at 1.5 mm",
        "parameters": sum(p.numel() for p in network.parameters()),
        "seconds_per_patch": round(seconds, 2),
        "patches": peer_tiles(),
        "seconds": round(seconds * peer_tiles(), 1),
        "extrapolated_from_one_patch": True,
    }


def lumbar_field(volume: Volume, phantom: Phantom) -> Volume:
    """What of the volume lies below the centre of T11 (label 18)."""
    to_voxel = np.linalg.inv(volume.geometry.affine_ras_mm)
    top = int((to_voxel @ [*phantom.centroids_ras_mm[18], 1.0])[2])
    geometry = VolumeGeometry((*SHAPE[:2], top), volume.geometry.affine_ras_mm)
    return Volume(geometry, np.asfortranarray(volume.array[:, :, :top]))


def time_run(engine: SpineEngine, volume: Volume, options: dict[str, Any]) -> dict[str, Any]:
    """One run of the engine in a folder of its own."""
    with TemporaryDirectory() as scratch:
        request = EngineRequest(volume, Path(scratch), options=options)
        began, worked = time.perf_counter(), time.process_time()
        result = engine.run(request, lambda _: None, lambda: False)
        return {
            "seconds": round(time.perf_counter() - began, 2),
            # On a machine that is busy with other work, this is the steadier figure.
            "processor_seconds": round(time.process_time() - worked, 2),
            "vertebrae": len(result.centroids_ras_mm),
            "stages": {stage["name"]: stage["seconds"] for stage in result.report["stages"]},
        }


def time_engine(volume: Volume, phantom: Phantom) -> dict[str, Any]:
    """All stages end to end, the last two with all 20 true centres given, and a lumbar field end to end."""
    engine = SpineEngine()
    end_to_end = time_run(engine, volume, {})
    given = time_run(engine, volume, {"centroids_ras_mm": phantom.centroids_ras_mm})
    field = lumbar_field(volume, phantom)
    # Localising plus segmenting all 20, whatever the localiser found in the phantom.
    found = end_to_end["stages"]
    seconds = found["localise"] + found["label"] + sum(given["stages"].values())
    return {
        "engine": engine.version,
        "end_to_end": end_to_end,
        "given_centres": given,
        "seconds": round(seconds, 2),
        "bar_seconds": 8.0,
        "lumbar": {"volume": list(field.array.shape), **time_run(engine, field, {}), "bar_seconds": 6.0},
    }


def run() -> dict[str, Any]:
    """The benchmark's figures, as JSON-ready values."""
    volume, phantom = whole_spine()
    figures: dict[str, Any] = {
        "name": "pipeline",
        "volume": list(SHAPE),
        "vertebrae": len(phantom.centroids_ras_mm),
        "threads": torch.get_num_threads(),
        "bf16": has_fast_bf16(),
    }
    try:
        figures["ours"] = time_engine(volume, phantom)
    except EngineUnavailable as error:
        return figures | {"skipped": str(error)}
    figures["peak_rss_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    figures["peak_rss_bar_mb"] = 2000
    figures["peer"] = time_peer()
    figures["times_faster"] = round(figures["peer"]["seconds"] / figures["ours"]["seconds"], 1)
    figures["bar"] = 10.0
    return figures


if __name__ == "__main__":
    raise SystemExit(report.write(run))
