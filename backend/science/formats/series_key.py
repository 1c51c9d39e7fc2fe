"""Which slices belong together: one key for a series, compared with tolerances.

Content is separated first (whose it is, what was made of it, on which grid), and only then is evenness asked:
two reconstructions half a slice apart make one even stack that nobody ever scanned.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from backend.science.formats.line import is_even
from backend.science.formats.slice import Slice
from backend.science.volume import FloatArray

_Indices = NDArray[np.int64]

MIN_SLICES = 4
# of direction cosines, and relative to a spacing
GRID_TOLERANCE = 1e-4
_VOLTAGE_TOLERANCE = 1e-2
_SAME_ORIGIN_MM = 0.5
_NOT_STATED = -9.0


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Slices of one content.

    ``differs`` names what sets it apart from others of its series; ``joined`` says that each file named a
    series of its own; ``scattered`` counts the files that do so without making a stack together.
    """

    slices: tuple[Slice, ...]
    differs: tuple[str, ...] = ()
    joined: bool = False
    scattered: int = 0


def find_series(slices: Iterable[Slice]) -> list[Part]:
    """Every slice in one part. The parts of a series stand together, the one with most slices first."""
    groups: dict[tuple[str, ...], list[Slice]] = defaultdict(list)
    for one in slices:
        uid = one.text("SeriesInstanceUID")
        folder = one.name.rpartition("/")[0]
        groups[(uid,) if uid else ("", folder)].append(one)
    whole: list[Part] = []
    small: list[Slice] = []
    for key in sorted(groups):
        if len(groups[key]) < MIN_SLICES:
            small += groups[key]
        else:
            whole += _separate(groups[key])
    return [*whole, *_gather(small)]


def _patient(one: Slice) -> Hashable:
    fields = ("PatientID", "IssuerOfPatientID", "PatientName", "PatientBirthDate")
    return tuple(" ".join(one.text(field).replace("^", " ").casefold().split()) for field in fields)


def _text(keyword: str) -> Callable[[Slice], Hashable]:
    return lambda one: one.text(keyword)


_MADE: Mapping[str, Callable[[Slice], Hashable]] = {
    "image type": _text("ImageType"),
    "kernel": _text("ConvolutionKernel"),
    "reconstruction": lambda one: (
        one.text("ReconstructionAlgorithm"),
        one.text("IterativeReconstructionMethod"),
    ),
}
_EXACT: Mapping[str, Callable[[Slice], Hashable]] = {
    "patient": _patient,
    "study": _text("StudyInstanceUID"),
    "frame of reference": _text("FrameOfReferenceUID"),
    "size": lambda one: one.size,
    **_MADE,
    "series number": _text("SeriesNumber"),
    "description": _text("SeriesDescription"),
}
_SAME_SCAN: Mapping[str, Callable[[Slice], Hashable]] = {
    name: _EXACT[name] for name in ("patient", "frame of reference", "size", *_MADE)
}


def _cosines(one: Slice) -> FloatArray:
    return one.orientation


def _spacings(one: Slice) -> FloatArray:
    return np.log(one.pixel_spacing)


def _voltage(one: Slice) -> FloatArray:
    return _logarithm(one, "KVP")


_NEAR: Mapping[str, tuple[Callable[[Slice], FloatArray], float]] = {
    "orientation": (_cosines, GRID_TOLERANCE),
    "pixel spacing": (_spacings, GRID_TOLERANCE),
    "tube voltage": (_voltage, _VOLTAGE_TOLERANCE),
}


def _logarithm(one: Slice, keyword: str) -> FloatArray:
    value = one.number(keyword)
    return np.array([np.log(value) if value is not None and value > 0 else _NOT_STATED])


# tell two scans of one place apart, but may also count or vary within one scan
_OVERLAPPING: Mapping[str, Callable[[Slice], Hashable]] = {
    "acquisition": _text("AcquisitionNumber"),
    "slice thickness": _text("SliceThickness"),
    "time point": _text("TemporalPositionIdentifier"),
    "phase": _text("NominalPercentageOfCardiacPhase"),
}


def _separate(group: Sequence[Slice]) -> list[Part]:
    """One series by content."""
    parts = _by_key(group, _EXACT)
    parts = [better for part in parts for better in _by_overlap(part)]
    return sorted(parts, key=lambda part: (-len(part.slices), part.slices[0].name))


def _by_key(group: Sequence[Slice], fields: Mapping[str, Callable[[Slice], Hashable]]) -> list[Part]:
    differs = []
    exact: dict[Hashable, list[Slice]] = defaultdict(list)
    for one in group:
        exact[tuple(value(one) for value in fields.values())].append(one)
    for at, name in enumerate(fields):
        if len({key[at] for key in exact if isinstance(key, tuple)}) > 1:
            differs.append(name)
    clusters = list(exact.values())
    for name, (value, tolerance) in _NEAR.items():
        before = len(clusters)
        clusters = [near for cluster in clusters for near in _by_gaps(cluster, value, tolerance)]
        if len(clusters) > before:
            differs.append(name)
    return [Part(tuple(cluster), tuple(differs)) for cluster in clusters]


