"""Measuring a mask version once, keeping what was found as rows; setting what a project asks of vertebrae."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction

from backend.accounts.models import User
from backend.audit import services as audit
from backend.audit.acts import scan_acts
from backend.common.software import software_version
from backend.imaging.selectors import load_volume
from backend.masks.models import MaskVersion
from backend.masks.selectors import load_mask
from backend.measurements.grading_schema import Schema
from backend.measurements.measuring import Row, measure_mask
from backend.measurements.models import GradingSchema, VertebraMeasurement
from backend.projects.models import Project, Role
from backend.projects.selectors import require_role


def measure_version(*, mask_id: UUID) -> None:
    """Measure every vertebra of a version with its CT; a version that has its rows keeps them.

    A vertebra whose shape the measurement cannot cope with gets a row with the flag ``failed``; the others
    are measured all the same.
    """
    version = MaskVersion.objects.select_related("volume__nifti").get(pk=mask_id)
    if version.label_voxels and not version.measurements.exists():
        _store(version, measure_mask(load_mask(version), volume=load_volume(version.volume)))


def _store(version: MaskVersion, rows: list[Row]) -> None:
    """All at once; another worker may have stored the same just now."""
    made = [
        VertebraMeasurement(
            mask=version,
            label=row["label"],
            volume_ml=row.get("volume_ml"),
            anterior_mm=row.get("anterior_mm"),
            middle_mm=row.get("middle_mm"),
            posterior_mm=row.get("posterior_mm"),
            loss_percent=row.get("loss_percent"),
            expected_loss_percent=row.get("expected_loss_percent"),
            suggested_grade=row.get("suggested_grade"),
            suggested_type=row.get("suggested_type") or "",
            hu_mean=row.get("hu_mean"),
            flags=row["flags"],
            detail=row,
            software_version=software_version(),
        )
        for row in rows
    ]
    VertebraMeasurement.objects.bulk_create(made, ignore_conflicts=True)


@transaction.atomic
def set_schema(*, project: Project, actor: User, raw: Any) -> Schema:
    """Change what is asked (manager). It holds for answers given from now on; those that stand, stand.

    Raises
    ------
    SchemaInvalid
    """
    require_role(actor, project, Role.MANAGER)
    schema = Schema.read(raw)
    GradingSchema.objects.update_or_create(
        project=project, defaults={"schema": schema.to_json(), "changed_by": actor}
    )
    asked: list[str] = [one.name for one in schema.fields if one.asked]
    audit.record(
        actor=actor,
        act=scan_acts.GradingSchemaChanged(title=schema.title, asked=asked),
        subject=project,
        project_id=project.pk,
    )
    return schema
