"""Labelled CTs at 3 mm: what the finding and the naming network learn from a project's accepted masks.

A mask says less than a scene does. It draws vertebrae and no ribs, often not all that are in view, and does
not tell the body from the arch. So a body is taken to reach as far behind its centre as before it; what
lies above and below the mask's own vertebrae is either what earlier weights say (maps of the finding
network) or counts for nothing (lines of the naming network).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from torch import nn

from backend.science.volume import Mask, Volume, label_boxes
from inference.cases import CaseFiles
from inference.levels import CLASS_OF
from inference.networks.spine import BODY, CENTRE, VERTEBRA
from inference.patches import WIDE_SPACING_MM, Float32, FloatArray
from inference.prepare import prepare
from inference.runtime import Runtime
from inference.sampling import IsoGrid, make_isotropic
from inference.stages.localise import predict_maps
from inference.stages.project import line_from_bodies
from inference.training.fields import Field, in_column
from inference.training.randomise import Example
from inference.training.real import body_centres
from inference.training.samples import IGNORED, Arrays, centre_map, line_sample

SACRUM = 26
# The slices of a vertebra's neighbour that its own processes reach over.
_MARGIN = 2
_MIDDLE = 3  # voxels to each side of the midline in which a body's front is looked for
_MOST_PLACES = 4000
_MISTAKEN_BY = 0.4
_TRIES = 20


@dataclass(frozen=True)
class WideCase:
    """A labelled CT at 3 mm: HU, the label of each voxel, which of them are body, the centres (voxels) of
    whole bodies by label, and the slices between which the mask says all."""

    name: str
    hu: Float32
    owner: npt.NDArray[np.uint8]
    body: npt.NDArray[np.bool_]
    centres: dict[int, FloatArray]
    span: tuple[int, int]
    grid: IsoGrid


def wide_case(name: str, volume: Volume, mask: Mask) -> WideCase | None:
    """A CT and its mask, both in canonical order; None where no body is whole."""
    whole = body_centres(mask, cut_too=True)
    if not whole:
        return None
    prepared = prepare(volume).volume
    grid = IsoGrid(prepared.geometry, WIDE_SPACING_MM)
    hu = make_isotropic(prepared.array, grid)
    axes = [
        np.clip(np.rint((np.arange(n) + 0.5) * f - 0.5).astype(int), 0, m - 1)
        for n, f, m in zip(grid.shape, grid.factor, mask.array.shape, strict=True)
    ]
    owner = np.ascontiguousarray(mask.array[np.ix_(*axes)])
    centres = {label: grid.from_source(place) for label, place in whole.items()}
    slices = np.flatnonzero(np.isin(owner, list(centres)).any(axis=(0, 1)))
    span = (int(slices[0]), int(slices[-1])) if len(slices) else (0, 0)
    return WideCase(name, hu, owner, bodies_of(owner, centres), centres, span, grid)


def bodies_of(owner: npt.NDArray[np.uint8], centres: dict[int, FloatArray]) -> npt.NDArray[np.bool_]:
    """The voxels of each vertebra that reach no farther behind its body's centre than its front lies
    before."""
    out = np.zeros(owner.shape, bool)
    for label, box in label_boxes(owner).items():
        if label not in centres:
            continue
        inside = owner[box] == label
        x, y, _ = (centre - side.start for centre, side in zip(centres[label], box, strict=True))
        middle = inside[max(0, int(x) - _MIDDLE) : max(1, int(x) + _MIDDLE + 1)]
        front = np.flatnonzero(middle.any(axis=(0, 2)))
        if len(front):
            behind = np.arange(inside.shape[1]) < 2 * y - front[-1]
            out[box] |= inside & ~behind[None, :, None]
    return out


def load_wide(cases: Sequence[CaseFiles]) -> list[WideCase]:
    """Those of the cases that hold a whole body. Raises `BadInput` as reading does."""
    found = (wide_case(case.name, *case.load()) for case in cases)
    return [case for case in found if case is not None]


def case_field(case: WideCase, network: nn.Module, runtime: Runtime) -> Field:
    """What the finding network should make of a case: the mask's vertebrae, and beyond them, like of ribs,
    what `network` says near the spine."""
    maps, levels = predict_maps(case.hu, network, runtime)
    line = line_from_bodies(maps[BODY])
    kept = maps.copy() if line is None else np.where(in_column(case.hu.shape, line), maps, 0)
    if line is None:
        kept[:] = 0
    low, high = max(0, case.span[0] - _MARGIN), case.span[1] + _MARGIN + 1
    vertebra, body = case.owner > 0, case.body
    centres = centre_map(case.hu.shape, np.array(list(case.centres.values())))
    for channel, true in ((VERTEBRA, vertebra), (BODY, body), (CENTRE, centres)):
        inside = np.asarray(true, np.float32)[:, :, low:high]
        # Within the margin a vertebra that the mask leaves out may begin: the larger of both holds there.
        kept[channel, :, :, low:high] = inside
        for edge in (slice(low, case.span[0]), slice(case.span[1] + 1, high)):
            kept[channel, :, :, edge] = np.maximum(maps[channel, :, :, edge], true[:, :, edge])
    mistaken = np.abs(maps[BODY] - kept[BODY]) + np.abs(maps[CENTRE] - kept[CENTRE]) > _MISTAKEN_BY
    mistaken[:, :, : case.span[0]] = mistaken[:, :, case.span[1] + 1 :] = False
    return Field(
        hu=case.hu.astype(np.int16),
        maps=kept.astype(np.float16),
        levels=_classes(case, levels, kept),
        places=_some(kept[BODY] > 0.5),
        hard=_some(mistaken),
        has_spine=True,
    )


def _classes(case: WideCase, levels: Float32, maps: Float32) -> npt.NDArray[np.uint8]:
    """The class of every second voxel: the mask's within its own slices, beyond them what was predicted."""
    table = np.full(256, IGNORED, np.uint8)
    for label, number in CLASS_OF.items():
        table[label] = number
    named = table[case.owner[::2, ::2, ::2]]
    guessed = np.where(maps[VERTEBRA, ::2, ::2, ::2] > 0.5, levels.argmax(axis=0), IGNORED).astype(np.uint8)
    beyond = np.ones(named.shape[2], bool)
    beyond[case.span[0] // 2 : case.span[1] // 2 + 1] = False
    return np.where(beyond[None, None] & (named == IGNORED), guessed, named)


def _some(where: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    places = np.argwhere(where)
    return places[:: max(1, len(places) // _MOST_PLACES)]


def as_example(case: WideCase) -> Example:
    """The case in the form of a scene, for the lines of the naming network."""
    return Example(
        hu=case.hu.astype(np.int16),
        owner=case.owner,
        is_body=case.body.astype(np.uint8),
        ribs=np.zeros_like(case.owner),
        tissue=np.zeros_like(case.owner),
        labels=np.array(list(case.centres), np.int64),
        centres=np.array(list(case.centres.values())),
    )


def case_lines(cases: Sequence[WideCase]) -> Callable[[np.random.Generator], Arrays]:
    """Draws lines from some cases, each as often as any other. Raises `ValueError` where none gives one."""
    examples = [as_example(case) for case in cases if len(case.centres) > 1]
    if not examples:
        raise ValueError("no case holds two whole vertebrae in a row, which names are learnt from")

    def draw(rng: np.random.Generator) -> Arrays:
        for _ in range(_TRIES):
            made = line_sample(examples[int(rng.integers(len(examples)))], rng, complete=False)
            if made is not None:
                return made
        raise ValueError("no line along the spine could be drawn from the accepted cases")

    return draw