def _by_gaps(
    slices: Sequence[Slice], value: Callable[[Slice], FloatArray], tolerance: float
) -> list[list[Slice]]:
    """Parted wherever a component, in order of size, leaps by more than ``tolerance``.

    Unlike bins, this parts no two values that lie closer, wherever an edge would fall.
    """
    values = np.array([value(one) for one in slices])
    groups: list[_Indices] = [np.arange(len(slices))]
    for component in range(values.shape[1]):
        groups = [part for group in groups for part in _parted(group, values[group, component], tolerance)]
    return [[slices[int(at)] for at in sorted(group)] for group in groups]


def _parted(group: _Indices, values: FloatArray, tolerance: float) -> list[_Indices]:
    order = np.argsort(values, kind="stable")
    return np.split(group[order], np.flatnonzero(np.diff(values[order]) > tolerance) + 1)


def _by_overlap(part: Part) -> list[Part]:
    """Two scans of one place, told apart by the first field that makes every one of them an even stack.

    Where the stacks follow one another instead, the field counted on within one scan.
    """
    values = {name: [value(one) for one in part.slices] for name, value in _OVERLAPPING.items()}
    values["place of the picture"] = _origins(part.slices)
    for name, keys in values.items():
        groups: dict[Hashable, list[Slice]] = defaultdict(list)
        for key, one in zip(keys, part.slices, strict=True):
            groups[key].append(one)
        stacks = list(groups.values())
        if len(stacks) > 1 and _overlap(stacks) and all(_is_stack(stack) for stack in stacks):
            found = [Part(tuple(stack), (*part.differs, name)) for stack in stacks]
            return [better for one in found for better in _by_overlap(one)]
    return [part]


def _origins(slices: Sequence[Slice]) -> list[Hashable]:
    """Which pictures begin at one point of the plane."""
    normal = slices[0].normal
    positions = np.array([one.position for one in slices])
    in_plane = positions - np.outer(positions @ normal, normal)
    numbers: list[Hashable] = [0] * len(slices)
    groups: list[_Indices] = [np.arange(len(slices))]
    for component in range(3):
        groups = [p for g in groups for p in _parted(g, in_plane[g, component], _SAME_ORIGIN_MM)]
    for number, group in enumerate(groups):
        for at in group:
            numbers[int(at)] = number
    return numbers


def _overlap(stacks: Sequence[Sequence[Slice]]) -> bool:
    """Whether any two stacks share a part of the line."""
    normal = stacks[0][0].normal
    heights = [[float(one.position @ normal) for one in stack] for stack in stacks]
    ends = sorted((min(stack), max(stack)) for stack in heights)
    return any(later[0] <= earlier[1] for earlier, later in pairwise(ends))


def _is_stack(slices: Sequence[Slice]) -> bool:
    places = distinct_positions(slices)
    return len(places) >= MIN_SLICES and is_even(places, slices[0].normal)


def distinct_positions(slices: Sequence[Slice]) -> FloatArray:
    """Positions (n, 3; LPS mm), those of one instance sent twice only once."""
    seen: dict[Hashable, FloatArray] = {}
    for at, one in enumerate(slices):
        uid = one.text("SOPInstanceUID")
        seen.setdefault((uid, tuple(one.position.round(3))) if uid else at, one.position)
    return np.array(list(seen.values()))


def _gather(slices: Sequence[Slice]) -> list[Part]:
    """Files that name a series each, put together where the rest of the key and one even line say so."""
    parts: list[Part] = []
    for part in _by_key(slices, _SAME_SCAN) if slices else []:
        series = {one.text("SeriesInstanceUID") for one in part.slices}
        enough = len(part.slices) >= MIN_SLICES and len(series) > 1
        if enough and part.slices[0].text("FrameOfReferenceUID") and _is_stack(part.slices):
            parts.append(Part(part.slices, joined=True))
        else:
            parts += _unjoined(part, scattered=len(part.slices) if enough else 0)
    return _told_scattered(parts)


def _unjoined(part: Part, *, scattered: int) -> list[Part]:
    groups: dict[str, list[Slice]] = defaultdict(list)
    for one in part.slices:
        groups[one.text("SeriesInstanceUID")].append(one)
    return [Part(tuple(groups[uid]), scattered=scattered) for uid in sorted(groups)]


def _told_scattered(parts: Sequence[Part]) -> list[Part]:
    """Note where even the frames of reference differ from file to file."""
    left = [part for part in parts if not part.joined and not part.scattered]
    slices = [one for part in left for one in part.slices]
    without_frame = {name: value for name, value in _SAME_SCAN.items() if name != "frame of reference"}
    counts: dict[int, int] = {}
    for pool in _by_key(slices, without_frame) if slices else []:
        series = {one.text("SeriesInstanceUID") for one in pool.slices}
        if len(pool.slices) >= MIN_SLICES and len(series) > 1:
            counts |= {id(one): len(pool.slices) for one in pool.slices}
    return [replace(part, scattered=part.scattered or counts.get(id(part.slices[0]), 0)) for part in parts]
