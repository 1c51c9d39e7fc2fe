"""How soon a CT of 60 MB is seen, against Cornerstone's own NIfTI loader, how long a
switch of the tool takes, and what 20 tasks leave in memory.

Both loaders run in headless Chromium (drawing in software), over loopback, in turn, in one run: ours gets
slabs and a coarse volume, the peer the same voxels as one `.nii.gz`. "First" is the first frame in which a
plane shows a picture, judged by the canvas for both; ours is a coarse one then, so the first slice with all
its voxels is given too.

The memory test opens a task, all its views (planes, 3D, straightened, thumbnails), paints, and goes on to the
next, 20 times in one tab, with the garbage collected before each reading.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from backend.science.formats.nifti import write_volume
from tests.bench.report import write
from tests.e2e.viewer.fixture import load, write_files

ROOT = Path(__file__).resolve().parents[2]
MEGABYTE = 1e6


def _median(rows: list[dict[str, float]], name: str) -> float:
    return statistics.median(row[name] for row in rows)


def _loading(found: dict[str, Any]) -> dict[str, Any]:
    ours, theirs = found["slabs"], found["nifti"]
    return {
        "rounds": len(ours),
        "slabs_ms": {name: round(_median(ours, name)) for name in ("firstMs", "firstFullMs", "wholeMs")},
        "nifti_loader_ms": {name: round(_median(theirs, name)) for name in ("firstMs", "wholeMs")},
        "first_picture_sooner": round(_median(theirs, "firstMs") / _median(ours, "firstMs"), 2),
        "first_full_slice_sooner": round(_median(theirs, "firstMs") / _median(ours, "firstFullMs"), 2),
        "whole_volume_sooner": round(_median(theirs, "wholeMs") / _median(ours, "wholeMs"), 2),
    }


def _switching(took_ms: list[float]) -> dict[str, float]:
    """From the switch to the next frame; the bar is 50 ms."""
    return {
        "median_ms": round(statistics.median(took_ms), 1),
        "largest_ms": round(max(took_ms), 1),
        "bar_ms": 50.0,
    }


def _memory(found: dict[str, Any], volume_bytes: int, mask_bytes: int) -> dict[str, Any]:
    after = found["after"]
    second, last = after[1], after[-1]
    held = last["buffers"] - found["empty"]["buffers"]
    return {
        "tasks": len(after),
        "volume_mb": round(volume_bytes / MEGABYTE, 1),
        "mask_mb": round(mask_bytes / MEGABYTE, 1),
        "buffers_over_volume_and_mask": round(held / (volume_bytes + mask_bytes), 3),
        "buffers_mb": [round(row["buffers"] / MEGABYTE, 1) for row in after],
        "heap_mb": [round(row["heap"] / MEGABYTE, 1) for row in after],
        "page_rss_mb": [round(row["pageRss"] / MEGABYTE) for row in after],
        "gpu_rss_mb": [round(row["gpuRss"] / MEGABYTE) for row in after],
        "growth_from_task_2_to_20": {
            name: round(last[name] / second[name], 3) for name in ("heap", "buffers", "pageRss", "gpuRss")
        },
        "closed_mb": {name: round(value / MEGABYTE, 1) for name, value in found["closed"].items()},
    }


def run() -> dict[str, Any]:
    """The figures, from one run."""
    with tempfile.TemporaryDirectory(prefix="vbbench-") as name:
        folder = Path(name)
        volume, mask = load("large")
        write_files(volume, mask, folder)
        write_volume(folder / "volume.nii.gz", volume)
        out = folder / "found.json"
        config = ROOT / "tests" / "bench" / "viewing" / "playwright.config.ts"
        subprocess.run(
            ("npx", "playwright", "test", "--config", str(config), "viewing.bench"),
            cwd=ROOT / "frontend",
            env={**os.environ, "BENCH_FIXTURE": str(folder), "BENCH_OUT": str(out)},
            stdout=sys.stderr,
            check=True,
        )
        found = json.loads(out.read_text())
        return {
            "shape": list(volume.array.shape),
            "volume_mb": round(volume.array.nbytes / MEGABYTE, 1),
            "nifti_mb": round((folder / "volume.nii.gz").stat().st_size / MEGABYTE, 1),
            "loading": _loading(found["loading"]),
            "tool_switch": _switching(found["switches"]),
            "memory": _memory(found["memory"], volume.array.nbytes, mask.array.nbytes),
        }


if __name__ == "__main__":
    sys.exit(write(run))
