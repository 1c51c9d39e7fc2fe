"""Editing: a stroke's cost as the volume grows; saving 20 changed slices against writing the whole mask."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import nibabel
import numpy as np

from backend.science import edits
from tests.bench import report
from tests.bench.spine_masks import raters
from tests.bench.timing import best_of

nib: Any = nibabel
FRONTEND = Path(__file__).resolve().parents[2] / "frontend"
CHANGED_SLICES = 20


def _stroke() -> dict[str, Any]:
    done = subprocess.run(
        ("node", "../tests/bench/brush.mjs"), cwd=FRONTEND, check=True, capture_output=True, text=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return {**found, "ratio": found["ms_600_slices"] / found["ms_100_slices"], "bar": 1.3}


def _saving() -> dict[str, Any]:
    """The server's work for one save, up to the database row, against writing the mask as a file."""
    mask = raters()[0]
    array = np.asfortranarray(mask.array)
    middle = array.shape[2] // 2
    ks = list(range(middle - CHANGED_SLICES // 2, middle + CHANGED_SLICES // 2))
    before = array.copy(order="F")
    before[:, :, ks] = np.roll(before[:, :, ks], 1, axis=0)
    digests = edits.slice_digests(before)
    payload = edits.encode_slices(array, ks)

    def save() -> str:
        delta = edits.decode(payload, shape=array.shape)
        edits.apply(before, delta)
        return edits.tree_digest(edits.update_slice_digests(digests, before, delta.ks))

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mask.nii.gz"
        image = nib.Nifti1Image(array, mask.geometry.affine_ras_mm)
        seconds_file, _ = best_of(2, lambda: nib.save(image, path))
        file_bytes = path.stat().st_size
    seconds, _ = best_of(5, save)
    return {
        "shape": list(array.shape),
        "changed_slices": len(ks),
        "bytes": len(payload),
        "nifti_bytes": file_bytes,
        "times_fewer_bytes": file_bytes / len(payload),
        "bytes_bar": 50.0,
        "server_seconds": seconds,
        "nifti_seconds": seconds_file,
        "times_less_server_time": seconds_file / seconds,
        "time_bar": 10.0,
    }


def run() -> dict[str, Any]:
    return {"stroke": _stroke(), "saving": _saving()}


if __name__ == "__main__":
    raise SystemExit(report.write(run))
