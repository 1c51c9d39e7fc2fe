"""The layouts of VerSe's two challenges, for programs that were written for them: 2019 and 2020.

CT, mask and preview are the files of the release under other names. Centroids have the frame of their year:
millimetres of an image at 1 mm, along other axes each, and no ``direction``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from backend.common.storage import put_blob, read_blob
from backend.imaging.selectors import geometry_of
from backend.releases.errors import SelfCheckFailed
from backend.releases.layouts.case import LaidOut
from backend.releases.made import Made, text_blob
from backend.releases.models import Layout, Release, Split
from backend.science.formats.verse import (
    CHALLENGE_AXES,
    SPLIT_FOLDERS,
    Frame,
    challenge_centroids_bytes,
    challenge_paths,
    read_centroids,
)
from backend.science.labels import name_of, sort_labels
from backend.science.volume import VolumeGeometry

LAYOUTS: dict[Frame, Layout] = {"verse2019": Layout.VERSE_2019, "verse2020": Layout.VERSE_2020}
LIKE_MM = 0.01  # of the centroids: two decimals
KNEW: dict[Frame, frozenset[int]] = {
    "verse2019": frozenset(range(1, 26)),
    "verse2020": frozenset({*range(1, 26), 28}),
}
_AXES = {
    "verse2019": "X from superior to inferior, Y from anterior to posterior, Z from right to left",
    "verse2020": "X from anterior to posterior, Y from superior to inferior, Z from left to right",
}


def case_files(case: LaidOut) -> Iterator[Made]:
    """CT, mask, centroids and preview of one case in both layouts.

    Raises
    ------
    SelfCheckFailed
        centroids that are read back as the year's are elsewhere than those of the release.
    """
    geometry = geometry_of(case.item.case.volume)
    points = read_centroids(read_blob(case.centroids.blob), geometry).points_ras_mm
    run = "" if case.alone else str(case.item.case.volume.series.number)
    for frame, layout in LAYOUTS.items():
        paths = challenge_paths(case.subject, geometry, frame, run=run)
        folder = SPLIT_FOLDERS[case.split]
        content = challenge_centroids_bytes(points, geometry, frame)
        _check(f"{folder}/{paths.centroids}", content, geometry, frame, points)
        yield Made(f"{folder}/{paths.ct}", case.split, case.ct.blob, image=True, layout=layout)
        yield Made(f"{folder}/{paths.mask}", case.split, case.mask.blob, layout=layout)
        blob = put_blob(data=content, media_type="application/json")
        yield Made(f"{folder}/{paths.centroids}", case.split, blob, layout=layout)
        yield Made(f"{folder}/{paths.preview}", case.split, case.preview.blob, layout=layout)


def _check(
    path: str,
    content: bytes,
    geometry: VolumeGeometry,
    frame: Frame,
    points: dict[int, tuple[float, float, float]],
) -> None:
    back = read_centroids(content, geometry, frame=frame).points_ras_mm
    off_mm = [
        max(abs(mine - theirs) for mine, theirs in zip(back[label], point, strict=True))
        for label, point in points.items()
    ]
    # rounded along oblique axes each coordinate may be off by the sum of three roundings
    if back.keys() != points.keys() or max(off_mm, default=0.0) > 2 * LIKE_MM:
        raise SelfCheckFailed(message=f"{path} does not hold the centroids of the release.")


def shared_files(release: Release, cases: Sequence[LaidOut], licence: str) -> Iterator[Made]:
    """How each is read, and the licence. Of a test part it tells nothing."""
    open_cases = [case for case in cases if case.split != Split.TEST]
    for frame, layout in LAYOUTS.items():
        text = _readme(release, frame, open_cases)
        yield Made("README.md", "", text_blob(text, "text/markdown"), layout=layout)
        yield Made("LICENSE", "", text_blob(licence), layout=layout)


def _readme(release: Release, frame: Frame, cases: Sequence[LaidOut]) -> str:
    year = frame.removeprefix("verse")
    labels = {int(label) for case in cases for label in case.item.mask.label_voxels}
    names = ", ".join(f"{name_of(label)} ({label})" for label in sort_labels(labels - KNEW[frame]))
    note = f"\nPrograms of that year do not know these labels, which occur here: {names}.\n" if names else ""
    return f"""# {release.title}, version {release.version}, as VerSe {year} named its files

For programs that were written for that challenge. CTs, masks and previews are those of the release, on the
CT's own grid; `01_training`, `02_validation` (public) and `03_test` are its parts, as far as they are open.

Centroids are millimetres in the CT at 1 mm, {_AXES[frame]} (axes {CHALLENGE_AXES[frame]}), counted from the
first voxel, with no `direction` entry. Masks have VerSe's numbers: C1-C7 1-7, T1-T12 8-19, L1-L6 20-25,
T13 28.
{note}
Licence: {release.licence}, see `LICENSE`.
"""
