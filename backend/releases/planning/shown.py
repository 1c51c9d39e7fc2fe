"""A plan as a manager sees it, for a draft or before there is one."""

from __future__ import annotations

from collections import Counter
from typing import Any

from backend.accounts.models import User
from backend.annotation.selectors import cases_rated_now_by
from backend.projects.models import Project
from backend.releases.errors import NotADraft
from backend.releases.models import Release, ReleaseState
from backend.releases.planning.plan import Plan, make_plan
from backend.releases.planning.rules import LeftOut, counted_by_rule
from backend.releases.planning.ungraded import Ungraded, ungraded
from backend.releases.raters import size_of
from backend.releases.services.drafting import asked_by, subject_name

MOST_LEFT_OUT = 500  # named; all are counted


def plan_row(project: Project, plan: Plan, user: User, *, stale: bool = False) -> dict[str, Any]:
    """Who is in and where, who is left out by which rule, and how even the splits are.

    What the rules found of a case that this person rates blindly now is not told.
    """
    series = Counter(case.volume.series.patient_id for case in plan.cases)
    blind = set(cases_rated_now_by(user).values_list("pk", flat=True))
    lacking = ungraded(project, plan.cases)
    return {
        "patients": len(plan.places),
        "cases": len(plan.cases),
        "stale": stale,
        "rules": [{"rule": rule, "cases": n} for rule, n in counted_by_rule(plan.left_out).items()],
        "left_out": [_left_row(one, told=one.case.pk not in blind) for one in plan.left_out[:MOST_LEFT_OUT]],
        "places": [
            {
                "subject": subject_name(place.patient.pseudonym),
                "split": place.split,
                "decided_by": place.why or "seed",
                "version": place.version,
                "series": series[pk],
            }
            for pk, place in sorted(plan.places.items(), key=lambda pair: pair[1].patient.pseudonym)
        ],
        "balance": plan.balance,
        "ungraded_vertebrae": sum(len(one.labels) for one in lacking),
        "raters": size_of(case.pk for case in plan.cases if case.pk not in blind),
        "ungraded": [_ungraded_row(one) for one in lacking if one.case.pk not in blind][:MOST_LEFT_OUT],
    }


def _ungraded_row(one: Ungraded) -> dict[str, Any]:
    series = one.case.volume.series
    return {
        "case_id": one.case.pk,
        "pseudonym": series.patient.pseudonym,
        "series": series.number,
        "labels": one.labels,
    }


def _left_row(one: LeftOut, *, told: bool) -> dict[str, Any]:
    series = one.case.volume.series
    return {
        "case_id": one.case.pk,
        "pseudonym": series.patient.pseudonym,
        "series": series.number,
        "rule": one.rule,
        "why": one.why if told else "It is told once your own work on it is handed in.",
    }


def plan_of_draft(release: Release, user: User) -> dict[str, Any]:
    """The plan of a draft as it would be made now; ``stale`` where the draft itself holds something else.

    Raises
    ------
    NotADraft
    """
    if release.state not in (ReleaseState.DRAFT, ReleaseState.FAILED):
        raise NotADraft
    plan = make_plan(asked_by(release))
    held = {
        (case, mask, split)
        for case, mask, split in release.items.values_list("case_id", "mask_id", "release_patient__split")
    }
    now = {
        (case.pk, case.accepted_mask_id, plan.places[case.volume.series.patient_id].split)
        for case in plan.cases
    }
    return plan_row(release.project, plan, user, stale=held != now)
