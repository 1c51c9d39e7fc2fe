"""From the hand to the picture: a step of the wheel, a step of the brush, a move of the outline along edges.

In one page of headless Chromium, with WebGL in software, our viewer and Cornerstone's own viewports and tools
show the same 512 x 512 x 300 voxels (a phantom of three vertebrae on a finer grid) and the same mask. Both
get the same real input, in turns. A step counts from the browser's time of the input to the frame that
brought the pane's new picture to the screen; "all" goes on to the last picture that the step brought about,
of a stroke from its end; "work" is what the page itself did. The load of the machine stands beside them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tests.bench.report import write
from tests.e2e.viewer.fixture import load, widened, write_files

ROOT = Path(__file__).resolve().parents[2]
SHAPE = (512, 512, 300)
BAR_MS = 60.0
LIVEWIRE_BAR_MS = 16.0


def _told(times_ms: list[float]) -> dict[str, float]:
    return {
        "median_ms": round(float(np.median(times_ms)), 1),
        "p95_ms": round(float(np.percentile(times_ms, 95)), 1),
        "steps": len(times_ms),
    }


def _step(sides: dict[str, dict[str, list[float]]]) -> dict[str, Any]:
    told: dict[str, Any] = {
        side: {name: _told(times) for name, times in of.items() if times} for side, of in sides.items()
    }
    ours, peer = told["ours"], told["peer"]
    if peer:
        told["sooner"] = {
            name: round(peer[name]["median_ms"] / ours[name]["median_ms"], 2) for name in ("pane", "all")
        }
    return told


def run() -> dict[str, Any]:
    """The figures, from one run."""
    with tempfile.TemporaryDirectory(prefix="vbbench-") as name:
        folder = Path(name)
        write_files(*widened(*load("straight"), SHAPE), folder)
        out = folder / "found.json"
        config = ROOT / "tests" / "bench" / "viewing" / "playwright.config.ts"
        before = os.getloadavg()[0]
        subprocess.run(
            ("npx", "playwright", "test", "--config", str(config), "latency"),
            cwd=ROOT / "frontend",
            env={**os.environ, "BENCH_FIXTURE": str(folder), "BENCH_OUT": str(out)},
            stdout=sys.stderr,
            check=True,
        )
        found = json.loads(out.read_text())
    return {
        "shape": found["shape"],
        "drawn_by": found["drawing"],
        "cores": os.cpu_count(),
        "load_before_and_after": [round(before, 1), round(os.getloadavg()[0], 1)],
        "bar_ms": {"wheel": BAR_MS, "brush": BAR_MS, "livewire_work": LIVEWIRE_BAR_MS},
        **{step: _step(sides) for step, sides in found["found"].items()},
    }


if __name__ == "__main__":
    sys.exit(write(run))
