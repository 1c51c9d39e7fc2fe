"""Clicks of MONAI Label's clients (deepgrow, DeepEdit) on one vertebra of one's own mask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from backend.annotation.models import Assignment
from backend.annotation.work.selectors.in_hand import mask_state
from backend.common.errors import Invalid
from backend.imaging.selectors import geometry_of
from backend.interchange.monailabel.selectors import Form, MaskFile, image_name, mask_file_bytes
from backend.pipeline.runs.refining import VoxelClick, refined_mask
from backend.science.formats.dicom_series import upright_geometry
from backend.science.formats.label_table import level_in_words
from backend.science.labels import LEVELS
from backend.science.volume import Mask, MaskArray, VolumeGeometry

MODEL = "vertebase-clicks"
MOST_CLICKS = 64
REACH_MM = 20.0  # of a click beside the mask, to the vertebra that it is taken to be on
Voxel = tuple[int, int, int]
_NAMES = {level.name.lower(): level.label for level in LEVELS}


def clicked(assignment: Assignment, params: Mapping[str, Any], form: Form) -> MaskFile:
    """One vertebra as it would be by these clicks, alone in a mask; nothing is changed.

    Both forms are known: ``label`` with ``foreground`` and ``background``, and points under the level's own
    name with ``background``. Points are voxels of the image that was handed out, or of the series
    that it was called by. Without a level they are on the vertebra that they lie in, or are nearest to.

    Raises
    ------
    Invalid, BadInput, RefinerNotAtHand
    """
    volume = assignment.task.case.volume
    geometry = geometry_of(volume)
    label, foreground = _level_and_points(params)
    background = _points(params.get("background"), "background")
    if form.as_series:
        foreground, background = (_from_series(points, geometry) for points in (foreground, background))
    clicks = [VoxelClick(one, True) for one in foreground] + [VoxelClick(one, False) for one in background]
    if not clicks:
        raise Invalid("no_clicks", "Click at least once: on what belongs to it, or on what does not.")
    if len(clicks) > MOST_CLICKS:
        raise Invalid("too_many_clicks", f"At most {MOST_CLICKS} clicks are taken at once.")
    if any(not 0 <= v < n for click in clicks for v, n in zip(click.voxel, volume.shape, strict=True)):
        raise Invalid("click_outside", "A click lies outside the image.")
    mask = mask_state(assignment).array
    if label is None:
        label = _level_at(foreground or background, mask, geometry)
    after = refined_mask(volume=volume, mask=mask, label=label, clicks=clicks)
    alone = np.asfortranarray(np.where(after == label, after, 0).astype(np.uint8))
    name = f"{image_name(assignment)}_clicks{form.ending}"
    return MaskFile(name, mask_file_bytes(Mask(geometry, alone), form), 0)


def _level_and_points(params: Mapping[str, Any]) -> tuple[int | None, list[Voxel]]:
    """None where the clicks do not say on which vertebra they are, as those of OHIF."""
    told = params.get("label")
    named = {key: label for key in params if (label := _label(key)) is not None}
    if told:
        label = _label(str(told))
        if label is None:
            raise Invalid("unknown_label", f"{told} names no vertebra: call the segment after its level, L1.")
        own = next((params[key] for key, one in named.items() if one == label), None)
        return label, _points(params.get("foreground", own), "foreground")
    if not named:
        return None, _points(params.get("foreground"), "foreground")
    if len(named) != 1:
        raise Invalid("unknown_label", "label: say which vertebra the clicks are on, one at a time.")
    ((key, label),) = named.items()
    return label, _points(params[key], key)


def _level_at(points: Sequence[Voxel], mask: MaskArray, geometry: VolumeGeometry) -> int:
    """The vertebra of one's own mask that clicks lie in, or else the nearest one within reach."""
    found = {_nearest(point, mask, geometry) for point in points}
    if len(found) != 1 or None in found:
        raise Invalid("unknown_label", "label: say which vertebra the clicks are on, one at a time.")
    return int(next(iter(found)) or 0)


def _nearest(point: Voxel, mask: MaskArray, geometry: VolumeGeometry) -> int | None:
    spacing = np.asarray(geometry.spacing_mm)
    reach = np.ceil(REACH_MM / spacing).astype(int)
    low = np.maximum(np.asarray(point) - reach, 0)
    box = mask[tuple(slice(a, b) for a, b in zip(low, np.asarray(point) + reach + 1, strict=True))]
    places = np.argwhere(box)
    if not len(places):
        return None
    away = np.linalg.norm((places + low - point) * spacing, axis=1)
    if away.min() > REACH_MM:
        return None
    return int(box[tuple(places[away.argmin()])])


def _from_series(points: Sequence[Voxel], geometry: VolumeGeometry) -> list[Voxel]:
    """Voxels of the DICOM series as those of the volume, which lie elsewhere in the array."""
    laid = upright_geometry(geometry)
    back = np.linalg.inv(geometry.affine_ras_mm) @ laid.affine_ras_mm
    found = [np.rint(back @ (*point, 1)).astype(int)[:3] for point in points]
    return [(int(i), int(j), int(k)) for i, j, k in found]


def _label(word: str) -> int | None:
    return _NAMES.get(word.strip().lower()) or level_in_words(word)


def _points(told: Any, name: str) -> list[Voxel]:
    if told is None:
        return []
    try:
        found = [tuple(round(float(v)) for v in point) for point in told]
    except (TypeError, ValueError, OverflowError) as exc:
        raise Invalid("bad_points", f"{name}: give a list of voxels [i, j, k].") from exc
    if any(len(point) != 3 for point in found):
        raise Invalid("bad_points", f"{name}: give a list of voxels [i, j, k].")
    return [(point[0], point[1], point[2]) for point in found]
