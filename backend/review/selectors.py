"""Who may read which comment; decisions of a case."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from backend.accounts.models import User
from backend.annotation.cases.selectors.people import PeopleNames
from backend.annotation.models import Assignment, Case, TaskKind
from backend.annotation.selectors import assignments_visible_to, cases_open_to
from backend.projects.models import Membership, Role
from backend.review.models import PinnedComment, ReviewDecision


def reviews_of(user: User) -> QuerySet[Assignment]:
    """The user's own reviews, in hand or done."""
    return assignments_visible_to(user).filter(task__kind=TaskKind.REVIEW)


def comments_visible_to(user: User, case: Case) -> QuerySet[PinnedComment]:
    """Comments on a case that the user may read.

    Who may see everybody's work reads all of them. Anybody else reads their own, and what a reviewer or
    adjudicator wrote on the user's own assignment; never another rater's.
    """
    rows = PinnedComment.objects.filter(case=case).select_related("author", "assignment__task", "parent")
    if cases_open_to(user).filter(pk=case.pk).exists():
        return rows
    mine = assignments_visible_to(user).filter(task__case=case).values("pk")
    return rows.filter(Q(author_id=user.pk) | Q(assignment__in=mine))


def readers_of(comment_id: UUID, *, but: UUID) -> list[UUID]:
    """Who takes part in a comment's case, or manages its project, and may read the comment.

    ``but`` is whoever wrote or settled it. A manager with unfinished blinded work on the case is no reader.
    """
    comment = PinnedComment.objects.select_related("case").get(pk=comment_id)
    case = comment.case
    managers = Membership.objects.filter(project=case.project_id, active=True, role=Role.MANAGER)
    people = User.objects.filter(
        Q(assignments__task__case=case)
        | Q(pk__in=case.comments.values("author"))
        | Q(pk__in=managers.values("user"))
    ).exclude(pk=but)
    return [
        person.pk
        for person in people.distinct()
        if comments_visible_to(person, case).filter(pk=comment.pk).exists()
    ]


def latest_decision(case: Case) -> ReviewDecision | None:
    return case.review_decisions.order_by("-created_at").first()


def author_name(comment: PinnedComment, reader: User) -> str:
    """Who wrote a comment, as this reader may know it."""
    if comment.author_id == reader.pk:
        return "You"
    if cases_open_to(reader).filter(pk=comment.case_id).exists():
        return PeopleNames(reader, comment.case).name_of(comment.author)
    return "Reviewer"
