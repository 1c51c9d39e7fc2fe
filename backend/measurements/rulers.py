"""Distances and angles that people draw over a CT. Each person changes their own only."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from backend.accounts.models import User
from backend.audit import services as audit
from backend.audit.acts import scan_acts
from backend.audit.acts.act import Act
from backend.common.errors import Conflict, Invalid, NotFound
from backend.imaging.models import Volume
from backend.measurements.models import Ruler
from backend.science.errors import BadInput
from backend.science.morphometry.rulers import RulerKind, ruler_value

MOST_RULERS = 200  # of one person over one CT


class TooManyRulers(Conflict):
    code = "too_many_rulers"
    message = f"You have {MOST_RULERS} measurements on this CT already. Delete some first."


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was drawn: points in RAS mm, and the plane that it was drawn in."""

    kind: RulerKind
    plane: str
    name: str
    points_ras_mm: list[list[float]]


def rulers_on(volume: Volume) -> QuerySet[Ruler]:
    """Everybody's. Who may see which is for the caller to say."""
    return Ruler.objects.filter(volume=volume, deleted_at__isnull=True).select_related("author")


@transaction.atomic
def keep_ruler(*, ruler_id: UUID, volume: Volume, author: User, drawn: Drawn) -> Ruler:
    """Keep a ruler under its id: a new one, one that was changed, or one whose deletion is undone.

    Raises
    ------
    Invalid, NotFound, TooManyRulers
        The points are none of such a ruler; the id is that of another person's or of another CT's.
    """
    points = [[round(float(x), 3) for x in point] for point in drawn.points_ras_mm]
    try:
        ruler_value(drawn.kind, points)
    except BadInput as exc:
        raise Invalid(exc.code, f"{exc.reason[:1].upper()}{exc.reason[1:]}.") from exc
    Volume.objects.select_for_update().get(pk=volume.pk)  # one after the other
    former = Ruler.objects.filter(pk=ruler_id).first()
    if former is not None and (former.volume_id, former.author_id) != (volume.pk, author.pk):
        raise NotFound
    if former is None and rulers_on(volume).filter(author=author).count() >= MOST_RULERS:
        raise TooManyRulers
    row = former or Ruler(pk=ruler_id, volume=volume, author=author)
    row.kind, row.plane, row.name = drawn.kind, drawn.plane, drawn.name.strip()
    row.points_ras_mm, row.deleted_at = points, None
    row.save()
    told = scan_acts.RulerDrawn if former is None else scan_acts.RulerChanged
    _tell(row, told(kind=row.kind, points_ras_mm=points))
    return row


@transaction.atomic
def delete_ruler(*, ruler_id: UUID, volume: Volume, author: User) -> None:
    """Take a ruler of one's own away; nothing where it is deleted already.

    Raises
    ------
    NotFound
        There is none, or it is not this person's.
    """
    row = Ruler.objects.select_for_update().filter(pk=ruler_id, volume=volume, author=author).first()
    if row is None:
        raise NotFound
    if row.deleted_at is not None:
        return
    row.deleted_at = timezone.now()
    row.save(update_fields=["deleted_at", "updated_at"])
    _tell(row, scan_acts.RulerDeleted(kind=row.kind))


def _tell(row: Ruler, act: Act) -> None:
    audit.record(actor=row.author, act=act, subject=row, project_id=row.volume.series.project_id)
