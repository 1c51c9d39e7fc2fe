"""Who may read which question, and in which words.

A question may say what somebody found. So of a case that is being rated it is read by who asked, and by the
project's managers and experts who do not rate the case themselves at this moment; whoever opens it is noted
as having seen others' work, and gets no independent task on that case any more. What people ask of copies
that measure them reaches nobody: to answer would tell what they are.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import Count, F, QuerySet

from backend.accounts.models import User
from backend.annotation.cases.selectors.people import NO_NAME, PeopleNames
from backend.annotation.models import Case, CasePurpose, Question, Reply
from backend.annotation.selectors import cases_rated_now_by
from backend.projects.models import Project
from backend.projects.selectors import (
    MANAGERS_AND_EXPERTS,
    projects_visible_to,
    projects_with_role,
    protocol_of,
)

STATES = ("open", "answered", "closed")


def own_questions(user: User) -> QuerySet[Question]:
    """What somebody has asked, in projects where they still work."""
    return _rows().filter(asked_by=user, case__project__in=projects_visible_to(user))


def questions_answered_by(user: User) -> QuerySet[Question]:
    """Questions of others that somebody may read and answer."""
    projects = projects_with_role(user, *MANAGERS_AND_EXPERTS)
    return (
        _rows()
        .filter(case__project__in=projects, case__purpose=CasePurpose.WORK)
        .exclude(case__in=cases_rated_now_by(user))
        .exclude(asked_by=user)
    )


def hearers_of(question_id: UUID, *, but: UUID) -> list[UUID]:
    """Who is told that a question has changed: who asked it, and who may read it now; not ``but``."""
    question = Question.objects.select_related("case", "asked_by").get(pk=question_id)
    answering = User.objects.filter(
        memberships__project=question.case.project_id,
        memberships__active=True,
        memberships__role__in=MANAGERS_AND_EXPERTS,
    )
    reading = [
        person.pk
        for person in answering.exclude(pk__in=[but, question.asked_by_id]).distinct()
        if questions_answered_by(person).filter(pk=question.pk).exists()
    ]
    return reading if question.asked_by_id == but else [question.asked_by_id, *reading]


def _rows() -> QuerySet[Question]:
    return Question.objects.select_related("case__project", "asked_by", "version").defer(
        "version__text", "case__project__guidelines"
    )


def questions_on(user: User, case: Case) -> QuerySet[Question]:
    """What this person has asked on a case, the newest first."""
    return own_questions(user).filter(case=case).order_by("-created_at").prefetch_related("replies")


def questions_in(project: Project, user: User, state: str) -> list[tuple[Question, int]]:
    """What waits for an answer, or all that was asked, with the number of replies; closed ones last."""
    rows = questions_answered_by(user).filter(case__project=project)
    if state == "open":
        rows = rows.filter(answered_at__isnull=True, closed_at__isnull=True)
    found = list(rows.order_by(F("closed_at").asc(nulls_first=True), "created_at"))
    replies = Reply.objects.filter(question__in=found).order_by().values_list("question_id")
    counts = dict(replies.annotate(n=Count("pk")))
    return [(row, counts.get(row.pk, 0)) for row in found]


def state_of(question: Question) -> str:
    if question.closed_at is not None:
        return "closed"
    return "open" if question.answered_at is None else "answered"


def lines(project: Project, user: User, state: str) -> list[dict[str, Any]]:
    """The list, which says of a case no more than that somebody asked, and where."""
    hidden = protocol_of(project).double_blind
    return [
        {
            **_outline(question),
            "asked_by": NO_NAME if hidden else question.asked_by.name,
            "replies": count,
        }
        for question, count in questions_in(project, user, state)
    ]


def thread(question: Question, reader: User) -> dict[str, Any]:
    """A question with what was answered, for who asked or who answers.

    To who asked every answer is simply that: the name of an expert who rates the same case would tell it.
    """
    own = question.asked_by_id == reader.pk
    names = None if own else PeopleNames(reader, question.case)
    replies = [
        {
            "id": reply.pk,
            "mine": reply.author_id == reader.pk,
            "by": "" if names is None else names.name_of(reply.author),
            "text": reply.text,
            "at": reply.created_at,
        }
        for reply in question.replies.select_related("author").order_by("created_at")
    ]
    return {
        **_outline(question),
        "asked_by": "" if names is None else names.name_of(question.asked_by),
        "mine": own,
        "text": question.text,
        "replies": replies,
    }


def _outline(question: Question) -> dict[str, Any]:
    return {
        "id": question.pk,
        "case_id": question.case_id,
        "case_alias": question.case.alias,
        "label": question.label,
        "voxel": question.voxel,
        "state": state_of(question),
        "in_draft": question.in_draft,
        "version": question.version.number if question.version is not None else None,
        "asked_at": question.created_at,
    }


def answered_by_versions(project: Project, user: User) -> dict[int, list[dict[str, Any]]]:
    """By version the questions that it answers, as far as this person may read them."""
    rows = questions_answered_by(user) | own_questions(user)
    found: dict[int, list[dict[str, Any]]] = {}
    for question in rows.filter(case__project=project, version__isnull=False).order_by("created_at"):
        if question.version is not None:
            found.setdefault(question.version.number, []).append(
                {"id": question.pk, "case_alias": question.case.alias, "label": question.label}
            )
    return found


def open_questions(user: User, projects: Collection[UUID]) -> QuerySet[Question]:
    """Questions without an answer in projects of this person."""
    rows = questions_answered_by(user).filter(case__project__in=projects)
    return rows.filter(answered_at__isnull=True, closed_at__isnull=True)
