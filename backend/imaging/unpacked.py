"""CTs that are read again and again, unpacked on this machine's disk.

Each edit of a mask is checked against its CT, and unpacking 100 MB takes longer than all checks together.
From the second read within a day on, the voxels lie beside the blob's copy as they are in memory and are
mapped: only what is looked at is read. What was not read for longest goes first.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
from pathlib import Path

import numpy as np
from django.conf import settings
from django.core.cache import cache

from backend.common.models import Blob
from backend.common.storage import local_path
from backend.science.formats.nifti import read_volume
from backend.science.volume import Volume, VolumeGeometry

logger = logging.getLogger(__name__)

KEEP_BYTES = 4 << 30
REMEMBER_SECONDS = 24 * 3600


def read_ct(blob: Blob) -> Volume:
    """The CT in a stored NIfTI, int16 HU. Its voxels may be written to: the file stays as it is."""
    target = _folder() / f"{blob.sha256}.npy"
    known = _mapped(target)
    if known is not None:
        return known
    volume = read_volume(local_path(blob, suffix=".nii.gz"))
    if not cache.add(f"ct-read:{blob.sha256}", True, REMEMBER_SECONDS):
        try:
            _keep(volume, target)
        except OSError as exc:  # a full disk makes the next read slow, no more
            logger.warning("an unpacked CT was not kept: %s", exc)
    return volume


def _folder() -> Path:
    folder = Path(settings.VERTEBASE_VAR) / "scratch" / "volumes"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _mapped(target: Path) -> Volume | None:
    try:
        os.utime(target)  # the newest of the files: it stays longest
        voxels = np.load(target, mmap_mode="c")
        geometry = json.loads(target.with_suffix(".json").read_text())
    except FileNotFoundError:
        return None
    return Volume(VolumeGeometry.from_json(geometry), np.asarray(voxels))


def _keep(volume: Volume, target: Path) -> None:
    """Put whole files into place; the voxels last, since they say that the CT is there."""
    with tempfile.TemporaryDirectory(dir=target.parent) as part:
        geometry = Path(part) / target.with_suffix(".json").name
        geometry.write_text(json.dumps(volume.geometry.to_json()))
        np.save(Path(part) / target.name, volume.array)
        os.replace(geometry, target.with_suffix(".json"))
        os.replace(Path(part) / target.name, target)
    _forget_oldest(target.parent)


def _forget_oldest(folder: Path) -> None:
    """Whoever has a file mapped goes on reading it after it is gone."""
    files = sorted(((file.stat(), file) for file in folder.glob("*.npy")), key=lambda row: -row[0].st_mtime)
    total = 0
    for status, file in files:
        total += status.st_size
        if total > KEEP_BYTES:
            file.unlink(missing_ok=True)
            file.with_suffix(".json").unlink(missing_ok=True)
