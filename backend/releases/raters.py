"""What single raters made of a case, where several worked on it: their masks, and maps made from them.

Nothing tells who they are. A rater is a letter, dealt out anew in each case, or where the draft asks for it a
pseudonym that is the same in the whole release. Both follow from the project's secret and the version, which
never leave the site, so that the same release has them again and another release has others.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
from django.db.models import Exists, OuterRef

from backend.annotation.models import AssignmentState, CasePurpose, Submission, Task, TaskKind, TaskState
from backend.common.storage import own_copy, put_blob
from backend.imaging.selectors import geometry_of
from backend.masks.models import MaskVersion
from backend.masks.selectors import load_mask
from backend.releases.errors import SelfCheckFailed
from backend.releases.made import NIFTI_TYPE, Made
from backend.releases.models import Release, ReleaseItem
from backend.releases.selfcheck import check_headers, check_labels
from backend.releases.tables import table_files
from backend.science.formats.gradings import NOT_APPLICABLE, Cell
from backend.science.formats.nifti import map_bytes, mask_bytes
from backend.science.formats.verse import SPLIT_FOLDERS
from backend.science.rater_maps import DISAGREEMENT, PROBABILITY, disagreement_map, probability_map
from backend.science.volume import Mask

if TYPE_CHECKING:
    from backend.releases.layouts.case import LaidOut

RATERS = "raters.csv"
FEWEST = 2
_PSEUDONYM_DIGITS = 8
_MASK_END = "_msk.nii.gz"
# what the README says
_MASKS = "- `*_seg-vert_desc-rater*_msk.nii.gz`: the mask as one rater handed it in (uint8)"
_BY_CASE = "a letter\n  that is dealt out anew in each case, so that A is another person in each"
_STABLE = "a pseudonym\n  that is the same in the whole release"
_DISAGREEMENT = (
    "- `*_seg-vert_desc-disagreement_map.nii.gz`: in each voxel the share of raters whose label differs\n"
    "  from the released mask (float32, 0 to 1)"
)
_PROBABILITY = (
    "- `*_seg-vert_probseg.nii.gz`: in each voxel the share of raters who marked any vertebra (float32,\n"
    "  0 to 1): the mean of their masks, no posterior of STAPLE"
)
_TABLE = (
    "- `raters.csv`: one row for each file of raters; cases that one person alone marked have no such file"
)


@dataclass(frozen=True)
class RaterFile:
    """A file of what raters did in a case. ``rater`` is empty for a map, which all of them made."""

    case: LaidOut
    made: Made
    kind: str
    rater: str
    raters: int


def asks_for_raters(release: Release) -> bool:
    """Whether anything of single raters is to be in the release."""
    return release.rater_masks or release.disagreement_maps or release.probability_maps


def rated_by_several(cases: Iterable[UUID]) -> dict[UUID, list[Submission]]:
    """By case the masks that several people handed in, each alone, in the last such stage; by slot.

    Of a stage its last finished round counts. Copies of cases that test raters are none of the data.
    """
    tasks = Task.objects.filter(
        case__in=list(cases),
        case__purpose=CasePurpose.WORK,
        kind=TaskKind.CORRECT,
        state=TaskState.COMPLETE,
    )
    last: dict[tuple[UUID, str], Task] = {}
    for task in tasks.order_by("round", "created_at"):
        last[task.case_id, task.stage_key] = task
    handed: dict[UUID, list[Submission]] = defaultdict(list)
    newer = Submission.objects.filter(
        assignment=OuterRef("assignment"), created_at__gt=OuterRef("created_at")
    )
    rows = Submission.objects.filter(
        ~Exists(newer),
        assignment__task__in=[task.pk for task in last.values()],
        assignment__state=AssignmentState.SUBMITTED,
        mask__isnull=False,
    )
    rows = rows.select_related("assignment", "mask__volume", "mask__voxels")
    for row in rows.order_by("assignment__slot"):
        handed[row.assignment.task_id].append(row)
    found: dict[UUID, list[Submission]] = {}
    for task in sorted(last.values(), key=lambda one: (one.completed_at or one.created_at, one.pk)):
        mine = handed[task.pk]
        if len({row.assignment.rater_id for row in mine}) >= FEWEST:
            found[task.case_id] = mine
    return found


def pseudonyms(release: Release, case_id: UUID, raters: Iterable[UUID]) -> dict[UUID, str]:
    """What each rater of a case is called in this release."""
    every = list(raters)
    if release.stable_raters:
        return {rater: _keyed(release, f"rater {rater}")[:_PSEUDONYM_DIGITS] for rater in every}
    # the order of slots would tell who was asked first, in every case alike
    dealt = sorted(every, key=lambda rater: _keyed(release, f"case {case_id} rater {rater}"))
    return {rater: chr(ord("A") + place) for place, rater in enumerate(dealt)}


def _keyed(release: Release, what: str) -> str:
    key = f"raters {release.project.pseudonym_secret}".encode()
    return hmac.new(key, f"release {release.version} {what}".encode(), hashlib.sha256).hexdigest()


def case_files(release: Release, case: LaidOut, handed: Sequence[Submission]) -> Iterator[RaterFile]:
    """The files of one case that the draft asks for; none where one person alone worked on it.

    Raises
    ------
    SelfCheckFailed
        A rater's mask lies on another grid, or something written does not read back.
    """
    rows = [(row.assignment.rater_id, row.mask) for row in handed if row.mask is not None]
    if len(rows) < FEWEST:
        return
    names = pseudonyms(release, case.item.case_id, [rater for rater, _ in rows])
    masks = {names[rater]: _array(case, mask) for rater, mask in rows}
    geometry = geometry_of(case.item.case.volume)
    start = case.mask.path.removesuffix(_MASK_END)
    for name in sorted(masks) if release.rater_masks else ():
        path = f"{start}_desc-rater{name}{_MASK_END}"
        made = _made(path, case, mask_bytes(Mask(geometry, masks[name])), masks[name], "")
        yield RaterFile(case, made, "mask", name, len(masks))
    if release.disagreement_maps:
        share = disagreement_map(load_mask(case.item.mask).array, list(masks.values()))
        path = f"{start}_desc-disagreement_map.nii.gz"
        made = _made(path, case, map_bytes(geometry, share, DISAGREEMENT), share, DISAGREEMENT)
        yield RaterFile(case, made, "disagreement", "", len(masks))
    if release.probability_maps:
        share = probability_map(list(masks.values()))
        path = f"{start}_probseg.nii.gz"
        made = _made(path, case, map_bytes(geometry, share, PROBABILITY), share, PROBABILITY)
        yield RaterFile(case, made, "probability", "", len(masks))


def _array(case: LaidOut, version: MaskVersion) -> Any:
    if version.volume_id != case.item.case.volume_id:
        raise SelfCheckFailed(message=f"A rater's mask of {case.stem} lies on another grid than its CT.")
    array = load_mask(version).array
    check_labels(f"A rater's mask of {case.stem}", array)
    return array


def _made(path: str, case: LaidOut, data: bytes, wanted: Any, description: str) -> Made:
    """The file in storage, read back: its voxels and place, and no word in it but what it is."""
    import nibabel as nib  # here: no process waits for it at its start

    load: Any = nib.load  # without types
    made = Made(path, case.split, put_blob(data=data, media_type=NIFTI_TYPE))
    with own_copy(made.blob, suffix=".nii.gz") as file:
        image = load(file)
        check_headers({path: image}, descriptions={path: description})
        placed = np.array_equal(image.affine, geometry_of(case.item.case.volume).affine_ras_mm)
        if not placed or not np.array_equal(np.asarray(image.dataobj), wanted):
            raise SelfCheckFailed(message=f"{path} does not hold what the raters handed in.")
    return made


def table(split: str, files: Sequence[RaterFile]) -> Iterator[Made]:
    """One row per file of raters in a split, as CSV and as Parquet."""
    folder = SPLIT_FOLDERS[split]
    rows = [_row(folder, file) for file in files if file.case.split == split]
    yield from table_files(f"{folder}/{RATERS}", split, rows)


def _row(folder: str, file: RaterFile) -> tuple[Cell, ...]:
    item: ReleaseItem = file.case.item
    return (
        file.case.subject,
        str(item.case.volume.series.number),
        file.case.split,
        file.kind,
        file.rater or NOT_APPLICABLE,
        str(file.raters),
        file.made.path.removeprefix(f"{folder}/"),
    )


def readme_lines(release: Release) -> str:
    """What the README says of these files; nothing where the draft asks for none."""
    if not asks_for_raters(release):
        return ""
    lines = []
    if release.rater_masks:
        called = _STABLE if release.stable_raters else _BY_CASE
        lines.append(f"{_MASKS}; a rater is {called}")
    if release.disagreement_maps:
        lines.append(_DISAGREEMENT)
    if release.probability_maps:
        lines.append(_PROBABILITY)
    return "\n".join([*lines, _TABLE, ""])


def size_of(cases: Iterable[UUID]) -> dict[str, int]:
    """For a plan: how many cases have masks of several raters, how many masks, and about how large they are.

    A mask is taken to be as large as it is kept here, and a map, which changes where masks do, like one.
    """
    found = rated_by_several(cases)
    sizes = [[row.mask.voxels.size_bytes for row in rows if row.mask] for rows in found.values()]
    return {
        "cases": len(found),
        "masks": sum(len(mine) for mine in sizes),
        "masks_bytes": sum(sum(mine) for mine in sizes),
        "map_bytes": sum(max(mine, default=0) for mine in sizes),
    }
