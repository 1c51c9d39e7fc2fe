"""Table 1 and the figures of the VerSe 2019 paper, for accepted cases or the cases of a release.

A vertebra counts when it is in the accepted mask and fully visible; its grade is the one that was agreed.
Age, sex, density, contrast and scanner are the patient's, from the first series. The paper's supplement was
not available: the definitions follow the sums that it prints.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from backend.annotation.models import Case, CaseState
from backend.consensus.models import AgreedGrade
from backend.masks.models import MaskVersion
from backend.measurements.density import phase_of
from backend.measurements.models import VertebraMeasurement
from backend.measurements.selectors import measurements_of
from backend.progress.figures.selectors.bone_density import densities
from backend.projects.models import Project
from backend.science.labels import COCCYX, SACRUM
from backend.science.statistics import (
    SeriesRecord,
    TableColumn,
    TestResult,
    Vertebra,
    compare_splits,
    figures,
    table_column,
)

ALL = "all"
# both flags together: the image's end goes through the vertebra
CUT_OFF = frozenset({"cut_off", "touches_border"})
UNCOUNTED = frozenset({SACRUM, COCCYX})


@dataclass(frozen=True, slots=True)
class Report:
    """Columns of the table by name, the tests between them, and the figures of all cases together."""

    columns: dict[str, TableColumn]
    tests: list[tuple[str, TestResult]]  # "training, test" and the test
    figures: dict[str, Any]
    left_out: int  # vertebrae cut off by the image
    held: int = 0  # accepted series that an inclusion rule keeps out

    def to_json(self) -> dict[str, Any]:
        """What pages show."""
        return {
            "columns": list(self.columns),
            "patients": {name: column.patients for name, column in self.columns.items()},
            "rows": [{"name": name, "cells": cells} for name, cells in table_rows(self.columns)],
            "tests": [{"groups": groups, **result.to_json()} for groups, result in self.tests],
            "figures": self.figures,
            "left_out": self.left_out,
            "held": self.held,
        }


@dataclass(frozen=True, slots=True)
class Counted:
    """A case as the table counts it."""

    record: SeriesRecord
    left_out: int


def accepted_cases(project: Project) -> list[Case]:
    """Accepted cases, without those that an inclusion rule keeps out."""
    return list(
        Case.objects.filter(
            project=project, state=CaseState.ACCEPTED, volume__series__held=False
        ).select_related("accepted_mask")
    )


def project_report(project: Project) -> Report:
    """The report of all accepted cases of a project."""
    cases = accepted_cases(project)
    masks = {case: case.accepted_mask for case in cases if case.accepted_mask is not None}
    report = make_report({ALL: list(counted(project, masks).values())}, compared=())
    held = Case.objects.filter(project=project, state=CaseState.ACCEPTED, volume__series__held=True).count()
    return replace(report, held=held)


def make_report(groups: Mapping[str, Sequence[Counted]], compared: Sequence[tuple[str, str]]) -> Report:
    """A column for each group, the tests between the pairs ``compared``, the figures of the group "all"."""
    columns = {name: table_column([one.record for one in group]) for name, group in groups.items()}
    tests = [
        (f"{first}, {second}", result)
        for first, second in compared
        if columns[first].patients and columns[second].patients
        for result in compare_splits(columns[first], columns[second])
    ]
    everything = groups[ALL]
    return Report(
        columns,
        tests,
        figures([one.record for one in everything]).to_json(),
        sum(one.left_out for one in everything),
    )


def counted(project: Project, masks: Mapping[Case, MaskVersion]) -> dict[Case, Counted]:
    """The cases with the masks to count, in the order of patients and series."""
    grades: dict[Any, dict[int, AgreedGrade]] = {}
    for row in AgreedGrade.objects.filter(case__in=list(masks), current=True):
        grades.setdefault(row.case_id, {})[row.label] = row
    measured = measurements_of([mask.pk for mask in masks.values()])
    by_id = {case.pk: case for case in masks}
    found: dict[Case, Counted] = {}
    for density in densities(project, list(masks)):
        case = by_id[density.case.pk]
        rows = measured.get(masks[case].pk, {})
        vertebrae = _vertebrae(masks[case], grades.get(case.pk, {}), rows)
        series = density.case.volume.series
        record = SeriesRecord(
            patient=str(series.patient_id),
            vertebrae=tuple(vertebrae),
            sex=series.patient.sex,
            age_years=series.patient.age_years,
            bmd_mg_cm3=density.density.bmd.mg_cm3 if density.density.bmd is not None else None,
            contrast=phase_of(series)[0],
            scanner=density.density.scanner,
        )
        present = sum(1 for label in map(int, masks[case].label_voxels) if label not in UNCOUNTED)
        found[case] = Counted(record, present - len(vertebrae))
    return found


def levels_counted(mask: MaskVersion, rows: Mapping[int, VertebraMeasurement]) -> list[int]:
    """The labels of a mask that count as vertebrae: neither sacrum nor coccyx, nor cut off by the image."""
    return [
        label
        for label in sorted(map(int, mask.label_voxels))
        if label not in UNCOUNTED and not (label in rows and set(rows[label].flags) >= CUT_OFF)
    ]


def _vertebrae(
    mask: MaskVersion, grades: Mapping[int, AgreedGrade], rows: Mapping[int, VertebraMeasurement]
) -> list[Vertebra]:
    vertebrae = []
    for label in levels_counted(mask, rows):
        agreed = grades.get(label)
        if agreed is None:
            vertebrae.append(Vertebra(label))
            continue
        vertebrae.append(Vertebra(label, agreed.grade, agreed.fracture_type, agreed.foreign_material))
    return vertebrae


def table_rows(columns: Mapping[str, TableColumn]) -> list[tuple[str, list[str]]]:
    """Table 1 as text: the name of each row and its cell in every column."""
    shown = list(columns.values())
    rows: list[tuple[str, list[str]]] = [
        ("CT series", [str(c.scans) for c in shown]),
        ("Vertebrae", [str(c.vertebrae) for c in shown]),
        *(
            (f"Vertebrae, {r}", [str(c.regions[r]) for c in shown])
            for r in ("cervical", "thoracic", "lumbar")
        ),
        ("Fractured vertebrae", [str(c.fractures) for c in shown]),
        *((f"Fractures of grade {g}", [str(c.grades[g]) for c in shown]) for g in (1, 2, 3)),
        ("Foreign material", [str(c.foreign_material) for c in shown]),
        ("Patients", [str(c.patients) for c in shown]),
        ("Women", [str(c.women) for c in shown]),
        ("Sex not known", [str(c.sex_unknown) for c in shown]),
        ("Age in years, mean (SD)", [_mean_sd(c.age_years) for c in shown]),
        ("Bone density in mg/cm³, mean (SD)", [_mean_sd(c.bmd_mg_cm3) for c in shown]),
    ]
    for title, name in (("Contrast", "contrast"), ("Scanner", "scanners")):
        kinds = sorted({kind for c in shown for kind in getattr(c, name)})
        rows += [(f"{title}: {kind}", [str(getattr(c, name).get(kind, 0)) for c in shown]) for kind in kinds]
    return rows


def _mean_sd(value: Any) -> str:
    if not value.n:
        return "n/a"
    spread = f"{value.sd:.1f}" if value.n > 1 else "n/a"
    return f"{value.mean:.1f} ({spread}), n = {value.n}"


def table_csv(report: Mapping[str, Any]) -> bytes:
    """Table 1 and its tests as CSV, from what `Report.to_json` tells."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["", *report["columns"]])
    for row in report["rows"]:
        writer.writerow([row["name"], *row["cells"]])
    if report["tests"]:
        columns = ("name", "groups", "variant", "statistic", "p", "note")
        writer.writerow([])
        writer.writerow(["test", *columns[1:]])
        writer.writerows([test[name] for name in columns] for test in report["tests"])
    return out.getvalue().encode()


def figures_csv(report: Mapping[str, Any]) -> bytes:
    """The counts behind the figures as CSV, one row per bar, from what `Report.to_json` tells."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["figure", "group", "series", "count"])
    told = report["figures"]
    writer.writerows(["E1 vertebrae", level, "", n] for level, n in told["vertebrae"].items())
    writer.writerows(["E2 fractured vertebrae", level, "", n] for level, n in told["fractured"].items())
    for kind, row in told["types"].items():
        writer.writerows(["E3 fracture types", kind, f"grade {grade}", n] for grade, n in row.items())
    writer.writerows(["E4 age", decade, "", n] for decade, n in told["decades"].items())
    writer.writerows(["E4 bone density in mg/cm3", name, "", n] for name, n in told["bmd_classes"].items())
    return out.getvalue().encode()
