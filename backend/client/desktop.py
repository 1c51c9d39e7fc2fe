"""The masks of a task's folder: written for other programs, and what an edited one would change.

Needs the extra ``tasks``, as `voxels` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from . import wire_generated as wire
from .errors import Unusable, VertebaseError
from .operations_generated import Operations
from .voxels import SiteMask, geometry_of, mask_in_hand, push_array

try:
    from backend.science import desktop
    from backend.science.agreement.changes import LabelChange, mask_changes
    from backend.science.edits import mask_digest
    from backend.science.errors import BadInput
    from backend.science.labels import name_of
    from backend.science.reading import question_with_options
    from backend.science.volume import Mask, MaskArray
except ModuleNotFoundError as missing:
    raise VertebaseError("CTs and masks need more: pip install 'vertebase[tasks]'") from missing

STEM = "mask"
EDITABLE = (f"{STEM}.nii.gz", f"{STEM}.seg.nrrd")
EDIT_KIND = "desktop"


@dataclass(frozen=True, eq=False)
class Change:
    """What a file would change of the mask on the site: by level, from the head down, and what to say of it.

    ``stale`` are the files beside it that hold the mask as it was pulled.
    """

    path: Path
    edited: MaskArray
    site: SiteMask
    levels: list[LabelChange]
    remarks: list[str]
    stale: tuple[Path, ...]


def save_masks(folder: Path, task: wire.Assignment, array: MaskArray) -> None:
    """Write a mask as NIfTI with its tables of labels, and as a segmentation of 3D Slicer."""
    for name, content in _files(task, array).items():
        (folder / name).write_bytes(content)


def compare(
    api: Operations,
    task: wire.Assignment,
    folder: Path,
    *,
    pulled_digest: str,
    mask: Path | None = None,
    numbering: str | None = None,
) -> Change:
    """What the edited mask of a folder would change of the site's.

    Of the folder's files that one is meant which is not as it was pulled, unless ``mask`` names one. Raises
    ``VertebaseError`` where there are several such, or no file at all; ``Unusable`` for one that cannot be
    read, lies on another grid or holds numbers that nobody can tell.
    """
    site = mask_in_hand(api, task)
    before = Mask(geometry_of(task["volume"]), site.array)
    own = [folder / name for name in EDITABLE if (folder / name).exists()]
    read = {path: _read(path, before, numbering) for path in (own if mask is None else [mask])}
    edited = [path for path, one in read.items() if mask_digest(one.mask.array) != pulled_digest]
    if not read:
        raise VertebaseError(f"{folder} holds none of {', '.join(EDITABLE)}: say which file with mask")
    if len({mask_digest(read[path].mask.array) for path in edited}) > 1:
        raise VertebaseError(
            f"{' and '.join(path.name for path in edited)} were both edited: say which one with mask"
        )
    chosen = edited[0] if edited else next(iter(read))
    after = read[chosen].mask
    return Change(
        path=chosen,
        edited=after.array,
        site=site,
        levels=[row for row in mask_changes(before, after) if row.added or row.removed],
        remarks=[remark.message for remark in read[chosen].remarks],
        stale=tuple(path for path in own if path != chosen and _is_as_pulled(path, before, pulled_digest)),
    )


def take(
    api: Operations, task: wire.Assignment, change: Change, *, base_revision: int | None
) -> wire.Saved | None:
    """Make the change on the site, as one edit; None where nothing differs.

    The folder's other files, where they are as they were pulled, are written anew. Raises ``Changed`` where
    the site's mask is not at ``base_revision``.
    """
    saved = push_array(api, task, change.edited, base_revision=base_revision, kind=EDIT_KIND, now=change.site)
    if saved is not None:
        made = _files(task, change.edited)
        for path in change.stale:
            path.write_bytes(made[path.name])
    return saved


def told(change: Change) -> list[dict[str, str]]:
    """The change as rows of a table for people."""
    return [
        {
            "level": name_of(row.label),
            "added": f"+{row.added}",
            "removed": f"-{row.removed}",
            "ml": f"{row.volume_change_ml:+.2f}",
            "": "new" if row.before == 0 else "gone" if row.after == 0 else "",
        }
        for row in change.levels
    ]


def _files(task: wire.Assignment, array: MaskArray) -> dict[str, bytes]:
    return desktop.files_for(Mask(geometry_of(task["volume"]), array), stem=STEM)


def _is_as_pulled(path: Path, base: Mask, pulled_digest: str) -> bool:
    try:
        return mask_digest(desktop.read_edited(path, base=base).mask.array) == pulled_digest
    except BadInput:
        return False  # somebody's own by now: not ours to write over


def _read(path: Path, base: Mask, numbering: str | None) -> desktop.EditedMask:
    try:
        return desktop.read_edited(path, base=base, numbering=numbering)
    except desktop.NumbersUnclear as unclear:
        raise Unusable(unclear.code, question_with_options(unclear.proposals)) from unclear
    except BadInput as bad:
        raise Unusable(bad.code, str(bad)) from bad
