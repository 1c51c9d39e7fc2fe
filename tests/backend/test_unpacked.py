"""CTs read often are mapped from an unpacked copy: the same voxels, the same grid, within bounds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from django.conf import LazySettings
from django.core.cache import cache

from backend.imaging import unpacked
from backend.imaging.models import Volume
from backend.imaging.selectors import load_volume
from tests.backend import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh(settings: LazySettings, tmp_path: Path) -> None:
    settings.VERTEBASE_VAR = str(tmp_path)
    cache.clear()


def copies(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "scratch" / "volumes").iterdir())


def made() -> Volume:
    return factories.make_volume(factories.make_project())


def test_the_second_read_leaves_a_copy_and_the_third_maps_it(tmp_path: Path) -> None:
    volume = made()
    first = load_volume(volume)
    assert copies(tmp_path) == []
    load_volume(volume)
    assert len(copies(tmp_path)) == 2
    third = load_volume(volume)
    assert np.array_equal(third.array, first.array)
    assert np.array_equal(third.geometry.affine_ras_mm, first.geometry.affine_ras_mm)
    assert (third.array.dtype, third.array.flags.f_contiguous) == (np.dtype(np.int16), True)
    third.array[:] = 0
    assert np.array_equal(load_volume(volume).array, first.array)


def test_what_was_not_read_for_longest_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = made(), made()
    for volume in (old, old, new):
        load_volume(volume)
    mapped = load_volume(old)
    monkeypatch.setattr(unpacked, "KEEP_BYTES", 3000)
    load_volume(new)
    assert copies(tmp_path) == [f"{new.nifti_id}.json", f"{new.nifti_id}.npy"]
    assert mapped.array.max() > 0
