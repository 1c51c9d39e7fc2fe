"""Write a phantom as the viewer gets it: slab index, blobs and VBD1 mask, for the viewer's browser tests.

``python -m tests.e2e.viewer.fixture straight|oblique|large|demo FOLDER``
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from backend.science import edits
from backend.science.formats.slabs import build_slabs
from backend.science.geometry import to_canonical
from backend.science.volume import Mask, Volume, VolumeGeometry
from inference.synthesis import PhantomSpec, demo_spec, fast_spec, make_phantom

SPECS: dict[str, PhantomSpec] = {
    # Three vertebrae are enough: the one in hand, and a neighbour on each side.
    "straight": fast_spec(seed=3, first="L2", last="L4", shape=(96, 96, 88), fractures={21: ("wedge", 2)}),
    # Turned about all three axes, and thick slices along one.
    "oblique": fast_spec(
        seed=4,
        first="L2",
        last="L4",
        spacing_mm=(0.9, 1.2, 2.6),
        shape=(140, 110, 52),
        oblique_deg=(14.0, -8.0, 11.0),
    ),
    # 60 MB of voxels, for the benchmark of loading and memory
    "large": PhantomSpec(
        seed=7,
        first="T10",
        last="L5",
        spacing_mm=(0.6, 0.6, 0.9),
        shape=(320, 320, 300),
        fractures={21: ("wedge", 2)},
    ),
    "demo": demo_spec(seed=5, fractures={21: ("wedge", 2), 18: ("biconcave", 1)}),
}


def _marked(volume: Volume) -> Volume:
    """With three bright cubes near the volume's origin, so that a picture shows which way each axis runs."""
    array = np.array(volume.array, order="F")
    array[4:10, 4:10, 4:10] = 2800
    return Volume(volume.geometry, array)


def load(name: str) -> tuple[Volume, Mask]:
    """The phantom's CT and mask in the stored orientation."""
    phantom = make_phantom(SPECS[name])
    return to_canonical(_marked(phantom.volume)), to_canonical(phantom.mask)


def widened(volume: Volume, mask: Mask, shape: tuple[int, int, int]) -> tuple[Volume, Mask]:
    """On a finer grid, each voxel several times over: as many voxels as a CT has, without making so many."""
    have = volume.geometry.shape
    picked = np.ix_(*(np.arange(to) * old // to for old, to in zip(have, shape, strict=True)))
    scales = [old / to for old, to in zip(have, shape, strict=True)]
    geometry = VolumeGeometry(shape, volume.geometry.affine_ras_mm @ np.diag([*scales, 1.0]))
    return (
        Volume(geometry, np.asfortranarray(volume.array[picked])),
        Mask(geometry, np.asfortranarray(mask.array[picked])),
    )


def write_files(volume: Volume, mask: Mask, folder: Path) -> None:
    """Slab index, blobs and mask, as the harness fetches them."""
    index, blobs = build_slabs(volume)
    for blob in (index["coarse"], *index["slabs"]):
        blob["url"] = f"/fixture/{blob['sha256']}"
    folder.mkdir(parents=True, exist_ok=True)
    for sha256, data in blobs.items():
        (folder / sha256).write_bytes(data)
    (folder / "index.json").write_text(json.dumps(index))
    (folder / "mask.vbd1").write_bytes(edits.encode_mask(mask.array))


if __name__ == "__main__":
    write_files(*load(sys.argv[1]), Path(sys.argv[2]))
