"""Bone mineral density of a series, computed from its stored HU whenever it is asked for.

Nothing is kept: as soon as a record is verified or retired, or a phase stated, the answer is another one.
Where something is missing the answer says what.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast
from uuid import UUID

from backend.imaging.models import Series
from backend.measurements.calibrations import scanner_of
from backend.measurements.models import (
    Adjustment,
    CalibrationKind,
    CalibrationRecord,
    CalibrationState,
    ContrastPhase,
    VertebraMeasurement,
)
from backend.projects.models import Project
from backend.science.bmd import Bmd, Calibration, Phase, Scan, bone_mineral_density, matching_calibration
from backend.science.errors import BadInput
from backend.science.labels import label_of
from backend.science.morphometry.trabecular import TrabecularHu

# Bodies that a mean may rest on: L1 to L3, and those that stand in for them.
DENSITY_LEVELS = tuple(label_of(name) for name in ("T12", "L1", "L2", "L3", "L4"))
FRACTURED_FROM = 2  # a suggested grade from which a level is left out where no reader has said anything
# Differences published for asynchronous calibration, to stand beside every value.
ASYNCHRONOUS_CAVEAT = (
    "asynchronous calibration differs from calibration with a phantom in the same scan by about 8 % "
    "(root mean square; Kaesmacher et al. 2017)"
)
CONTRAST_CAVEAT = "the scan shows contrast medium; its HU were corrected by a verified record"


@dataclass(frozen=True, slots=True)
class Density:
    """A series' density with everything it rests on; or, without one, what is missing."""

    scanner: str
    kvp: float | None
    kernel: str
    phase: str  # "" where it is not known
    phase_from: str  # person, header or ""
    levels: tuple[TrabecularHu, ...]
    bmd: Bmd | None
    calibration: CalibrationRecord | None
    correction: CalibrationRecord | None
    missing_code: str
    missing: str
    unsure: tuple[CalibrationRecord, ...] = ()  # records that fit but for the time in which they hold
    regions: tuple[Adjustment, ...] = ()  # regions of interest that an expert has moved

    @property
    def caveats(self) -> tuple[str, ...]:
        if self.bmd is None:
            return ()
        contrast = (CONTRAST_CAVEAT,) if self.correction is not None else ()
        return (*self.bmd.caveats, ASYNCHRONOUS_CAVEAT, *contrast)


class Records:
    """The verified records of a project, read once for many series."""

    def __init__(self, project: Project) -> None:
        rows = CalibrationRecord.objects.filter(
            project=project, state=CalibrationState.VERIFIED
        ).select_related("verified_by")
        self._rows: dict[str, dict[Calibration, CalibrationRecord]] = {kind: {} for kind in CalibrationKind}
        self._by_id: dict[UUID, Calibration] = {}
        for row in rows:
            self._by_id[row.pk] = _calibration(row)
            self._rows[row.kind][self._by_id[row.pk]] = row

    def of(self, kind: str) -> dict[Calibration, CalibrationRecord]:
        return self._rows[kind]

    def settled(self, series: Series, *, within: bool) -> frozenset[Calibration]:
        """The records of which it is settled that they held, or did not, when the series was scanned."""
        return frozenset(
            self._by_id[verdict.record_id]
            for verdict in series.period_verdicts.all()
            if verdict.within is within and verdict.record_id in self._by_id
        )


def _calibration(row: CalibrationRecord) -> Calibration:
    if row.valid_from is None or row.verified_by is None:
        raise ValueError("only verified records are calibrations")  # the database's constraint holds this
    return Calibration(
        scanner_model=row.scanner_model,
        device_serial_hash=row.device_hash,
        kvp=row.kvp,
        kernel=row.kernel,
        slope=row.slope,
        intercept=row.intercept,
        phantom=row.phantom,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        source=row.source,
        verified_by=row.verified_by.name,
        phase=cast("Phase", row.phase),
    )


def phase_of(series: Series) -> tuple[str, str]:
    """The contrast phase and who says so: a person, or a header that states no contrast at all.

    A header's word for a phase is a hint only: it comes out of a description that somebody typed.
    """
    stated = getattr(series, "stated_phase", None)
    if stated is not None:
        return str(stated.phase), "person"
    if series.facts.get("contrast") == "none":
        return ContrastPhase.NONE.value, "header"
    return "", ""


