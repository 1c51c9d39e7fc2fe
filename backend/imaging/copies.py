"""Copies of a volume, made to train or to measure raters: rows of their own that no list shows.

A copy belongs to the same patient (who is resampled as one in all statistics) through a series that is marked
as a copy. Undisguised it shares its files with the original; disguised it has voxels and slabs of its own.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import transaction

from backend.common.models import Blob
from backend.common.storage import put_blob
from backend.imaging.models import COPY_FORMAT, Series, Volume, VolumeBlob
from backend.imaging.selectors import load_volume
from backend.science.disguise import Disguise
from backend.science.formats.nifti import volume_bytes
from backend.science.formats.slabs import build_slabs
from backend.science.previews import thumbnail_png
from backend.science.volume import Mask, MaskArray
from backend.science.volume import Volume as Voxels

COPY_NUMBERS = 1_000_000  # from here on, far above the series that a patient has
COPIED_ROLES = ("slab", "coarse", "thumbnail", "nifti")


@dataclass(frozen=True)
class PreparedCopy:
    """The files of a copy, stored; its rows are still to be written."""

    source: Volume
    fields: dict[str, Any]
    blobs: list[tuple[str, str]]  # SHA-256 and role


def prepare_copy(*, volume: Volume, disguise: Disguise, mask: MaskArray | None = None) -> PreparedCopy:
    """Store what the copy consists of (outside of any transaction: disguising takes seconds).

    ``mask``, on the disguised grid, colours the thumbnail as in the original.
    """
    if disguise.is_none:
        names = ("shape", "affine_ras_mm", "spacing_mm", "hu_min", "hu_max", "voxels_sha256")
        fields = {name: getattr(volume, name) for name in names}
        fields |= {name: getattr(volume, name) for name in ("nifti", "slab_index", "thumbnail")}
        blobs = volume.blobs.filter(role__in=COPIED_ROLES).values_list("blob_id", "role")
        return PreparedCopy(volume, fields, list(blobs))
    original = load_volume(volume)
    voxels = Voxels(original.geometry, disguise.volume(original.array))
    index, slabs = build_slabs(voxels)
    coarse = index["coarse"]["sha256"]
    rows: list[tuple[Blob, str]] = [
        (put_blob(data=content), "coarse" if sha256 == coarse else "slab")
        for sha256, content in slabs.items()
    ]
    nifti = put_blob(data=volume_bytes(voxels), media_type="application/gzip")
    rows.append((nifti, "nifti"))
    thumbnail = None
    if volume.thumbnail_id is not None:
        picture = thumbnail_png(voxels, Mask(voxels.geometry, mask) if mask is not None else None)
        thumbnail = put_blob(data=picture, media_type="image/png")
        rows.append((thumbnail, "thumbnail"))
    contents = np.asfortranarray(voxels.array).tobytes(order="F")
    fields = {
        **voxels.geometry.to_json(),
        "hu_min": int(voxels.array.min()),
        "hu_max": int(voxels.array.max()),
        "voxels_sha256": hashlib.sha256(contents).hexdigest(),
        "nifti": nifti,
        "slab_index": index,
        "thumbnail": thumbnail,
    }
    return PreparedCopy(volume, fields, [(blob.pk, role) for blob, role in rows])


@transaction.atomic
def add_copy(*, prepared: PreparedCopy) -> Volume:
    """Write the copy's rows. Nobody is told of a new volume: no engine runs on it, no list shows it."""
    original = prepared.source.series
    series = Series.objects.create(
        patient_id=original.patient_id,
        project_id=original.project_id,
        number=COPY_NUMBERS + secrets.randbelow(2_000_000_000),
        uid_hmac=secrets.token_hex(32),
        source_format=COPY_FORMAT,
        facts=original.facts,
    )
    volume = Volume.objects.create(series=series, **prepared.fields)
    VolumeBlob.objects.bulk_create(
        [VolumeBlob(volume=volume, blob_id=sha256, role=role) for sha256, role in prepared.blobs],
        ignore_conflicts=True,
    )
    return volume
