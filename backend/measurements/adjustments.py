"""Height lines and regions of interest that people move: measured anew, with the automatic result kept.

Each person has their own: nobody's line moves anybody else's. A new one replaces the former, which stays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from backend.accounts.models import User
from backend.audit import services as audit
from backend.audit.acts import scan_acts
from backend.audit.acts.act import Act
from backend.common.errors import Conflict, Invalid
from backend.common.software import software_version
from backend.imaging.models import Volume
from backend.imaging.selectors import geometry_of, load_volume
from backend.measurements.models import Adjustment, AdjustmentKind
from backend.projects.models import Membership, Role
from backend.science.errors import BadInput
from backend.science.morphometry.judging import HAND_SD_MM, heights_of_lines, judge
from backend.science.morphometry.trabecular import RegionChange, measure_hu
from backend.science.volume import Mask, MaskArray

# Whose region of interest a bone density rests on.
EXPERTS = (Role.RADIOLOGIST, Role.PHYSICIST, Role.MANAGER)
FARTHEST_SHIFT_MM = 40.0
LINE_FIELDS = (
    *("anterior_mm", "middle_mm", "posterior_mm", "lines_ras_mm", "loss_percent", "expected_mm"),
    *("expected_loss_percent", "uncertainty_percent", "suggested_grade", "suggested_type"),
)


class NothingToAdjust(Conflict):
    code = "nothing_to_adjust"
    message = "This vertebra has no measured line or region to move."


@dataclass(frozen=True, slots=True)
class Subject:
    """What somebody adjusts: a vertebra of a mask as it stands, with its automatic row."""

    volume: Volume
    label: int
    author: User
    mask_digest: str
    automatic: Mapping[str, Any]


def adjust_lines(*, subject: Subject, lines_ras_mm: Sequence[Any]) -> Adjustment:
    """Keep three lines set by hand (anterior, middle, posterior; lower end first; RAS mm) and their heights.

    Raises
    ------
    NothingToAdjust, Invalid
        Nothing was measured; the lines are not lines of a vertebra.
    """
    row = subject.automatic
    if not row.get("lines_ras_mm"):
        raise NothingToAdjust
    try:
        heights = heights_of_lines(lines_ras_mm)
    except BadInput as exc:
        raise Invalid(exc.code, f"{exc.reason[:1].upper()}{exc.reason[1:]}.") from exc
    expected = row.get("expected_mm")
    reference = (expected[0], expected[1], expected[2]) if expected else None
    found = judge(subject.label, heights, reference, HAND_SD_MM)
    lines = [[[round(float(x), 3) for x in end] for end in line] for line in lines_ras_mm]
    names = ("anterior_mm", "middle_mm", "posterior_mm")
    result = {
        **dict(zip(names, heights, strict=True)),
        "lines_ras_mm": lines,
        "expected_mm": expected,
        **found.to_json(),
    }
    automatic = {name: row.get(name) for name in LINE_FIELDS}
    return _keep(subject, AdjustmentKind.LINES, {"lines_ras_mm": lines}, automatic, result)


def adjust_region(*, subject: Subject, array: MaskArray, change: RegionChange) -> Adjustment:
    """Move (RAS mm) and scale the region of interest, and read the HU within it.

    Raises
    ------
    NothingToAdjust, Invalid
        Nothing was measured; it was moved or scaled too far, or no voxel of the vertebra is left in it.
    """
    if not subject.automatic.get("hu"):
        raise NothingToAdjust
    if max(abs(x) for x in change.shift_ras_mm) > FARTHEST_SHIFT_MM:
        raise Invalid("bad_shift", f"The region may be moved by {FARTHEST_SHIFT_MM:g} mm at the most.")
    mask = Mask(geometry_of(subject.volume), array)
    try:
        found = measure_hu(load_volume(subject.volume), mask, labels=[subject.label], change=change)
    except BadInput as exc:
        raise Invalid(exc.code, f"{exc.reason[:1].upper()}{exc.reason[1:]}.") from exc
    hu = found.get(subject.label)
    if hu is None or hu.voxels == 0:
        raise Invalid(
            "empty_region", "No voxel of the vertebra lies in the region: move it back or enlarge it."
        )
    given = {"shift_ras_mm": list(change.shift_ras_mm), "scale": change.scale}
    return _keep(subject, AdjustmentKind.REGION, given, dict(subject.automatic["hu"]), hu.to_json())


@transaction.atomic
def withdraw(*, subject: Subject, kind: str) -> None:
    """Go back to the automatic measurement; what was adjusted stays on record."""
    for row in _standing(subject, kind):
        row.current = False
        row.save(update_fields=["current", "updated_at"])
        _tell(row, scan_acts.MeasurementAdjustmentWithdrawn(label=row.label, kind=row.kind))


def adjustments_by(author: User, volume: Volume) -> dict[int, dict[str, Adjustment]]:
    """A person's own standing adjustments on a volume, by label and kind."""
    found: dict[int, dict[str, Adjustment]] = {}
    for row in Adjustment.objects.filter(author=author, volume=volume, current=True):
        found.setdefault(row.label, {})[row.kind] = row
    return found


def regions_for_density(volume_ids: Iterable[UUID]) -> dict[UUID, dict[int, Adjustment]]:
    """The newest region of interest that an expert has set on each vertebra of the volumes."""
    found: dict[UUID, dict[int, Adjustment]] = {}
    rows = Adjustment.objects.filter(
        volume__in=list(volume_ids), kind=AdjustmentKind.REGION, current=True, expert=True
    )
    for row in rows.select_related("author").order_by("created_at"):
        found.setdefault(row.volume_id, {})[row.label] = row
    return found


@transaction.atomic
def _keep(
    subject: Subject, kind: str, change: dict[str, Any], automatic: dict[str, Any], result: dict[str, Any]
) -> Adjustment:
    Volume.objects.select_for_update().get(pk=subject.volume.pk)  # one after the other
    for row in _standing(subject, kind):
        row.current = False
        row.save(update_fields=["current", "updated_at"])
    made = Adjustment.objects.create(
        volume=subject.volume,
        label=subject.label,
        kind=kind,
        author=subject.author,
        expert=_is_expert(subject, EXPERTS),
        mask_digest=subject.mask_digest,
        change=change,
        automatic=automatic,
        result=result,
        software_version=software_version(),
    )
    _tell(made, scan_acts.MeasurementAdjusted(label=made.label, kind=made.kind))
    return made


def _standing(subject: Subject, kind: str) -> list[Adjustment]:
    return list(
        Adjustment.objects.filter(
            volume=subject.volume, label=subject.label, kind=kind, author=subject.author, current=True
        )
    )


def _is_expert(subject: Subject, roles: Collection[str]) -> bool:
    return Membership.objects.filter(
        project_id=subject.volume.series.project_id, user=subject.author, role__in=roles, active=True
    ).exists()


def _tell(row: Adjustment, act: Act) -> None:
    audit.record(actor=row.author, act=act, subject=row, project_id=row.volume.series.project_id)
