"""A label from a client of MONAI Label: an edit of the person's own mask, as any from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

from backend.accounts.models import User
from backend.annotation.models import Assignment
from backend.annotation.selectors import assignments_visible_to
from backend.annotation.work.selectors.desktop import ReturnedFile, desktop_change
from backend.annotation.work.services.working import Edit, edit, open_assignment
from backend.common.selectors import one_of
from backend.interchange.monailabel.selectors import handed_out, remember
from backend.masks.models import DESKTOP_EDIT


@dataclass(frozen=True, slots=True)
class Saved:
    """The mask after a label was taken in."""

    revision: int
    changed_voxels: int
    remarks: list[str]


def save_label(
    *, user: User, assignment: Assignment, content: bytes, name: str, base_revision: int | None = None
) -> Saved:
    """Take a label in: its difference from the mask in hand is one edit. Sent again it changes nothing.

    ``base_revision`` is what was worked on; where the client does not say, what it was handed last.

    Raises
    ------
    MaskMovedOn
        the mask was edited on the site since; what `desktop_change` and `working.edit` raise.
    """
    mine = _opened(user, assignment.pk)
    known = handed_out(mine.pk)
    base = base_revision if base_revision is not None else (known if known is not None else 0)
    returned = ReturnedFile(content=content, name=name, base_revision=base)
    change = desktop_change(mine, returned)
    revision = change.revision
    if change.changed_voxels:
        done = edit(assignment_id=mine.pk, edit=Edit(uuid4(), change.revision, change.delta, DESKTOP_EDIT))
        revision = done.revision
    remember(mine.pk, revision)
    return Saved(revision, change.changed_voxels, change.remarks)


def _opened(user: User, assignment_id: UUID) -> Assignment:
    open_assignment(assignment_id=assignment_id, actor=user)
    return one_of(assignments_visible_to(user), assignment_id)
