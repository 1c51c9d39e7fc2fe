"""CTs and masks of a site as arrays and NIfTI files. Needs the extra ``tasks`` (``vertebase-science``).

Arrays are ``array[i, j, k]`` on the grid of the site's working volume; coordinates are RAS+ mm.
"""

from __future__ import annotations

import gzip
import hashlib
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from . import wire_generated as wire
from .errors import Changed, Damaged, VertebaseError
from .operations_generated import Operations
from .transport import part

try:
    import numpy as np

    from backend.science.edits import decode_mask, encode_delta, mask_digest
    from backend.science.formats.nifti import write_volume
    from backend.science.labels import label_of, name_of
    from backend.science.volume import MaskArray, Volume, VolumeGeometry
except ModuleNotFoundError as missing:
    raise VertebaseError("CTs and masks need more: pip install 'vertebase[tasks]'") from missing

AT_ONCE = 4
EDIT_KIND = "client"


@dataclass(frozen=True, eq=False)
class SiteMask:
    """A mask as the site has it, with the revision that an edit of it must name, and its digest."""

    array: MaskArray
    revision: int
    digest: str


def geometry_of(volume: wire.AssignmentVolume | wire.SlabIndex) -> VolumeGeometry:
    """The grid of a volume."""
    i, j, k = volume["shape"]
    return VolumeGeometry((i, j, k), np.array(volume["affine_ras_mm"], dtype=np.float64))


def fetch_ct(api: Operations, volume_id: str) -> Volume:
    """A working volume as int16 HU. Raises ``Damaged`` where a slab is not what its address says."""
    index = api.volume_index(volume_id)
    geometry = geometry_of(index)
    array = np.zeros(geometry.shape, dtype=np.int16, order="F")
    with ThreadPoolExecutor(AT_ONCE) as lanes:
        blobs = lanes.map(lambda slab: api.volume_blob(volume_id, slab["sha256"]).content, index["slabs"])
        for slab, blob in zip(index["slabs"], blobs, strict=True):
            if hashlib.sha256(blob).hexdigest() != slab["sha256"]:
                raise Damaged(f"slices {slab['k0']} to {slab['k1'] - 1} of the CT did not arrive whole")
            voxels = np.frombuffer(gzip.decompress(blob), dtype="<i2")
            nx, ny, _ = geometry.shape
            planes = voxels.reshape((nx, ny, slab["k1"] - slab["k0"]), order="F")
            array[:, :, slab["k0"] : slab["k1"]] = planes
    return Volume(geometry, array)


def fetch_mask(api: Operations, path: str, shape: Sequence[int]) -> SiteMask:
    """A whole mask from its address. Raises ``Damaged`` where its digest is not what the site says."""
    answer = api.send("GET", path)
    array = decode_mask(answer.content, shape=shape)
    digest = answer.headers["X-Vertebase-Digest"]
    if digest and mask_digest(array) != digest:
        raise Damaged("the mask did not arrive as the site has it")
    return SiteMask(array, int(answer.headers["X-Vertebase-Revision"]), digest)


def mask_in_hand(api: Operations, task: wire.Assignment) -> SiteMask:
    """The mask of a task as it stands."""
    return fetch_mask(api, f"/api/v1/assignments/{part(task['id'])}/mask", task["volume"]["shape"])


def save_ct(path: Path, volume: Volume) -> None:
    """Write a CT as NIfTI."""
    write_volume(path, volume)


def label_of_level(name: str) -> int:
    """VerSe's number of a level, such as 20 for L1. Raises ``VertebaseError`` for a name that is none."""
    try:
        return label_of(name)
    except KeyError as unknown:
        raise VertebaseError(f"{name} is no level: they are called C1, T12, L5, ...") from unknown


def name_of_level(label: int) -> str:
    """The name of a level by its number, such as L1 for 20."""
    return name_of(label)


def push_array(
    api: Operations,
    task: wire.Assignment,
    edited: MaskArray,
    *,
    base_revision: int | None = None,
    kind: str = EDIT_KIND,
    now: SiteMask | None = None,
) -> wire.Saved | None:
    """Make a task's mask ``edited``: the slices that differ, as one edit. None where nothing differs.

    ``base_revision`` is the revision that was edited, ``now`` the site's mask where it was asked for already;
    ``Changed`` where the site's mask has moved on since, and where it is not afterwards what was pushed.
    """
    now = now or mask_in_hand(api, task)
    if base_revision is not None and now.revision != base_revision:
        raise Changed(
            f"The mask on the site is at revision {now.revision}, and yours began at {base_revision}: it was "
            "edited there. Pull it into another folder and compare, or push with force to replace it."
        )
    if np.array_equal(now.array, edited):
        return None
    saved = api.operation_append(
        task["id"],
        encode_delta(now.array, edited),
        base_revision=str(now.revision),
        operation_id=str(uuid.uuid4()),
        operation_kind=kind,
    )
    if saved["digest"] != mask_digest(edited):
        raise Changed("the mask on the site is not what was pushed; pull it and compare")
    return saved
