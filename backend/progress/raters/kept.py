"""Reliability, what weights it proposes, and automation bias as figures that are kept.

A manager sees all cases but those on which they have unfinished independent work of their own; anybody else
their own line, with figures of those cases alone that are open to them. Kept figures belong to that very set
of cases: where it changes, others are computed, and these are not shown any more.
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from backend.accounts.models import User
from backend.annotation.models import CasePurpose, Submission
from backend.annotation.selectors import cases_open_to, cases_rated_now_by
from backend.progress.keeping.kinds import Kind, Made, View, plain, view_of
from backend.progress.raters import serializers as wire
from backend.progress.raters.selectors.automation_bias import automation_bias
from backend.progress.raters.selectors.reliability import names_cases, project_reliability
from backend.progress.raters.selectors.weighting import weight_proposals
from backend.projects.models import Project, Role
from backend.projects.selectors import has_role

SHOWN_OF_MANY = 40  # hand-ins, exercises and warnings of one rater on the page of all of them


def _manages(project: Project, user: User) -> bool:
    return has_role(user, project, Role.MANAGER)


def _managers_view(project: Project, user: User) -> View:
    closed = cases_rated_now_by(user).filter(project=project, purpose=CasePurpose.WORK)
    ids = set(closed.values_list("pk", flat=True))
    named = names_cases(project, manages=True)
    return view_of(user if ids else None, "manager", named, ids)


def _view(project: Project, user: User) -> View:
    if _manages(project, user):
        return _managers_view(project, user)
    opened = cases_open_to(user).filter(project=project)
    return view_of(user, "own", set(opened.values_list("pk", flat=True)))


def _submissions(project: Project, user: User) -> QuerySet[Any]:
    return Submission.objects.filter(assignment__task__case__project=project)


def _reads(project: Project, user: User) -> QuerySet[Any]:
    """All hand-ins for a manager; one's own, and all of open cases, for anybody else."""
    if _manages(project, user):
        return _submissions(project, user)
    opened = cases_open_to(user).filter(project=project)
    own = _submissions(project, user).filter(assignment__rater=user).values("pk").order_by()
    others = Submission.objects.filter(assignment__task__case__in=opened).values("pk").order_by()
    return own.union(others, all=True)


def _reliability(project: Project, user: User) -> Made:
    report = project_reliability(project=project, user=user)
    everybody = report["everybody"]
    proposals = weight_proposals(report["raters"]) if everybody else []
    lines = [_shortened(line) for line in report["raters"]] if everybody else report["raters"]
    return Made(
        {"everybody": everybody},
        {
            "rater": plain(wire.RaterReliabilitySerializer(lines, many=True).data),
            "proposal": plain(wire.WeightProposalSerializer(proposals, many=True).data),
        },
    )


def _shortened(line: dict[str, Any]) -> dict[str, Any]:
    """What a page of all raters has room for: the newest of what goes back in time."""
    exercises = {
        kind: {**line[kind], "history": line[kind]["history"][-SHOWN_OF_MANY:]}
        for kind in ("gold", "repeats")
    }
    lists = {name: line[name][-SHOWN_OF_MANY:] for name in ("history", "warnings")}
    return {**line, **exercises, **lists}


def _bias(project: Project, user: User) -> Made:
    return Made(plain(wire.BiasFiguresSerializer(automation_bias(project=project, user=user)).data))


def _no_bias() -> Made:
    nothing = {"value": None, "low": None, "high": None}
    measures = dict.fromkeys(("final_dice", "volume_difference_ml", "minutes_per_vertebra"), nothing)
    group = {"submissions": 0, "cases": 0, "patients": 0, **measures}
    return Made({"engine": group, "blank": group, "difference": measures})


RELIABILITY = Kind(
    name="reliability",
    make=_reliability,
    empty=Made({"everybody": True}),
    reads=_reads,
    seen_by=_view,
    form=2,
)

AUTOMATION_BIAS = Kind(
    name="automation_bias",
    make=_bias,
    empty=_no_bias(),
    reads=_submissions,
    seen_by=_managers_view,
)

KINDS = (RELIABILITY, AUTOMATION_BIAS)
