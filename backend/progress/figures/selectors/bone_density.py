"""Bone density of a project's cases, from the masks that stand and the grades that were agreed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Prefetch

from backend.annotation.models import Case
from backend.consensus.models import AgreedGrade
from backend.measurements.adjustments import regions_for_density
from backend.measurements.density import Density, Records, density_of
from backend.measurements.models import Adjustment, CalibrationRecord
from backend.measurements.selectors import measurements_of
from backend.projects.models import Project
from backend.science.labels import name_of
from backend.science.morphometry.trabecular import TrabecularHu

BY_PATIENT = ("volume__series__patient__pseudonym", "volume__series__number")


@dataclass(frozen=True, slots=True)
class CaseDensity:
    """A case with its density."""

    case: Case
    density: Density


def standing_mask_id(case: Case) -> UUID | None:
    """The accepted mask, else the one that the case began with: never an unfinished rater's."""
    return case.accepted_mask_id or case.start_mask_id


def densities(project: Project, cases: Iterable[Case] | None = None) -> list[CaseDensity]:
    """The density of each case (of all where none are named), or what is missing for it."""
    grades = Prefetch("agreed_grades", AgreedGrade.objects.filter(current=True), to_attr="standing_grades")
    wanted = Case.objects.filter(project=project)
    if cases is not None:
        wanted = wanted.filter(pk__in=[case.pk for case in cases])
    rows = list(
        wanted.select_related("volume__series__patient", "volume__series__stated_phase")
        .prefetch_related(grades, "volume__series__period_verdicts")
        .order_by(*BY_PATIENT)
    )
    masks = {case.pk: standing_mask_id(case) for case in rows}
    measured = measurements_of([mask for mask in masks.values() if mask is not None])
    records = Records(project)
    regions = regions_for_density([case.volume_id for case in rows])
    found = []
    for case in rows:
        mask_id = masks[case.pk]
        mine = measured.get(mask_id, {}) if mask_id is not None else {}
        moved = regions.get(case.volume_id, {})
        found.append(CaseDensity(case, _density(case, mine, records, moved)))
    return found


def _density(
    case: Case, measured: dict[int, Any], records: Records, regions: dict[int, Adjustment]
) -> Density:
    agreed: list[AgreedGrade] = case.standing_grades  # type: ignore[attr-defined]
    return density_of(
        case.volume.series,
        measured.values(),
        records,
        fractured=[row.label for row in agreed if row.grade] if agreed else None,
        foreign_material=[row.label for row in agreed if row.foreign_material not in ("", "none")],
        regions=regions,
    )


class DensityRows(Sequence[dict[str, Any]]):
    """The lines of the page, patient by patient; only those that are asked for are read."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def __len__(self) -> int:
        return Case.objects.filter(project=self._project).count()

    def __getitem__(self, span: Any) -> Any:
        # by the patients' project too: their index has the order, and the first pages need no sorting
        mine = Case.objects.filter(project=self._project, volume__series__patient__project=self._project)
        cases = mine.order_by(*BY_PATIENT)
        return [density_row(found) for found in densities(self._project, cases.only("pk")[span])]


def density_row(found: CaseDensity) -> dict[str, Any]:
    """One line of the page."""
    series, density = found.case.volume.series, found.density
    return {
        "case_id": found.case.pk,
        "series_id": series.pk,
        "pseudonym": series.patient.pseudonym,
        "number": series.number,
        "scanner": density.scanner,
        "kvp": density.kvp,
        "kernel": density.kernel,
        "phase": density.phase or None,
        "phase_from": density.phase_from or None,
        "phase_hint": series.facts.get("contrast_phase_candidate"),
        "levels": [_level_row(level, density.regions) for level in density.levels],
        "bmd": _bmd_row(density),
        "missing": {"code": density.missing_code, "text": density.missing} if density.missing else None,
        "unsure": [_period_row(record) for record in density.unsure],
    }


def _level_row(level: TrabecularHu, regions: Iterable[Adjustment]) -> dict[str, Any]:
    moved = next((region for region in regions if region.label == level.label), None)
    return {
        "label": level.label,
        "name": name_of(level.label),
        **level.to_json(),
        "adjusted_by": moved.author.name if moved is not None else None,
        "automatic_mean": moved.automatic.get("mean") if moved is not None else None,
    }


def _period_row(record: CalibrationRecord) -> dict[str, Any]:
    return {
        "id": record.pk,
        "valid_from": record.valid_from,
        "valid_to": record.valid_to,
        "source": record.source,
    }


def _bmd_row(density: Density) -> dict[str, Any] | None:
    if density.bmd is None:
        return None
    return {
        "mg_cm3": density.bmd.mg_cm3,
        "sd_mg_cm3": density.bmd.sd_mg_cm3,
        "sd_between_levels": density.bmd.sd_between_levels,
        "levels": [name_of(label) for label in density.bmd.levels],
        "replaced": density.bmd.replaced,
        "category": density.bmd.category,
        "caveats": list(density.caveats),
        "calibration": _record_row(density.calibration),
        "correction": _record_row(density.correction),
    }


def _record_row(record: CalibrationRecord | None) -> dict[str, Any] | None:
    if record is None:
        return None
    return {
        "id": record.pk,
        "slope": record.slope,
        "intercept": record.intercept,
        "phantom": record.phantom,
        "source": record.source,
        "verified_by": record.verified_by.name if record.verified_by is not None else "",
    }
