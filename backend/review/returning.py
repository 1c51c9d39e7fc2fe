"""A manager's return: an accepted case to a new review, one that waits for its review to the work behind."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from backend.accounts.models import User
from backend.annotation.models import Case, CaseState, Task, TaskKind, TaskState
from backend.annotation.selectors import WORKING_STATES
from backend.annotation.work.services.bulk import Became, Outcome, each
from backend.annotation.work.services.giving import cancel_assignment
from backend.audit import services as audit
from backend.audit.acts import case_acts
from backend.common.errors import Conflict
from backend.common.events import publish
from backend.consensus.selectors import standing_mask
from backend.review.events import CaseReviewed
from backend.review.models import ReviewDecision
from backend.review.reopening import review_again
from backend.review.services import CommentMissing, send_back


class NothingToReturn(Conflict):
    code = "nothing_to_return"
    message = "Only what is accepted or waits for its review can be returned; this case is being worked on."


class ReviewInHand(Conflict):
    code = "review_in_hand"
    message = "Somebody has opened its review: they decide, or take the review back first."


def return_many(*, cases: Sequence[Case], actor: User, comment: str) -> list[Outcome]:
    """Return each case with the same words."""

    def one(case: Case) -> Became:
        return return_case(case_id=case.pk, actor=actor, comment=comment), ()

    return each(cases, one)


@transaction.atomic
def return_case(*, case_id: UUID, actor: User, comment: str) -> str:
    """Send a case one step back; what became of it, in words.

    An accepted case gets a new review; its mask stays that of the releases that have it. A case whose review
    nobody has opened goes to whoever did the work behind it, as a reviewer's return does.

    Raises
    ------
    CommentMissing, NothingToReturn, ReviewInHand
    """
    said = comment.strip()
    if not said:
        raise CommentMissing
    case = Case.objects.select_for_update(of=("self",)).select_related("project").get(pk=case_id)
    if case.state == CaseState.ACCEPTED:
        review_again(case_id=case.pk, actor=actor, note=said)
        return "Under review again"
    review = (
        case.tasks.filter(stage_key=case.stage_key, kind=TaskKind.REVIEW, state=TaskState.OPEN)
        .order_by("-round")
        .first()
    )
    if case.state != CaseState.IN_PROGRESS or review is None:
        raise NothingToReturn
    _close(review, actor)
    mask = review.start_mask or standing_mask(case)
    if mask is None:
        raise Conflict("no_mask", "There is no mask to review.")
    decision = ReviewDecision.objects.create(
        case=case, reviewer=actor, mask=mask, accepted=False, comment=said
    )
    audit.record(
        actor=actor,
        act=case_acts.CaseReturned(mask=mask.pk),
        subject=case,
        project_id=case.project_id,
    )
    send_back(review, decision)
    publish(CaseReviewed(case.pk, case.project_id, accepted=False))
    return "Returned to whoever did the work"


def _close(review: Task, actor: User) -> None:
    """End a review that nobody has begun."""
    for assignment in review.assignments.filter(state__in=WORKING_STATES):
        if assignment.opened_at is not None:
            raise ReviewInHand
        cancel_assignment(assignment_id=assignment.pk, actor=actor, reason="returned", untouched=True)
    review.state = TaskState.CANCELLED
    review.save(update_fields=["state", "updated_at"])
