"""One rater's answers on each vertebra. An answer given again adds a revision; the former ones stay."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from uuid import UUID

from django.db import transaction

from backend.annotation.errors import AssignmentClosed, NotGradable, WrongKind
from backend.annotation.models import Assignment, FractureType, Grading, TaskKind
from backend.annotation.selectors import WORKING_STATES
from backend.common.errors import Invalid
from backend.measurements.grading_schema import check_fields
from backend.measurements.selectors import schema_of
from backend.science.labels import THORACOLUMBAR, name_of, sort_labels

MAX_GRADE = 3


@dataclass(frozen=True)
class Answer:
    """What a rater says of one vertebra. ``grade`` is None where it cannot be graded, with the reason."""

    grade: int | None
    fracture_type: str = ""
    foreign_material: str = "none"
    not_gradable_reason: str = ""
    deformity: str = ""
    osteoporotic: bool | None = None
    transitional: bool = False
    comment: str = ""


def check_answer(label: int, answer: Answer) -> None:
    """Refuse what no reader can mean.

    Raises
    ------
    NotGradable
        For a vertebra outside T1-L6 (cervical is "not applicable", never 0).
    Invalid
        A grade out of range, a type without a fracture, or neither a grade nor a reason for none.
    """
    if label not in THORACOLUMBAR:
        raise NotGradable(extra={"label": label})
    if answer.grade is not None and not 0 <= answer.grade <= MAX_GRADE:
        raise Invalid("grade_out_of_range", "A Genant grade is 0, 1, 2 or 3.")
    if answer.fracture_type and not answer.grade:
        raise Invalid("type_without_fracture", "A fracture type needs a grade of 1 or more.")
    if answer.fracture_type and answer.fracture_type not in FractureType.values:
        raise Invalid("unknown_type", "The type is wedge, biconcave or crush.")
    if answer.grade is None and not answer.not_gradable_reason:
        raise Invalid("reason_missing", f"Say why {name_of(label)} cannot be graded, or grade it.")


@transaction.atomic
def grade(*, assignment_id: UUID, label: int, answer: Answer) -> Grading:
    """Give or revise the answer on one vertebra. The same answer again changes nothing."""
    check_answer(label, answer)
    assignment = _gradable_assignment(assignment_id)
    check_fields(schema_of(assignment.task.case.project), asdict(answer))
    return _store(assignment, label, answer)


@transaction.atomic
def grade_rest_normal(*, assignment_id: UUID, labels: Iterable[int]) -> list[Grading]:
    """Grade 0 for each of the labels that has no answer yet; those answered keep theirs."""
    assignment = _gradable_assignment(assignment_id)
    wanted = sort_labels(set(labels))
    for label in wanted:
        check_answer(label, Answer(grade=0))
    answered = set(assignment.gradings.filter(current=True).values_list("label", flat=True))
    normal = asdict(Answer(grade=0))
    return Grading.objects.bulk_create(
        Grading(assignment=assignment, label=label, revision=1, **normal)
        for label in wanted
        if label not in answered
    )


def _gradable_assignment(assignment_id: UUID) -> Assignment:
    assignment = (
        Assignment.objects.select_for_update(of=("self",))
        .select_related("task__case__project")
        .get(pk=assignment_id)
    )
    if assignment.state not in WORKING_STATES:
        raise AssignmentClosed
    if assignment.task.kind == TaskKind.REVIEW:
        raise WrongKind("not_graded_here", "A review gives no grades: return the case with a comment.")
    return assignment


def _store(assignment: Assignment, label: int, answer: Answer) -> Grading:
    fields = asdict(answer)
    standing = assignment.gradings.filter(label=label, current=True).first()
    revision = 1
    if standing is not None:
        if all(getattr(standing, name) == value for name, value in fields.items()):
            return standing
        standing.current = False
        standing.save(update_fields=["current", "updated_at"])
        revision = standing.revision + 1
    return Grading.objects.create(assignment=assignment, label=label, revision=revision, **fields)
