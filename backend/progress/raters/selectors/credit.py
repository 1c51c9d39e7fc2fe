"""What each person did in a project, for authorship and pay: a line each, over all cases."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.models import CasePurpose, Submission, TaskKind
from backend.projects.models import Membership, Project
from backend.projects.selectors import people_in

COLUMNS = (
    "name",
    "email",
    "roles",
    "active_member",
    "first_day",
    "last_day",
    "active_hours",
    "submissions",
    "cases",
    "cases_segmented",
    "cases_graded_only",
    "cases_adjudicated",
    "cases_reviewed",
    "vertebrae",
)
PAIR = ("assignment__rater", "assignment__task__case")
KINDS = (TaskKind.CORRECT, TaskKind.GRADE, TaskKind.ADJUDICATE, TaskKind.REVIEW)


@dataclass(slots=True)
class Credit:
    """What one person handed in. Hours are all of theirs; cases and vertebrae those of the data set only.

    A case counts once for each person, however many rounds it took; its vertebrae are those of their last
    mask, or of their last grades where they drew none.
    """

    active_seconds: int = 0
    first: date | None = None
    last: date | None = None
    submissions: int = 0
    cases: int = 0
    by_kind: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))  # cases
    vertebrae: int = 0


def credits_of(project: Project) -> dict[UUID, Credit]:
    """By person; a fixed number of queries, in which the database counts.

    Copies made to train and to measure count in the hours, and nowhere else: a table that somebody hands on
    must not tell raters which of their cases were copies.
    """
    handed_in = Submission.objects.filter(assignment__task__case__project=project).order_by()
    of_data_set = Q(assignment__task__case__purpose=CasePurpose.WORK)
    rows = handed_in.values("assignment__rater").annotate(
        seconds=Sum("active_seconds"),
        first=Min("created_at"),
        last=Max("created_at"),
        submissions=Count("pk", filter=of_data_set),
        cases=_cases(of_data_set),
        vertebrae=Coalesce(Sum("vertebrae", filter=of_data_set), 0),
        **{kind: _cases(of_data_set & Q(assignment__task__kind=kind)) for kind in KINDS},
    )
    credits: dict[UUID, Credit] = {}
    for row in rows:
        counts: dict[str, Any] = {**row}  # a kind is a column, which no checker knows by name
        credits[row["assignment__rater"]] = Credit(
            active_seconds=row["seconds"],
            first=timezone.localdate(row["first"]),
            last=timezone.localdate(row["last"]),
            submissions=row["submissions"],
            cases=row["cases"],
            by_kind={kind: counts[kind] for kind in KINDS},
            vertebrae=row["vertebrae"],
        )
    for rater, superseded in _superseded(handed_in.filter(of_data_set, vertebrae__gt=0)):
        credits[rater].vertebrae -= superseded
    return credits


def _superseded(counted: QuerySet[Submission]) -> Iterator[tuple[UUID, int]]:
    """By person the vertebrae of hand-ins that a later one of theirs on the same case stands for.

    Few cases are handed in more than once, so only those are read.
    """
    pairs = counted.values(*PAIR).annotate(n=Count("pk")).filter(n__gt=1)
    repeated = set(pairs.values_list(*PAIR))
    rows = counted.filter(assignment__task__case__in={case for _, case in repeated}).order_by("created_at")
    before: dict[tuple[UUID, UUID], int] = {}
    for rater, case, vertebrae in rows.values_list(*PAIR, "vertebrae"):
        if (rater, case) in before:
            yield rater, before[rater, case]
        if (rater, case) in repeated:
            before[rater, case] = vertebrae


def _cases(of: Q) -> Count:
    return Count("assignment__task__case", distinct=True, filter=of)


def credit_table(project: Project) -> Iterator[list[str | int | float | None]]:
    """The lines of the table, by name: everybody who has or had a part, whether or not they did anything."""
    yield [*COLUMNS]
    credits = credits_of(project)
    roles, active = _roles(project)
    people: list[User] = sorted(people_in(project), key=lambda person: (person.name.lower(), person.email))
    for person in people:
        credit = credits.get(person.pk, Credit())
        yield [
            person.name,
            person.email,
            " ".join(roles[person.pk]),
            "yes" if active[person.pk] else "no",
            credit.first.isoformat() if credit.first else None,
            credit.last.isoformat() if credit.last else None,
            round(credit.active_seconds / 3600, 2),
            credit.submissions,
            credit.cases,
            *(credit.by_kind[kind] for kind in KINDS),
            credit.vertebrae,
        ]


def _roles(project: Project) -> tuple[dict[UUID, list[str]], Counter[UUID]]:
    roles: dict[UUID, list[str]] = defaultdict(list)
    active: Counter[UUID] = Counter()
    rows = Membership.objects.filter(project=project).order_by("role")
    for user_id, role, is_active in rows.values_list("user_id", "role", "active"):
        if role not in roles[user_id]:
            roles[user_id].append(role)
        active[user_id] += is_active
    return roles, active
