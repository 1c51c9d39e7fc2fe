"""Agreement of a project's raters over many compared cases, computed from the stored comparisons."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any
from uuid import UUID

from backend.annotation.models import Case
from backend.consensus.answers import slot_name
from backend.consensus.models import Comparison
from backend.consensus.reports import ComparisonReport, ShapeAgreement
from backend.consensus.selectors import report_of
from backend.progress.raters.reports import AgreementFigures
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

READ_AT_ONCE = 100
READING_SHARE = 0.5  # of the work, the rest is resampling
MAX_NAMING = 100  # of vertebrae with several names, the newest cases; all are counted
MAX_POINTS = 600  # of the Bland-Altman plot; the limits are computed from all


Progress = Callable[[float, str], None]


def agreement_of(ids: Sequence[UUID], progress: Progress = lambda done, message: None) -> AgreementFigures:
    """How well raters agree over these comparisons. People are ids in it."""
    comparisons = (
        Comparison.objects.filter(pk__in=ids)
        .select_related("task__case__volume__series")
        .prefetch_related("submissions__assignment")
        .order_by("task__case__created_at", "created_at")
    )
    pooled = _Pooled()
    for done, comparison in enumerate(comparisons.iterator(chunk_size=READ_AT_ONCE)):
        pooled.add(comparison)
        progress(READING_SHARE * (done + 1) / len(ids), f"Read {done + 1} of {len(ids)} comparisons")
    progress(READING_SHARE, f"Resampling the patients of {len(ids)} comparisons")
    return pooled.report()


@dataclass
class _Pooled:
    """What is gathered from all comparisons before anything is computed."""

    comparisons: int = 0
    cases: set[UUID] = field(default_factory=set)
    patients: set[str] = field(default_factory=set)
    people: set[str] = field(default_factory=set)
    measures: list[PairMeasure] = field(default_factory=list)
    graded: list[GradedVertebra] = field(default_factory=list)
    naming: list[dict[str, Any]] = field(default_factory=list)

    def add(self, comparison: Comparison) -> None:
        case = comparison.task.case
        patient = str(case.volume.series.patient_id)
        submissions = sorted(comparison.submissions.all(), key=lambda one: one.assignment.slot)
        readers = [str(one.assignment.rater_id) for one in submissions]
        # masks are numbered among those who handed one in, grades among all
        drawers = [str(one.assignment.rater_id) for one in submissions if one.mask_id is not None]
        letters = [slot_name(one.assignment.slot) for one in submissions if one.mask_id is not None]
        report = report_of(comparison)
        self.comparisons += 1
        self.cases.add(case.pk)
        self.patients.add(patient)
        self.people.update(readers)
        self.measures += _measures(report, patient, str(case.pk), drawers)
        self.graded += [
            GradedVertebra(patient, dict(zip(readers, row, strict=False)))
            for row in report.grades.labels.values()
        ]
        self.naming += _naming(report, case, letters)

    def report(self) -> AgreementFigures:
        return AgreementFigures.read(
            {
                "comparisons": self.comparisons,
                "cases": len(self.cases),
                "patients": len(self.patients),
                "raters": sorted(self.people),
                "overall": _numbers(self.measures),
                "levels": _levels(self.measures),
                **_by_raters(self.measures, self.graded),
                "volumes": _volumes(self.measures),
                "naming": self.naming[-MAX_NAMING:],
                "naming_count": len(self.naming),
            }
        )


def _measures(report: ComparisonReport, patient: str, case: str, raters: list[str]) -> Iterator[PairMeasure]:
    """Each two raters on each vertebra that at least one of them drew."""
    for instance in (one for entry in report.labels.values() for one in entry.instances):
        shapes = {tuple(sorted(shape.raters)): shape for shape in instance.pairs}
        for a, b in combinations(range(len(raters)), 2):
            if a in instance.missing and b in instance.missing:
                continue
            shape = shapes.get((a, b))
            values = {"dice": 0.0} if shape is None else _defined(shape)
            volumes = None
            if shape is not None and shape.volume_a_ml is not None and shape.volume_b_ml is not None:
                volumes = (shape.volume_a_ml, shape.volume_b_ml)
            who = (raters[a], raters[b])
            yield PairMeasure(patient, case, instance.label, who, shape is not None, values, volumes)


def _defined(shape: ShapeAgreement) -> dict[str, float]:
    found = {name: getattr(shape, name) for name in MEASURES}
    return {name: float(value) for name, value in found.items() if value is not None}


def _naming(report: ComparisonReport, case: Case, letters: list[str]) -> list[dict[str, Any]]:
    return [
        {
            "case_id": str(case.pk),
            "alias": case.alias,
            "label": dispute.label,
            "names": [
                {"slot": slot, "label": name} for slot, name in zip(letters, dispute.names, strict=False)
            ],
        }
        for dispute in report.naming_disputes
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
        "pair_count": len(pairs),
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
