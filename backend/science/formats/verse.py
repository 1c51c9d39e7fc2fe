"""Centroid files and file names of the VerSe data set, in its three generations.

A centroid file is JSON: an optional ``{"direction": ["P", "I", "R"]}`` and then ``{"label", "X", "Y", "Z"}``
per vertebra. The current release holds 0-based voxel indices of the image whose axes point as ``direction``
says. The two challenges held millimetres of a 1 mm image instead, with other axes each and no ``direction``:

========== ============================== ===================================
generation axes X, Y, Z increase towards   told by
========== ============================== ===================================
2019       inferior, posterior, left      no direction; vertebrae run along X
2020       posterior, inferior, right     no direction; vertebrae run along Y
current    as ``direction`` says          ``direction``
========== ============================== ===================================

File names do not tell the generation: a file without ``direction`` is placed by its content, and refused
where the content does not tell.

When VerSe's own utilities flip an axis they map x to ``size - x``, which puts points one voxel past where an
array flip puts them (``size - 1 - x``). ``verse_compatible`` asks for that; it is off otherwise.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from backend.science.errors import BadInput
from backend.science.labels import VALID_LABELS, sort_labels
from backend.science.volume import Mask, VolumeGeometry, label_boxes

Point = tuple[float, float, float]
Frame = Literal["voxels", "verse2019", "verse2020"]
Plane = Literal["ax", "sag", "cor", "iso"]

CHALLENGE_AXES: dict[Frame, str] = {"verse2019": "IPL", "verse2020": "PIR"}
SPLIT_FOLDERS = {"training": "01_training", "validation": "02_validation", "test": "03_test"}
_WORLD_AXIS = {"R": 0, "L": 0, "A": 1, "P": 1, "S": 2, "I": 2}
_PERPENDICULAR: dict[int, Plane] = {0: "sag", 1: "cor", 2: "ax"}
# a centroid may lie a little outside a cropped image, but not a vertebra away from it
_OUTSIDE_MM = 30.0
_NEAR_MASK_MM = 25.0


@dataclass(frozen=True, slots=True)
class Centroids:
    """Body centroids in RAS+ mm, and the frame that the file they came from used."""

    frame: Frame
    points_ras_mm: dict[int, Point]


def read_centroids(
    source: Path | bytes,
    geometry: VolumeGeometry,
    *,
    mask: Mask | None = None,
    frame: Frame | None = None,
    verse_compatible: bool = False,
) -> Centroids:
    """Read a centroid file that belongs to an image on ``geometry``.

    ``frame`` may be named; otherwise it is taken from ``direction`` or found from the content, for which a
    mask helps. Raises ``BadInput``: bad_centroids, unknown_labels, centroid_frame, centroids_outside.
    """
    name = source if isinstance(source, Path) else None
    directions, points = _parse(source.read_bytes() if isinstance(source, Path) else source, name)
    if frame is None:
        frame = "voxels" if directions else detect_frame(points, geometry, mask=mask, source=name)
    if frame == "voxels" and not directions:
        raise BadInput("centroid_frame", "it has no direction element", source=name)
    spacing = None if frame == "voxels" else 1.0
    axes = directions if frame == "voxels" and directions else CHALLENGE_AXES[frame]
    placed = from_frame(points, geometry, axes, spacing_mm=spacing, verse_compatible=verse_compatible)
    for label, point in placed.items():
        if _distance_outside_mm(point, geometry) > _OUTSIDE_MM:
            message = f"the centroid of label {label} lies outside the image: it may belong to another one"
            raise BadInput("centroids_outside", message, source=name)
    return Centroids(frame, placed)


def holds_centroids(content: bytes) -> bool:
    """Whether a JSON file is a centroid file, whole or broken: a list with a direction or with labels.

    Converters write JSON beside an image under its name, too; that is an object.
    """
    try:
        entries = json.loads(content)
    except (ValueError, RecursionError):
        return False
    return isinstance(entries, list) and any(
        isinstance(entry, dict) and ("label" in entry or "direction" in entry) for entry in entries
    )


def write_centroids(path: Path, points_ras_mm: Mapping[int, Point], geometry: VolumeGeometry) -> None:
    """Write a VerSe centroid file. ``points_ras_mm``: label to RAS+ mm; folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(centroids_bytes(points_ras_mm, geometry))


