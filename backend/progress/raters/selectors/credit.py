"""What each person did in a project, for authorship and pay: a line each, over all cases."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.db.models import Max, Min, Sum
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
KINDS = (TaskKind.CORRECT, TaskKind.GRADE, TaskKind.ADJUDICATE, TaskKind.REVIEW)


@dataclass(slots=True)
class Credit:
    """What one person handed in. Hours are all of theirs; cases and vertebrae those of the data set only.

    A case counts once for each person, however many rounds it took; its vertebrae are those of their last
    mask, or of their last grades where they drew none.
    """

    active_seconds: int = 0
    submissions: int = 0
    first: date | None = None
    last: date | None = None
    cases: set[UUID] = field(default_factory=set)
    by_kind: dict[str, set[UUID]] = field(default_factory=lambda: defaultdict(set))
    vertebrae: dict[UUID, int] = field(default_factory=dict)  # by case


def credits_of(project: Project) -> dict[UUID, Credit]:
    """By person; a fixed number of queries.

    Copies made to train and to measure count in the hours, and nowhere else: a table that somebody hands on
    must not tell raters which of their cases were copies.
    """
    credits: dict[UUID, Credit] = defaultdict(Credit)
    handed_in = Submission.objects.filter(assignment__task__case__project=project).order_by()
    totals = handed_in.values("assignment__rater").annotate(
        seconds=Sum("active_seconds"), first=Min("created_at"), last=Max("created_at")
    )
    for row in totals:
        credit = credits[row["assignment__rater"]]
        credit.active_seconds = row["seconds"]
        credit.first = timezone.localdate(row["first"])
        credit.last = timezone.localdate(row["last"])
    of_data_set = handed_in.filter(assignment__task__case__purpose=CasePurpose.WORK).order_by("created_at")
    for rater, kind, case, vertebrae in of_data_set.values_list(
        "assignment__rater", "assignment__task__kind", "assignment__task__case", "vertebrae"
    ).iterator(chunk_size=2000):
        credit = credits[rater]
        credit.submissions += 1
        credit.cases.add(case)
        credit.by_kind[kind].add(case)
        if vertebrae:
            credit.vertebrae[case] = vertebrae
    return dict(credits)


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
            len(credit.cases),
            *(len(credit.by_kind[kind]) for kind in KINDS),
            sum(credit.vertebrae.values()),
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
