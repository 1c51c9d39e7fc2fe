"""A task's files for a program on somebody's desktop, and what a mask that comes back would change."""

from __future__ import annotations

import re
import shutil
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from django.conf import settings

from backend.annotation.errors import AssignmentNotOpened, MaskMovedOn, NotEditable
from backend.annotation.models import Assignment
from backend.annotation.work.selectors.in_hand import MaskState, can_edit, mask_state
from backend.common.errors import Invalid
from backend.common.storage import open_blob
from backend.imaging.selectors import geometry_of
from backend.science import desktop, edits
from backend.science.agreement.changes import LabelChange, mask_changes
from backend.science.volume import Mask

# The first date that a zip can hold: no entry tells when somebody worked.
_NO_DATE = (1980, 1, 1, 0, 0, 0)
_REVISION = re.compile(r"_r(\d{1,9})(?![0-9a-zA-Z])")
_MOST_NAME = 100


@dataclass(frozen=True, slots=True)
class ReturnedFile:
    """A mask file from elsewhere: its bytes, its name, and what the person says of it.

    ``base_revision`` is the revision that was edited, ``numbering`` whose numbers the file holds; both where
    they are known. ``replace`` takes it though the mask has moved on since.
    """

    content: bytes
    name: str
    base_revision: int | None = None
    numbering: str | None = None
    replace: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class DesktopChange:
    """What taking a file in would change of the mask at ``revision``: by level, and as a delta (VBD1)."""

    revision: int
    digest: str
    changed_voxels: int
    levels: list[LabelChange]
    remarks: list[str]
    delta: bytes


def desktop_archive(assignment: Assignment) -> tuple[str, IO[bytes]]:
    """A zip of CT and mask as other programs open them, by name and open; the caller closes it.

    Names hold the case's alias and the mask's revision, by which a file that comes back is known. The mask
    comes once as NIfTI with its tables of labels and once as a segmentation of 3D Slicer.
    """
    state = mask_state(assignment)
    case = assignment.task.case
    stem = f"{case.alias}_mask_r{state.revision}"
    scratch = _scratch()
    archive: IO[bytes] = tempfile.TemporaryFile(dir=scratch)  # noqa: SIM115 - whoever sends it closes it
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as made:  # what is in it is packed already
        ct = zipfile.ZipInfo(f"{case.alias}/{case.alias}_ct.nii.gz", _NO_DATE)
        ct.file_size = case.volume.nifti.size_bytes
        with made.open(ct, "w") as entry, open_blob(case.volume.nifti) as source:
            shutil.copyfileobj(source, entry, 1 << 20)
        for name, content in desktop.files_for(_mask(assignment, state), stem=stem).items():
            made.writestr(zipfile.ZipInfo(f"{case.alias}/{name}", _NO_DATE), content)
    return f"{stem}.zip", archive


def desktop_change(assignment: Assignment, returned: ReturnedFile) -> DesktopChange:
    """What a mask that was edited elsewhere would change; nothing is written.

    Raises
    ------
    NotEditable, AssignmentNotOpened
        there is no mask to edit, or work has not begun.
    MaskMovedOn
        it was edited here since the file was taken; ``extra`` has both revisions.
    Invalid
        ``numbering_unconfirmed``: nobody can tell which levels its numbers are; ``extra`` has the readings.
    BadInput
        the file cannot be read, or lies on another grid than the CT.
    """
    if not can_edit(assignment):
        raise NotEditable
    if assignment.session is None:
        raise AssignmentNotOpened
    state = mask_state(assignment)
    _require_present(returned, state)
    before = _mask(assignment, state)
    edited = _read(returned, before)
    after = edited.mask
    return DesktopChange(
        revision=state.revision,
        digest=edits.mask_digest(after.array),
        changed_voxels=int(np.count_nonzero(before.array != after.array)),
        levels=[row for row in mask_changes(before, after) if row.added or row.removed],
        remarks=[remark.message for remark in edited.remarks],
        delta=edits.encode_delta(before.array, after.array),
    )


def _mask(assignment: Assignment, state: MaskState) -> Mask:
    return Mask(geometry_of(assignment.task.case.volume), state.array)


def _scratch() -> Path:
    folder = Path(settings.VERTEBASE_VAR) / "scratch"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _require_present(returned: ReturnedFile, state: MaskState) -> None:
    base = returned.base_revision
    if base is None and (found := _REVISION.search(returned.name)):
        base = int(found[1])
    if base is None or base == state.revision or returned.replace:
        return
    raise MaskMovedOn(extra={"revision": state.revision, "base_revision": base})


def _read(returned: ReturnedFile, before: Mask) -> desktop.EditedMask:
    # its own name, for the refusals; nothing of a path
    name = re.sub(r"[^\w.\- ]", "_", returned.name).lstrip(".")[-_MOST_NAME:] or "mask"
    with tempfile.TemporaryDirectory(dir=_scratch()) as folder:
        path = Path(folder) / name
        path.write_bytes(returned.content)
        try:
            return desktop.read_edited(path, base=before, numbering=returned.numbering)
        except desktop.NumbersUnclear as unclear:
            readings = [
                {"key": one.key, "name": one.name, "levels": one.table}
                for one in unclear.proposals
                if one.names_levels
            ]
            raise Invalid(unclear.code, unclear.message, extra={"readings": readings}) from unclear