def centroids_bytes(points_ras_mm: Mapping[int, Point], geometry: VolumeGeometry) -> bytes:
    """The current release's JSON: voxels of the image on ``geometry``, one decimal."""
    entries: list[dict[str, Any]] = [{"direction": list(geometry.axcodes)}]
    for label in sort_labels(points_ras_mm):
        x, y, z = (round(float(v), 1) + 0.0 for v in geometry.ras_mm_to_voxel(points_ras_mm[label]))
        entries.append({"label": label, "X": x, "Y": y, "Z": z})
    return json.dumps(entries).encode() + b"\n"


def challenge_centroids_bytes(
    points_ras_mm: Mapping[int, Point], geometry: VolumeGeometry, frame: Frame
) -> bytes:
    """The JSON of a challenge: mm of the image at 1 mm along the axes of its year, two decimals."""
    placed = to_frame(points_ras_mm, geometry, CHALLENGE_AXES[frame], spacing_mm=1.0)
    entries = [
        {"label": label} | {axis: round(v, 2) + 0.0 for axis, v in zip("XYZ", placed[label], strict=True)}
        for label in sort_labels(placed)
    ]
    return json.dumps(entries).encode() + b"\n"


def challenge_paths(subject: str, geometry: VolumeGeometry, frame: Frame, *, run: str = "") -> ReleasePaths:
    """The names of a challenge, relative to its part's folder. ``run`` tells a patient's series apart.

    In 2019 all files lay side by side; in 2020 each patient had a folder, and names told the plane of the
    finest resolution.
    """
    name = subject.removeprefix("sub-")
    name = name if name.lower().startswith("verse") else f"verse{name}"
    stem = f"{name}-{run}" if run else name
    if frame == "verse2019":
        return ReleasePaths(
            ct=f"{stem}.nii.gz",
            mask=f"{stem}_seg.nii.gz",
            centroids=f"{stem}_ctd.json",
            preview=f"{stem}_snapshot.png",
        )
    stem = f"{name}/{stem}_CT-{plane_of(geometry)}"
    return ReleasePaths(
        ct=f"{stem}.nii.gz",
        mask=f"{stem}_seg.nii.gz",
        centroids=f"{stem}_iso-ctd.json",
        preview=f"{stem}.png",
    )


def to_frame(
    points_ras_mm: Mapping[int, Point],
    geometry: VolumeGeometry,
    axes: str,
    *,
    spacing_mm: float | None = None,
    verse_compatible: bool = False,
) -> dict[int, Point]:
    """Points as coordinates of the image on ``geometry`` turned to ``axes``.

    In voxels, or with ``spacing_mm`` in voxels of that size (the voxel index times the ratio of sizes, as
    VerSe rescales).
    """
    matrix, offset = _turn(geometry, axes, spacing_mm, verse_compatible)
    return {
        label: _point(matrix @ geometry.ras_mm_to_voxel(point) + offset)
        for label, point in points_ras_mm.items()
    }


def from_frame(
    points: Mapping[int, Point],
    geometry: VolumeGeometry,
    axes: str,
    *,
    spacing_mm: float | None = None,
    verse_compatible: bool = False,
) -> dict[int, Point]:
    """The reverse of ``to_frame``: RAS+ mm."""
    matrix, offset = _turn(geometry, axes, spacing_mm, verse_compatible)
    inverse = np.linalg.inv(matrix)
    return {
        label: _point(geometry.voxel_to_ras_mm(inverse @ (np.array(p) - offset)))
        for label, p in points.items()
    }


