"""Agreement of a project's raters over all compared cases, from the stored comparisons, kept in the cache.

A comparison never changes once it is made, so what was computed from a set of them stands for that set.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import combinations
from typing import Any

from django.core.cache import cache

from backend.accounts.models import User
from backend.annotation.models import Case
from backend.annotation.selectors import cases_managed_by, cases_open_to
from backend.common.models import JobState
from backend.consensus.answers import slot_name
from backend.consensus.models import Comparison
from backend.projects.models import Project
from backend.science.agreement.grades import Estimate
from backend.science.agreement.pair import number
from backend.science.agreement.pooled import (
    MEASURES,
    GradedVertebra,
    PairMeasure,
    means,
    pool_grades,
    volume_limits,
)
from backend.science.labels import sort_labels

CACHE_SECONDS = 30 * 24 * 3600
CACHE_VERSION = 1  # goes up with the shape of the report
MAX_POINTS = 1500  # of the Bland-Altman plot; the limits are computed from all


def project_agreement(*, project: Project, user: User) -> dict[str, Any]:
    """How well the raters of a project agree, for a manager.

    Cases on which the manager has unfinished independent work of their own are left out: `cases_open_to`
    hides them, and so does this.
    """
    cases = cases_open_to(user).filter(project=project, pk__in=cases_managed_by(user).values("pk"))
    ids = _standing(cases)
    digest = hashlib.sha256(b"".join(sorted(pk.bytes for pk in ids))).hexdigest()
    key = f"agreement:{CACHE_VERSION}:{project.pk}:{digest}"
    report: dict[str, Any] | None = cache.get(key)
    if report is None:
        report = _report(ids)
        cache.set(key, report, CACHE_SECONDS)
    return {**report, "raters": named(report["raters"])}


def named(ids: list[str]) -> list[dict[str, Any]]:
    """People by name; names may change while the figures stay in the cache."""
    people = User.objects.filter(pk__in=ids).order_by("display_name", "email")
    return [{"id": person.pk, "name": person.name} for person in people]


def _standing(cases: Any) -> list[Any]:
    """The latest finished comparison of every task."""
    rows = Comparison.objects.filter(task__case__in=cases, state=JobState.SUCCEEDED).order_by("created_at")
    latest = {task_id: pk for pk, task_id in rows.values_list("pk", "task_id")}
    return list(latest.values())


def _report(ids: list[Any]) -> dict[str, Any]:
    comparisons = list(
        Comparison.objects.filter(pk__in=ids)
        .select_related("task__case__volume__series")
        .prefetch_related("submissions__assignment")
        .order_by("task__case__created_at", "created_at")
    )
    measures: list[PairMeasure] = []
    graded: list[GradedVertebra] = []
    naming: list[dict[str, Any]] = []
    people: set[str] = set()
    for comparison in comparisons:
        case = comparison.task.case
        submissions = sorted(comparison.submissions.all(), key=lambda one: one.assignment.slot)
        people |= {str(one.assignment.rater_id) for one in submissions}
        # masks are numbered among those who handed one in, grades among all
        drawers = [str(one.assignment.rater_id) for one in submissions if one.mask_id is not None]
        letters = [slot_name(one.assignment.slot) for one in submissions if one.mask_id is not None]
        readers = [str(one.assignment.rater_id) for one in submissions]
        patient = str(case.volume.series.patient_id)
        measures += _measures(comparison.report, patient, str(case.pk), drawers)
        answers = comparison.report.get("grades", {}).get("labels", {})
        graded += [GradedVertebra(patient, dict(zip(readers, row, strict=False))) for row in answers.values()]
        naming += _naming(comparison.report, case, letters)
    return {
        "comparisons": len(comparisons),
        "cases": len({comparison.task.case_id for comparison in comparisons}),
        "patients": len({comparison.task.case.volume.series.patient_id for comparison in comparisons}),
        "raters": sorted(people),
        "overall": _numbers(measures),
        "levels": _levels(measures),
        **_by_raters(measures, graded),
        "volumes": _volumes(measures),
        "naming": naming,
    }


def _measures(report: dict[str, Any], patient: str, case: str, raters: list[str]) -> Iterator[PairMeasure]:
    """Each two raters on each vertebra that at least one of them drew."""
    for entry in report.get("labels", {}).values():
        for instance in (entry, *entry.get("also", [])):
            missing = set(instance["missing"])
            shapes = {tuple(sorted(shape["raters"])): shape for shape in instance["pairs"]}
            for a, b in combinations(range(len(raters)), 2):
                if a in missing and b in missing:
                    continue
                shape = shapes.get((a, b))
                values = {"dice": 0.0} if shape is None else _defined(shape)
                volumes = None
                if shape is not None and None not in (shape["volume_a_ml"], shape["volume_b_ml"]):
                    volumes = (float(shape["volume_a_ml"]), float(shape["volume_b_ml"]))
                who = (raters[a], raters[b])
                yield PairMeasure(
                    patient, case, int(instance["label"]), who, shape is not None, values, volumes
                )


def _defined(shape: dict[str, Any]) -> dict[str, float]:
    return {name: float(shape[name]) for name in MEASURES if shape.get(name) is not None}


def _naming(report: dict[str, Any], case: Case, letters: list[str]) -> list[dict[str, Any]]:
    return [
        {
            "case_id": str(case.pk),
            "alias": case.alias,
            "label": dispute["label"],
            "names": [
                {"slot": slot, "label": name} for slot, name in zip(letters, dispute["names"], strict=False)
            ],
        }
        for dispute in report.get("naming_disputes", [])
    ]


def _row(estimate: Estimate) -> dict[str, float | None]:
    return estimate.to_json()


def _numbers(measures: list[PairMeasure]) -> dict[str, Any]:
    found = means(measures)
    return {
        "pairs": len(measures),
        "patients": len({measure.patient for measure in measures}),
        "missing": sum(not measure.drawn for measure in measures),
        **{name: _row(found[name]) for name in MEASURES},
    }


def _levels(measures: list[PairMeasure]) -> list[dict[str, Any]]:
    by_label: dict[int, list[PairMeasure]] = {}
    for measure in measures:
        by_label.setdefault(measure.label, []).append(measure)
    return [{"label": label, **_numbers(by_label[label])} for label in sort_labels(by_label)]


def _by_raters(measures: list[PairMeasure], graded: list[GradedVertebra]) -> dict[str, Any]:
    """Each two raters on what they share, and all of them on grades."""
    by_pair: dict[tuple[str, str], list[PairMeasure]] = {}
    for measure in measures:
        first, second = sorted(measure.raters)
        by_pair.setdefault((first, second), []).append(measure)
    grades = pool_grades(graded)
    pairs = []
    for pair in sorted({*by_pair, *grades.kappa}):
        vertebrae, kappa = grades.kappa.get(pair, (0, None))
        pairs.append(
            {
                "first": pair[0],
                "second": pair[1],
                "cases": len({measure.case for measure in by_pair.get(pair, [])}),
                **_numbers(by_pair.get(pair, [])),
                "graded": vertebrae,
                "kappa": _row(kappa) if kappa is not None else None,
            }
        )
    return {
        "pairs": pairs,
        "grades": {
            "vertebrae": grades.vertebrae,
            "patients": grades.patients,
            "differing": grades.differing,
            "fleiss": _row(grades.fleiss),
            "alpha": _row(grades.alpha),
            "ac2": _row(grades.ac2),
        },
    }


def _volumes(measures: list[PairMeasure]) -> dict[str, Any]:
    limits = volume_limits(measures)
    known = [(m.label, m.volumes_ml) for m in measures if m.volumes_ml is not None]
    step = max(1, -(-len(known) // MAX_POINTS))
    return {
        "pairs": limits.pairs,
        "bias_ml": _row(limits.bias),
        "lower_ml": number(limits.lower),
        "upper_ml": number(limits.upper),
        "points": [
            {"label": label, "mean_ml": round((a + b) / 2, 3), "difference_ml": round(a - b, 3)}
            for label, (a, b) in known[::step]
        ],
    }