def density_of(
    series: Series,
    rows: Iterable[VertebraMeasurement],
    records: Records,
    *,
    fractured: Collection[int] | None = None,
    foreign_material: Collection[int] = (),
    regions: Mapping[int, Adjustment] | None = None,
) -> Density:
    """The density of one series from the measurements of its mask.

    ``regions`` are regions of interest that an expert has moved: their HU stand for the automatic ones.

    ``fractured`` are the levels that readers agreed on; without them those with a suggested grade of 2 or
    more are left out.
    """
    facts = series.facts
    phase, phase_from = phase_of(series)
    hu = _levels(list(rows), fractured, foreign_material, regions or {})
    kvp = float(facts["kvp"]) if facts.get("kvp") else None
    found = Density(
        scanner=scanner_of(facts),
        kvp=kvp,
        kernel=str(facts.get("kernel") or ""),
        phase=phase,
        phase_from=phase_from,
        levels=tuple(hu[label] for label in DENSITY_LEVELS if label in hu),
        regions=tuple(region for label, region in (regions or {}).items() if label in hu),
        bmd=None,
        calibration=None,
        correction=None,
        missing_code="",
        missing="",
    )
    code, sentence = _lacking(found)
    if code or kvp is None:
        return replace(found, missing_code=code, missing=sentence)
    scan = Scan(
        found.scanner,
        kvp,
        str(facts.get("device_hmac") or ""),
        found.kernel,
        cast("Phase", phase),
        year=series.acquired_year,
        inside=records.settled(series, within=True),
        outside=records.settled(series, within=False),
    )
    try:
        return _computed(found, hu, scan, records)
    except BadInput as exc:
        unsure = _unsure(scan, records) if exc.code == "period_unsure" else ()
        return replace(found, missing_code=exc.code, missing=_sentence(exc.message), unsure=unsure)


def _unsure(scan: Scan, records: Records) -> tuple[CalibrationRecord, ...]:
    return tuple(
        row
        for kind in CalibrationKind
        for calibration, row in records.of(kind).items()
        if calibration.refusal(scan) == "period_unsure"
    )


def _lacking(found: Density) -> tuple[str, str]:
    if not found.levels:
        return "no_measurement", "No lumbar body of this series has been measured yet."
    if not found.scanner:
        return "no_scanner", "The series does not say which scanner it comes from."
    if found.kvp is None:
        return "no_kvp", "The series does not say its tube voltage."
    if not found.phase:
        return "no_phase", "The contrast phase is not known: state it."
    return "", ""


def _computed(found: Density, hu: Mapping[int, TrabecularHu], scan: Scan, records: Records) -> Density:
    """By a record for this very phase; else by a contrast correction and the record without contrast."""
    density = records.of(CalibrationKind.DENSITY)
    try:
        bmd = bone_mineral_density(hu, scan, list(density))
        return replace(found, bmd=bmd, calibration=density[bmd.calibration])
    except BadInput as exc:
        if exc.code != "no_calibration" or scan.phase == "none":
            raise
    corrections = records.of(CalibrationKind.CONTRAST)
    try:
        line = matching_calibration(scan, list(corrections))
    except BadInput as exc:
        raise BadInput(
            "no_contrast_correction", f"{exc.message}, and no verified contrast correction"
        ) from exc
    corrected = {label: replace(v, mean=line.slope * v.mean + line.intercept) for label, v in hu.items()}
    bmd = bone_mineral_density(corrected, replace(scan, phase="none"), list(density))
    return replace(found, bmd=bmd, calibration=density[bmd.calibration], correction=corrections[line])


def _levels(
    rows: list[VertebraMeasurement],
    fractured: Collection[int] | None,
    foreign: Collection[int],
    regions: Mapping[int, Adjustment],
) -> dict[int, TrabecularHu]:
    levels: dict[int, TrabecularHu] = {}
    for row in rows:
        hu: dict[str, Any] | None = row.detail.get("hu")
        if hu and row.label in regions:
            hu = regions[row.label].result
        if row.label not in DENSITY_LEVELS or not hu or hu["mean"] is None:
            continue
        broken = (
            row.label in fractured if fractured is not None else (row.suggested_grade or 0) >= FRACTURED_FROM
        )
        reasons = ("fractured" if broken else "", "foreign_material" if row.label in foreign else "")
        excluded = next((reason for reason in (*reasons, hu["excluded"]) if reason), "")
        sd = float("nan") if hu["sd"] is None else float(hu["sd"])
        levels[row.label] = TrabecularHu(
            row.label, float(hu["mean"]), sd, int(hu["voxels"]), float(hu["volume_mm3"]), excluded
        )
    return levels


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
