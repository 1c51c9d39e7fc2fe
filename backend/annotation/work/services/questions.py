"""Questions on a case: asked while rating, answered by managers and experts, taken into the guidelines."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.cases.services.cases import assignment_changed
from backend.annotation.cases.services.sightings import note_sighting
from backend.annotation.errors import NotAnswered, QuestionClosed
from backend.annotation.events import QuestionChanged
from backend.annotation.models import Assignment, Question, Reply, SightKind
from backend.audit import services as audit
from backend.audit.acts import case_acts
from backend.common.errors import Invalid
from backend.common.events import publish
from backend.projects.guidelines import add_to_draft
from backend.projects.models import GuidelineDraft, GuidelineVersion, Role
from backend.projects.selectors import require_role

DISCUSS = "discuss"  # the concern that is a question


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks, and where: a vertebra, a voxel, both or neither."""

    text: str
    label: int | None = None
    voxel: tuple[int, int, int] | None = None


@transaction.atomic
def ask(*, assignment: Assignment, actor: User, asked: Asked) -> Question:
    """Ask about the case of one's own task.

    Raises
    ------
    Invalid
        No text, or a voxel outside of the volume.
    """
    if not asked.text.strip():
        raise Invalid("question_empty", "Write what you want to know.")
    case = assignment.task.case
    if asked.voxel is not None:
        inside = all(0 <= at < size for at, size in zip(asked.voxel, case.volume.shape, strict=True))
        if not inside:
            raise Invalid("voxel_outside", "This voxel lies outside of the volume.")
    question = Question.objects.create(
        assignment=assignment,
        case=case,
        asked_by=actor,
        text=asked.text.strip(),
        label=asked.label,
        voxel=list(asked.voxel) if asked.voxel is not None else None,
    )
    audit.record(
        actor=actor,
        act=case_acts.QuestionAsked(question=question.pk),
        subject=case,
        project_id=case.project_id,
    )
    publish(QuestionChanged(question.pk, actor.pk, case.project_id))
    return question


def show(*, question: Question, reader: User) -> Question:
    """The question, for somebody else than who asked: that they have seen it is noted."""
    if question.asked_by_id != reader.pk:
        note_sighting(case=question.case, user=reader, kind=SightKind.QUESTION)
    return question


def reply(*, question: Question, actor: User, text: str) -> Reply:
    """Write in a question. An answer settles what its rater told the manager of the same task.

    Raises
    ------
    Invalid, QuestionClosed
        No text; nobody may write there any more.
    """
    show(question=question, reader=actor)
    return _write(question.pk, actor, text.strip())


@transaction.atomic
def _write(question_id: UUID, actor: User, text: str) -> Reply:
    if not text:
        raise Invalid("reply_empty", "Write an answer.")
    question = _locked(question_id)
    if question.closed_at is not None:
        raise QuestionClosed
    made = Reply.objects.create(question=question, author=actor, text=text)
    asks_again = question.asked_by_id == actor.pk
    question.answered_at = None if asks_again else timezone.now()
    question.save(update_fields=["answered_at", "updated_at"])
    if not asks_again:
        _settle(question)
    _record(question, actor, case_acts.QuestionAnswered(question=question.pk))
    return made


@transaction.atomic
def close(*, question: Question, actor: User) -> None:
    """End a question: it was dealt with, or whoever asked it withdraws it. Safe to repeat."""
    row = _locked(question.pk)
    if row.closed_at is not None:
        return
    row.closed_at = timezone.now()
    row.save(update_fields=["closed_at", "updated_at"])
    _settle(row)
    _record(row, actor, case_acts.QuestionClosed(question=row.pk))


@transaction.atomic
def take_into_draft(*, question: Question, actor: User) -> GuidelineDraft:
    """Put the last answer at the end of the draft of the guidelines, to be edited there.

    The question itself stays out, and so does the case: everybody in the project reads guidelines.

    Raises
    ------
    NotAnswered
        There is no answer yet.
    """
    require_role(actor, question.case.project, Role.MANAGER)
    row = _locked(question.pk)
    answer = row.replies.exclude(author_id=row.asked_by_id).order_by("-created_at").first()
    if answer is None:
        raise NotAnswered
    draft = add_to_draft(project=row.case.project, paragraph=answer.text)
    row.in_draft = True
    row.save(update_fields=["in_draft", "updated_at"])
    return draft


def note_answered(version: GuidelineVersion) -> int:
    """A published version answers what was taken into its draft; how many questions these are."""
    rows = Question.objects.filter(case__project=version.project_id, in_draft=True)
    return rows.update(in_draft=False, version=version, updated_at=timezone.now())


def _settle(question: Question) -> None:
    """The concern by which the rater asked needs no other answer."""
    assignment = Assignment.objects.select_for_update().get(pk=question.assignment_id)
    if assignment.concern == DISCUSS and assignment.concern_at is not None:
        assignment.concern_at = None
        assignment.save(update_fields=["concern_at", "updated_at"])
        assignment_changed(assignment, question.case)


def _record(
    question: Question, actor: User, act: case_acts.QuestionAnswered | case_acts.QuestionClosed
) -> None:
    audit.record(actor=actor, act=act, subject=question.case, project_id=question.case.project_id)
    publish(QuestionChanged(question.pk, actor.pk, question.case.project_id))


def _locked(question_id: UUID) -> Question:
    rows = Question.objects.select_for_update(of=("self",)).select_related("case__project")
    return rows.get(pk=question_id)
