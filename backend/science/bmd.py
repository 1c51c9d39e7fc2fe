"""Bone mineral density from Hounsfield units, where a verified calibration allows it.

HU become mg/cm3 only through a calibration record that a person verified. No coefficient is built in:
without a matching record there is no BMD, and the HU are kept so that it can be computed later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import numpy as np

from backend.science.errors import BadInput
from backend.science.labels import label_of
from backend.science.morphometry.trabecular import TrabecularHu

Phase = Literal["none", "arterial", "portal_venous"]
Category = Literal["osteoporosis", "low", "normal"]

_LUMBAR = tuple(label_of(name) for name in ("L1", "L2", "L3"))
_REPLACEMENTS = tuple(label_of(name) for name in ("L4", "T12"))
_FEWEST_LEVELS = 2

# Categories of the mean of two lumbar bodies in postmenopausal women and older men (mg/cm3).
NORMAL_ABOVE, OSTEOPOROSIS_BELOW = 120.0, 80.0
# Asynchronous against in-scan calibration, root mean square of the relative differences (Kaesmacher 2017).
ASYNCHRONOUS_RMSD = 0.08
CAVEATS = (
    "categories are for the mean of at least two lumbar bodies, postmenopausal women and older men",
    "QCT values must not be read with DXA limits",
)


@dataclass(frozen=True, slots=True)
class Calibration:
    """A verified conversion for one scanner: BMD = slope * HU + intercept, in mg/cm3."""

    scanner_model: str
    device_serial_hash: str
    kvp: float
    kernel: str
    slope: float
    intercept: float
    phantom: str
    valid_from: date
    valid_to: date | None
    source: str
    verified_by: str
    phase: Phase = "none"

    def refusal(self, scan: Scan) -> str:
        """Why this record does not hold for a scan; "" where it does. An empty serial or kernel fits any."""
        reasons = {
            "not_verified": not self.verified_by,
            "no_source": not self.source,
            "other_scanner": self.scanner_model != scan.scanner_model,
            "other_device": bool(self.device_serial_hash)
            and self.device_serial_hash != scan.device_serial_hash,
            "other_kvp": abs(self.kvp - scan.kvp) > 0.5,
            "other_kernel": bool(self.kernel) and self.kernel != scan.kernel,
            "other_phase": self.phase != scan.phase,
        }
        return next((reason for reason, holds in reasons.items() if holds), "") or self._period_refusal(scan)

    def _period_refusal(self, scan: Scan) -> str:
        """Whether the record held when the scan was made.

        By a verdict that somebody gave (or the ingest, which knew the day), else by the day, else by the
        year. Where the year alone does not decide, nothing is assumed: ``period_unsure``.
        """
        if self in scan.outside or self in scan.inside:
            return "out_of_date" if self in scan.outside else ""
        if scan.date is not None:
            late = self.valid_to is not None and scan.date > self.valid_to
            return "out_of_date" if scan.date < self.valid_from or late else ""
        if scan.year is None:
            return "period_unsure"
        first, last = date(scan.year, 1, 1), date(scan.year, 12, 31)
        if last < self.valid_from or (self.valid_to is not None and first > self.valid_to):
            return "out_of_date"
        whole = first >= self.valid_from and (self.valid_to is None or last <= self.valid_to)
        return "" if whole else "period_unsure"


@dataclass(frozen=True, slots=True)
class Scan:
    """What calibration needs to know of a scan.

    After de-identification the ``year`` is all that is known of the ``date``; ``inside`` and ``outside`` are
    the records of which it was settled whether they held on the day of the scan.
    """

    scanner_model: str
    kvp: float
    device_serial_hash: str = ""
    kernel: str = ""
    phase: Phase = "none"
    date: date | None = None
    year: int | None = None
    inside: frozenset[Calibration] = frozenset()
    outside: frozenset[Calibration] = frozenset()


@dataclass(frozen=True, slots=True)
class Bmd:
    """Bone mineral density of a patient: mean of levels, with everything it rests on.

    ``sd_mg_cm3`` is the standard deviation of the value: what asynchronous calibration differs from a phantom
    in the same scan, and the standard error of the mean over the levels.
    """

    mg_cm3: float
    sd_between_levels: float
    sd_mg_cm3: float
    levels: tuple[int, ...]
    replaced: bool
    category: Category
    calibration: Calibration
    caveats: tuple[str, ...] = field(default=CAVEATS)


def category_of(mg_cm3: float) -> Category:
    """Under 80 osteoporosis, from 80 to 120 low, above 120 normal."""
    if mg_cm3 < OSTEOPOROSIS_BELOW:
        return "osteoporosis"
    return "low" if mg_cm3 <= NORMAL_ABOVE else "normal"


def matching_calibration(scan: Scan, records: Sequence[Calibration]) -> Calibration:
    """The record that holds for a scan; of several the one for this very device, then the newest.

    Raises
    ------
    BadInput
        ``no_calibration``, naming what is missing; ``period_unsure`` where a record fits but for its time.
        There is no default.
    """
    fitting = [record for record in records if not record.refusal(scan)]
    if not fitting:
        why = sorted({record.refusal(scan) for record in records})
        if "period_unsure" in why:
            raise BadInput(
                "period_unsure",
                "it is not known whether the scan was made while the calibration record held: "
                "a physicist has to say so",
            )
        detail = f" (records there are: {', '.join(why)})" if why else ""
        wanted = f"{scan.scanner_model} at {scan.kvp:g} kVp, phase {scan.phase}"
        raise BadInput("no_calibration", f"no verified calibration for {wanted}{detail}")
    return max(fitting, key=lambda r: (bool(r.device_serial_hash), bool(r.kernel), r.valid_from))


def bone_mineral_density(hu: Mapping[int, TrabecularHu], scan: Scan, records: Sequence[Calibration]) -> Bmd:
    """Mean BMD of L1 to L3; L4, then T12, stand in for levels that cannot be used.

    Raises
    ------
    BadInput
        ``no_calibration``, or ``too_few_levels`` when fewer than two levels can be used.
    """
    record = matching_calibration(scan, records)
    usable = [label for label in _LUMBAR if label in hu and not hu[label].excluded]
    spare = [label for label in _REPLACEMENTS if label in hu and not hu[label].excluded]
    levels = tuple(usable + spare[: len(_LUMBAR) - len(usable)])
    if len(levels) < _FEWEST_LEVELS:
        raise BadInput("too_few_levels", f"only {len(levels)} level of T12 to L4 can be used, two are needed")
    values = np.array([record.slope * hu[label].mean + record.intercept for label in levels])
    between = float(values.std(ddof=1))
    systematic = ASYNCHRONOUS_RMSD * abs(float(values.mean()))
    return Bmd(
        mg_cm3=float(values.mean()),
        sd_between_levels=between,
        sd_mg_cm3=float(np.hypot(systematic, between / np.sqrt(len(levels)))),
        levels=levels,
        replaced=levels != _LUMBAR,
        category=category_of(float(values.mean())),
        calibration=record,
    )