def detect_frame(
    points: Mapping[int, Point], geometry: VolumeGeometry, *, mask: Mask | None, source: Path | None = None
) -> Frame:
    """Which challenge's frame fits coordinates without ``direction``. Raises ``BadInput`` if not exactly one.

    A frame fits when the vertebrae run down its cranio-caudal axis, all lie in the image and, where there is
    a mask, near the vertebra of their label.
    """
    fitting = [
        frame
        for frame, axes in CHALLENGE_AXES.items()
        if _fits(from_frame(points, geometry, axes, spacing_mm=1.0), geometry, mask)
    ]
    if len(fitting) == 1:
        return fitting[0]
    why = "no known frame fits" if not fitting else "more than one frame fits"
    raise BadInput(
        "centroid_frame",
        f"it has no direction element, and {why} its coordinates: name the frame",
        source=source,
    )


def _fits(points: Mapping[int, Point], geometry: VolumeGeometry, mask: Mask | None) -> bool:
    if any(_distance_outside_mm(point, geometry) > 5 for point in points.values()):
        return False
    ordered = np.array([points[label] for label in sort_labels(points)])
    if len(ordered) > 1:
        span = ordered[0] - ordered[-1]
        if span[2] <= 0 or span[2] < np.abs(span[:2]).max():
            return False
    if mask is None:
        return len(ordered) > 1
    return all(_near_label(point, label, mask) for label, point in points.items())


def _near_label(point: Point, label: int, mask: Mask) -> bool:
    box = label_boxes(mask.array).get(label)
    if box is None:
        return True
    voxel = mask.geometry.ras_mm_to_voxel(point)
    beyond = [max(s.start - v, v - (s.stop - 1), 0.0) for s, v in zip(box, voxel, strict=True)]
    return float(np.linalg.norm(np.array(beyond) * mask.geometry.spacing_mm)) <= _NEAR_MASK_MM


