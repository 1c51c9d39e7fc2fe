"""Writes of a project's guidelines: a draft of its managers, published as a version that never changes."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

from backend.accounts.models import User
from backend.audit import services as audit
from backend.audit.acts import people_acts
from backend.common.errors import Conflict, Invalid
from backend.common.storage import put_blob
from backend.projects.guideline_pictures import cleaned_picture
from backend.projects.guideline_selectors import version_in_force
from backend.projects.models import (
    GuidelineDraft,
    GuidelinePicture,
    GuidelineReceipt,
    GuidelineVersion,
    Project,
    ReadHow,
    Role,
)
from backend.projects.selectors import require_role

MAX_TEXT = 200_000  # characters


class DraftChanged(Conflict):
    code = "draft_changed"
    message = (
        "Somebody else has changed the draft since you opened it. Load it again; your text is still here."
    )


class NothingNew(Conflict):
    code = "nothing_new"
    message = "The draft says what the version in force says. Change the text before you publish it."


class ChangesUnsaid(Invalid):
    code = "changes_unsaid"
    message = "Say in a line what has changed: readers see it beside the new version."


OnPublish = Callable[[GuidelineVersion], int]
_on_publish: list[OnPublish] = []


def register_on_publish(act: OnPublish) -> OnPublish:
    """Let the layer that knows questions note which of them a version answers; it returns how many."""
    if act not in _on_publish:
        _on_publish.append(act)
    return act


@transaction.atomic
def save_draft(*, actor: User, project: Project, text: str, changes: str, revision: int) -> GuidelineDraft:
    """Keep what the next version is to say. ``revision`` is the draft's as it was read, 0 where none was.

    Raises
    ------
    DraftChanged
        Somebody has saved the draft meanwhile.
    """
    require_role(actor, project, Role.MANAGER)
    Project.objects.select_for_update().get(pk=project.pk)
    draft = GuidelineDraft.objects.filter(project=project).first()
    if (draft.revision if draft is not None else 0) != revision:
        raise DraftChanged
    if draft is None:
        return GuidelineDraft.objects.create(project=project, text=_checked(text), changes=changes.strip())
    draft.text, draft.changes = _checked(text), changes.strip()
    draft.revision += 1
    draft.save()
    return draft


@transaction.atomic
def drop_draft(*, actor: User, project: Project) -> None:
    """Throw the draft away; safe to repeat."""
    require_role(actor, project, Role.MANAGER)
    GuidelineDraft.objects.filter(project=project).delete()


def add_to_draft(*, project: Project, paragraph: str) -> GuidelineDraft:
    """Put a paragraph at the end of the draft, in the caller's transaction, who has checked who asks."""
    row = Project.objects.select_for_update().get(pk=project.pk)
    draft, created = GuidelineDraft.objects.get_or_create(project=row, defaults={"text": row.guidelines})
    draft.text = _checked(f"{draft.text.rstrip()}\n\n{paragraph}\n".lstrip())
    draft.revision += 0 if created else 1
    draft.save()
    return draft


@transaction.atomic
def publish_draft(
    *, actor: User, project: Project, revision: int, changes: str, must_read: bool
) -> GuidelineVersion:
    """Make the draft the version in force.

    Raises
    ------
    DraftChanged, NothingNew, ChangesUnsaid
        Somebody has saved the draft meanwhile; there is none, or it says what stands already; no line on what
        changed.
    """
    require_role(actor, project, Role.MANAGER)
    row = Project.objects.select_for_update().get(pk=project.pk)
    draft = GuidelineDraft.objects.filter(project=project).first()
    if draft is None or draft.text == row.guidelines:
        raise NothingNew
    if draft.revision != revision:
        raise DraftChanged
    if not changes.strip():
        raise ChangesUnsaid
    made = publish_text(
        actor=actor, project=row, text=draft.text, changes=changes.strip(), must_read=must_read
    )
    draft.delete()
    return made


def publish_text(
    *, actor: User, project: Project, text: str, changes: str = "", must_read: bool = False
) -> GuidelineVersion:
    """Publish a text in the caller's transaction, which holds the (locked or new) project's row."""
    standing = version_in_force(project)
    made = GuidelineVersion.objects.create(
        project=project,
        number=standing.number + 1 if standing is not None else 1,
        text=_checked(text),
        changes=changes,
        must_read=must_read,
        published_by=actor,
    )
    project.guidelines = text
    project.save(update_fields=["guidelines", "updated_at"])
    GuidelineReceipt.objects.create(version=made, user=actor, how=ReadHow.WROTE)
    answers = sum(act(made) for act in _on_publish)
    audit.record(
        actor=actor,
        act=people_acts.GuidelinesPublished(version=made.number, must_read=must_read, questions=answers),
        subject=project,
        project_id=project.pk,
    )
    return made


def note_read(*, actor: User, version: GuidelineVersion, how: str) -> GuidelineReceipt:
    """Note that somebody has read a version; the first time stands."""
    receipt, _ = GuidelineReceipt.objects.get_or_create(version=version, user=actor, defaults={"how": how})
    return receipt


def add_picture(*, actor: User, project: Project, data: bytes) -> GuidelinePicture:
    """Keep a picture for the guidelines, encoded anew so that nothing but its pixels stays.

    Raises
    ------
    Invalid, TooLarge
        It is no PNG or JPEG that can be read; it is too large.
    """
    require_role(actor, project, Role.MANAGER)
    picture = cleaned_picture(data)
    blob = put_blob(data=picture.data, media_type=picture.media_type)
    return GuidelinePicture.objects.create(
        project=project, blob=blob, width=picture.width, height=picture.height, added_by=actor
    )


def _checked(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise Invalid(
            "text_too_long", f"Guidelines may have {MAX_TEXT:,} characters; these have {len(text):,}."
        )
    return text
