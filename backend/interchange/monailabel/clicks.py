"""Clicks of MONAI Label's clients (deepgrow, DeepEdit) on one vertebra of one's own mask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from backend.annotation.models import Assignment
from backend.annotation.work.selectors.in_hand import mask_state
from backend.common.errors import Invalid
from backend.imaging.selectors import geometry_of
from backend.interchange.monailabel.selectors import MaskFile, image_name, mask_file_bytes
from backend.pipeline.runs.refining import VoxelClick, refined_mask
from backend.science.formats.label_table import level_in_words
from backend.science.labels import LEVELS
from backend.science.volume import Mask

MODEL = "vertebase-clicks"
MOST_CLICKS = 64
_NAMES = {level.name.lower(): level.label for level in LEVELS}


def clicked(assignment: Assignment, params: Mapping[str, Any], ending: str) -> MaskFile:
    """One vertebra as it would be by these clicks, alone in a mask; nothing is changed.

    Both forms are known: ``label`` with ``foreground`` and ``background``, and points under the level's own
    name with ``background``. Points are voxels of the image that was handed out.

    Raises
    ------
    Invalid, BadInput, RefinerNotAtHand
    """
    label, positive = _level_and_points(params)
    negative = _points(params.get("background"), "background")
    shape = assignment.task.case.volume.shape
    clicks = [VoxelClick(one, True) for one in positive] + [VoxelClick(one, False) for one in negative]
    if not clicks:
        raise Invalid("no_clicks", "Click at least once: on what belongs to it, or on what does not.")
    if len(clicks) > MOST_CLICKS:
        raise Invalid("too_many_clicks", f"At most {MOST_CLICKS} clicks are taken at once.")
    if any(not 0 <= v < n for click in clicks for v, n in zip(click.voxel, shape, strict=True)):
        raise Invalid("click_outside", "A click lies outside the image.")
    volume = assignment.task.case.volume
    after = refined_mask(volume=volume, mask=mask_state(assignment).array, label=label, clicks=clicks)
    alone = np.asfortranarray(np.where(after == label, after, 0).astype(np.uint8))
    name = f"{image_name(assignment)}_clicks{ending}"
    return MaskFile(name, mask_file_bytes(Mask(geometry_of(volume), alone), ending), 0)


def _level_and_points(params: Mapping[str, Any]) -> tuple[int, list[tuple[int, int, int]]]:
    told = params.get("label")
    named = {key: label for key in params if (label := _label(key)) is not None}
    if told:
        label = _label(str(told))
        if label is None:
            raise Invalid("unknown_label", f"{told} names no vertebra: call the segment after its level, L1.")
        own = next((params[key] for key, one in named.items() if one == label), None)
        return label, _points(params.get("foreground", own), "foreground")
    if len(named) != 1:
        raise Invalid("unknown_label", "label: say which vertebra the clicks are on, one at a time.")
    ((key, label),) = named.items()
    return label, _points(params[key], key)


def _label(word: str) -> int | None:
    return _NAMES.get(word.strip().lower()) or level_in_words(word)


def _points(told: Any, name: str) -> list[tuple[int, int, int]]:
    if told is None:
        return []
    try:
        found = [tuple(round(float(v)) for v in point) for point in told]
    except (TypeError, ValueError, OverflowError) as exc:
        raise Invalid("bad_points", f"{name}: give a list of voxels [i, j, k].") from exc
    if any(len(point) != 3 for point in found):
        raise Invalid("bad_points", f"{name}: give a list of voxels [i, j, k].")
    return [(point[0], point[1], point[2]) for point in found]
