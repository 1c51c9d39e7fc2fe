"""Shared vectors: what Python writes and TypeScript must read, byte for byte.

``python -m tests.contract.vectors`` writes them again; ``test_vectors.py`` holds the committed file and the
code equal, ``frontend/src/domain/*.spec.ts`` read the same file.
"""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from backend.science import edits

VECTORS = Path(__file__).with_name("vectors.json")


def _mask() -> NDArray[np.uint8]:
    """A small mask without symmetry in any axis, with empty slices and a T13 (28)."""
    mask = np.zeros((5, 4, 6), dtype=np.uint8, order="F")
    mask[1:4, 1:3, 1] = 19
    mask[0, 3, 2] = 28
    mask[2:, 0, 2] = 20
    mask[:, :, 4] = 24
    mask[4, 3, 4] = 0
    return mask


def _edited(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    edited = mask.copy(order="F")
    edited[1, 1, 1] = 0
    edited[3, 2, 5] = 25
    return edited


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _mask_vectors() -> dict[str, Any]:
    before = _mask()
    after = _edited(before)
    return {
        "shape": list(before.shape),
        "before_b64": _base64(before.tobytes(order="F")),
        "after_b64": _base64(after.tobytes(order="F")),
        "mask_payload_b64": _base64(edits.encode_mask(before)),
        "mask_body_b64": _base64(zlib.decompress(edits.encode_mask(before))),
        "changed_slices": edits.changed_slices(before, after),
        "delta_payload_b64": _base64(edits.encode_delta(before, after)),
        "delta_body_b64": _base64(zlib.decompress(edits.encode_delta(before, after))),
        "before_digest": edits.mask_digest(before),
        "after_digest": edits.mask_digest(after),
    }


def _oblique_affine() -> NDArray[np.float64]:
    """Rotated about two axes, spacing 0.8 x 1.1 x 2.5 mm."""
    a, b = np.deg2rad(17.0), np.deg2rad(-9.0)
    about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_z = np.array([[np.cos(b), -np.sin(b), 0], [np.sin(b), np.cos(b), 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3] = about_x @ about_z @ np.diag([0.8, 1.1, 2.5])
    affine[:3, 3] = [-31.5, 12.25, -480.0]
    return affine


def _geometry_vectors() -> list[dict[str, Any]]:
    straight = np.array([[1.0, 0, 0, -90], [0, 1, 0, -120.5], [0, 0, 3, 15], [0, 0, 0, 1]])
    voxels = np.array([[0, 0, 0], [4, 3, 5], [1.5, 2.25, 0.5], [-1, 10, 7]], dtype=float)
    return [
        {
            "name": name,
            "shape": [5, 4, 6],
            "affine_ras_mm": affine.tolist(),
            "spacing_mm": np.linalg.norm(affine[:3, :3], axis=0).tolist(),
            "voxels": voxels.tolist(),
            "ras_mm": nib.affines.apply_affine(affine, voxels).tolist(),
        }
        for name, affine in (("anisotropic", straight), ("oblique and anisotropic", _oblique_affine()))
    ]


def build() -> dict[str, Any]:
    """All vectors, as they are written to ``vectors.json``."""
    return {"masks": _mask_vectors(), "geometries": _geometry_vectors()}


if __name__ == "__main__":
    VECTORS.write_text(json.dumps(build(), indent=2) + "\n")