def _turn(
    geometry: VolumeGeometry, axes: str, spacing_mm: float | None, verse_compatible: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Matrix and offset from the grid's voxel indices to coordinates along ``axes``."""
    own = geometry.axcodes
    matrix, offset = np.zeros((3, 3)), np.zeros(3)
    for target, code in enumerate(axes):
        source = next(i for i, c in enumerate(own) if _WORLD_AXIS[c] == _WORLD_AXIS[code])
        scale = 1.0 if spacing_mm is None else geometry.spacing_mm[source] / spacing_mm
        flip = own[source] != code
        matrix[target, source] = -scale if flip else scale
        if flip:
            offset[target] = scale * (geometry.shape[source] - (0 if verse_compatible else 1))
    return matrix, offset


def _parse(content: bytes, source: Path | None) -> tuple[str, dict[int, Point]]:
    try:
        entries = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BadInput("bad_centroids", "it is not JSON", source=source) from error
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise BadInput("bad_centroids", "it is not a VerSe centroid file", source=source)
    directions, points = "", {}
    for entry in entries:
        if "direction" in entry:
            directions = _parse_direction(entry["direction"], source)
            continue
        parsed = _parse_entry(entry, source)
        if parsed is None:
            continue
        label, point = parsed
        if label in points:
            raise BadInput("bad_centroids", f"label {label} occurs twice", source=source)
        points[label] = point
    if not points:
        raise BadInput("bad_centroids", "it holds no centroid", source=source)
    return directions, points


def _parse_direction(value: Any, source: Path | None) -> str:
    codes = [str(code).upper() for code in value] if isinstance(value, list) else []
    if len(codes) != 3 or {_WORLD_AXIS.get(code) for code in codes} != {0, 1, 2}:
        raise BadInput("bad_centroids", "its direction is not three codes such as P, I, R", source=source)
    return "".join(codes)


def _parse_entry(entry: dict[str, Any], source: Path | None) -> tuple[int, Point] | None:
    """Label and point, or None for an entry that says it has no coordinates (VerSe writes ``nan``)."""
    try:
        number = float(entry["label"])
        x, y, z = (float(entry[axis]) for axis in "XYZ")
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput("bad_centroids", "an entry lacks label, X, Y or Z", source=source) from error
    if not all(math.isfinite(v) for v in (number, x, y, z)):
        return None
    if number != int(number) or int(number) not in VALID_LABELS:
        raise BadInput("unknown_labels", f"{number:g} is not a VerSe label", source=source)
    return int(number), (x, y, z)


def _distance_outside_mm(point: Point, geometry: VolumeGeometry) -> float:
    voxel = geometry.ras_mm_to_voxel(point)
    beyond = np.maximum(0, np.maximum(-voxel, voxel - (np.array(geometry.shape) - 1)))
    return float((beyond * geometry.spacing_mm).max())


def _point(values: NDArray[np.float64]) -> Point:
    x, y, z = (float(v) for v in values)
    return x, y, z


def plane_of(geometry: VolumeGeometry) -> Plane:
    """The plane of the finest resolution, for the ``dir-`` entity; ``iso`` if no single axis is coarsest."""
    spacing = np.round(geometry.spacing_mm, 1)
    coarsest = np.flatnonzero(spacing == spacing.max())
    if len(coarsest) > 1:
        return "iso"
    return _PERPENDICULAR[_WORLD_AXIS[geometry.axcodes[int(coarsest[0])]]]


@dataclass(frozen=True, slots=True)
class ReleasePaths:
    """Where the files of one series lie in a released subset, relative to the subset's folder."""

    ct: str
    mask: str
    centroids: str
    preview: str


def release_paths(subject: str, geometry: VolumeGeometry, *, split: str | None = None) -> ReleasePaths:
    """The names of the current release. ``split`` tells several series of one patient apart."""
    if not re.fullmatch(r"(sub-)?[A-Za-z0-9]+", subject) or not re.fullmatch(r"[A-Za-z0-9]*", split or ""):
        raise ValueError("subject and split may hold letters and digits only")
    sub = subject if subject.startswith("sub-") else f"sub-{subject}"
    stem = f"{sub}{f'_split-{split}' if split else ''}_dir-{plane_of(geometry)}"
    derived = f"derivatives/{sub}/{stem}"
    return ReleasePaths(
        ct=f"rawdata/{sub}/{stem}_ct.nii.gz",
        mask=f"{derived}_seg-vert_msk.nii.gz",
        centroids=f"{derived}_seg-subreg_ctd.json",
        preview=f"{derived}_seg-vert_snp.png",
    )


FileKind = Literal["ct", "mask", "centroids", "preview", "of_raters", "unknown"]
_KIND_ENDINGS: tuple[tuple[str, FileKind], ...] = (
    # of a release, beside the mask that was agreed on: a single rater's mask, or a map made from several;
    # before "mask", which the first of them would else be
    (r"(_seg-vert)?(_desc-rater[a-z0-9]+_msk|_desc-disagreement_map)$|_seg-vert_probseg$", "of_raters"),
    (r"[_-](msk|mask|seg|label|labels)$", "mask"),
    (r"[_-]((iso-)?ctd)$", "centroids"),
    (r"[_-](snp|snapshot)$", "preview"),
    (r"[_-]ct$", "ct"),
)
_CT_OF_2020 = re.compile(r"[_-]ct[_-](ax|sag|cor|iso)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class VerseName:
    """What a file name says: its kind, the series it belongs to, and the patient."""

    kind: FileKind
    stem: str
    subject: str | None


def parse_name(name: str) -> VerseName:
    """Read any generation's file name. ``stem`` is equal for the files of one series."""
    base = re.sub(r"(\.nii(\.gz)?|\.json|\.png)$", "", Path(name).name, flags=re.IGNORECASE)
    kind: FileKind = "unknown"
    stem = base
    for pattern, meaning in _KIND_ENDINGS:
        found = re.search(pattern, base, flags=re.IGNORECASE)
        if found:
            kind, stem = meaning, base[: found.start()]
            break
    if kind == "unknown" and _CT_OF_2020.search(base):
        kind = "preview" if name.lower().endswith(".png") else "ct"  # its other files have the plane, too
    stem = re.sub(r"_seg-(vert|subreg)$", "", stem, flags=re.IGNORECASE)
    subject = re.match(r"(?:sub-)?(verse\d+)(?![A-Za-z0-9])|sub-([A-Za-z0-9]+)", base, flags=re.IGNORECASE)
    return VerseName(kind, stem, (subject.group(1) or subject.group(2)).lower() if subject else None)
