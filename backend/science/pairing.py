"""Which mask and which centroid file belong to which CT, by grid, folder and name.

The grid decides: a mask can only belong to a CT whose voxels it shares, whatever it is called; its extent may
have been cut to its content. Folder and name choose among several such CTs. A mask that lies beside a CT but
on another grid is refused with the difference, since resampling labels unasked would change what somebody
drew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backend.science.errors import BadInput
from backend.science.formats.verse import parse_name
from backend.science.geometry import canonical_geometry
from backend.science.placing import fits_within, grids_differ
from backend.science.volume import VolumeGeometry


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file lies: its folder, and the stem that the files of one series share."""

    folder: str
    stem: str
    name: str

    @classmethod
    def of(cls, name: str) -> Place:
        """From a file's name as its owner knows it."""
        folder, _, base = name.rpartition("/")
        return cls(folder, parse_name(base).stem.lower(), name)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A CT that something may belong to, on its original grid."""

    place: Place
    geometry: VolumeGeometry


def closeness(companion: Place, ct: Place) -> int:
    """How strongly names and folders tie two files together; 0 for not at all."""
    same_stem = companion.stem == ct.stem
    if companion.folder == ct.folder:
        return 4 if same_stem else 3
    if same_stem:
        return 3
    related = ct.folder.startswith(f"{companion.folder}/") or companion.folder.startswith(f"{ct.folder}/")
    if related or not companion.folder or not ct.folder:
        return 2
    same_parent = companion.folder.rpartition("/")[0] == ct.folder.rpartition("/")[0]
    return 1 if same_parent else 0


def find_ct(companion: Place, geometry: VolumeGeometry, candidates: Sequence[Candidate]) -> int:
    """The index of the CT that a mask on ``geometry`` belongs to.

    Raises ``BadInput``: no_ct, other_grid (with both grids), ambiguous_mask.
    """
    if not candidates:
        raise BadInput("no_ct", "there is no CT for this mask in the upload", source=companion.name)
    fitting = [i for i, ct in enumerate(candidates) if _same_grid(geometry, ct.geometry)]
    fitting = fitting or [i for i, ct in enumerate(candidates) if fits_within(geometry, ct.geometry)]
    if not fitting:
        nearest = max(candidates, key=lambda ct: closeness(companion, ct.place))
        raise BadInput("other_grid", _difference(geometry, nearest), source=companion.name)
    best = max(closeness(companion, candidates[i].place) for i in fitting)
    closest = [i for i in fitting if closeness(companion, candidates[i].place) == best]
    if len(closest) > 1:
        message = f"it fits {len(closest)} CTs equally well: put it beside its CT or give both one name"
        raise BadInput("ambiguous_mask", message, source=companion.name)
    return closest[0]


def find_named_ct(companion: Place, candidates: Sequence[Candidate]) -> int:
    """The index of the CT that a centroid file belongs to, by name and folder alone.

    Raises ``BadInput``: no_ct, ambiguous_centroids.
    """
    scores = [closeness(companion, ct.place) for ct in candidates]
    best = max(scores, default=0)
    if best == 0:
        raise BadInput("no_ct", "there is no CT for these centroids in the upload", source=companion.name)
    if scores.count(best) > 1:
        raise BadInput("ambiguous_centroids", "they fit several CTs equally well", source=companion.name)
    return scores.index(best)


def _same_grid(a: VolumeGeometry, b: VolumeGeometry) -> bool:
    """The same voxels, in whatever axis order either file stores them."""
    return canonical_geometry(a).matches(canonical_geometry(b))


def _difference(geometry: VolumeGeometry, ct: Candidate) -> str:
    return grids_differ(geometry, ct.geometry, of=ct.place.name.rpartition("/")[2])
