"""Figures over a project: counted in the request where it is small, else kept with "as of" and made by a job.

Whoever asks gets what is kept, however old, with the word that something has changed since; asking starts the
computing where that is due. Nothing reads a large project within a request.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.common.errors import Conflict
from backend.common.models import JobState
from backend.common.tasks import enqueue
from backend.progress.keeping.kinds import KINDS, Json, Kind, Made, View
from backend.progress.keeping.selectors import FIGURES_KIND, People, count_of, lines_of, stamp_of
from backend.progress.models import KeptFigures, KeptLine
from backend.projects.models import Project

KEPT_VIEWS = 2  # of one person and kind: what is open to them changes as they work
ENDED_BADLY = (JobState.FAILED, JobState.CANCELLED)
# A project at work changes all the time: computing takes at most a tenth of a worker's.
SOONEST, LATEST = timedelta(minutes=1), timedelta(hours=1)
SHARE = 10
NIGHTLY = timedelta(days=1)  # counted anew whatever the stamp says

State = Literal["ready", "computing", "failed"]


class StillComputing(Conflict):
    code = "figures_computing"
    message = "These figures are being computed. Ask again in a moment."


@dataclass(frozen=True, slots=True)
class AsOf:
    """Of when figures are, and what is on its way."""

    state: State = "ready"
    computed_at: datetime | None = None
    outdated: bool = False  # something has changed since
    progress: float = 1.0
    error: str = ""
    kept: bool = False  # not counted for this very answer


@dataclass(frozen=True, slots=True)
class Kept:
    """Figures to be sent, from the request itself or from the row where they are kept."""

    as_of: AsOf
    source: Made | KeptFigures

    @property
    def head(self) -> Json:
        head = self.source.head
        if head is None:
            raise StillComputing
        return head

    def lines(
        self, group: str, begin: int = 0, end: int | None = None, *, people: People = None
    ) -> list[Json]:
        """Lines ``begin`` to ``end`` (exclusive) of a group, or of what some people have of it."""
        if isinstance(self.source, Made):
            return _of_people(self.source.lines.get(group, ()), people)[begin:end]
        return lines_of(self.source, group, begin, end, people)

    def count(self, group: str, *, people: People = None) -> int:
        """How many lines a group has, or how many of them are of some people."""
        if isinstance(self.source, Made):
            return len(_of_people(self.source.lines.get(group, ()), people))
        return count_of(self.source, group, people)

    def finished(self) -> Kept:
        """The same, where there are figures at all.

        Raises
        ------
        StillComputing
            They were never computed, and a file has no place to say so.
        """
        if self.as_of.computed_at is None:
            raise StillComputing
        return self


def _of_people(lines: Sequence[Json], people: People) -> list[Json]:
    wanted = None if people is None else {str(pk) for pk in people}
    return [line for line in lines if wanted is None or line["user"]["id"] in wanted]


def figures_of(kind: Kind, project: Project, user: User) -> Kept:
    """The figures as the user may see them; who may ask for them at all is the caller's business."""
    if kind.is_small(project, user):
        return Kept(AsOf(computed_at=timezone.now()), kind.make(project, user))
    row = _row(kind, project, kind.seen_by(project, user))
    stamp = _stamp(kind, project)
    if _is_due(row, stamp):
        row = _start(row, user, again=False)
    as_of = _as_of(row, stamp)
    return Kept(as_of, row if _readable(row, stamp) else kind.empty)


def compute_again(kind: Kind, project: Project, user: User) -> None:
    """Start computing now, unless that is under way or the project is small (then they are never old)."""
    if not kind.is_small(project, user):
        _start(_row(kind, project, kind.seen_by(project, user)), user, again=True)


def _row(kind: Kind, project: Project, view: View) -> KeptFigures:
    found, _ = KeptFigures.objects.select_related("job").get_or_create(
        project=project, kind=kind.name, scope=view.scope, defaults={"viewer": view.viewer}
    )
    return found


def _stamp(kind: Kind, project: Project) -> str:
    return f"{kind.form}:{stamp_of(project)}"


def _readable(row: KeptFigures, stamp: str) -> bool:
    """Whether there are figures, kept in the form in which they are sent now."""
    return row.computed_at is not None and row.stamp.partition(":")[0] == stamp.partition(":")[0]


def _under_way(row: KeptFigures) -> bool:
    return row.job is not None and row.job.state in (JobState.QUEUED, JobState.RUNNING)


def _failed(row: KeptFigures) -> bool:
    """Whether the last attempt ended badly; then somebody has to say that it is worth another."""
    return row.job is not None and row.job.state in ENDED_BADLY


def _is_due(row: KeptFigures, stamp: str) -> bool:
    if _under_way(row) or _failed(row):
        return False
    if row.computed_at is None or not _readable(row, stamp):
        return True
    age = timezone.now() - row.computed_at
    rest = min(max(SOONEST, timedelta(seconds=row.seconds * SHARE)), LATEST)
    return age >= NIGHTLY or (row.stamp != stamp and age >= rest)


@transaction.atomic
def _start(row: KeptFigures, user: User, *, again: bool) -> KeptFigures:
    """Start the job, once however many ask."""
    row = KeptFigures.objects.select_for_update(of=("self",)).select_related("job").get(pk=row.pk)
    if _under_way(row) or (_failed(row) and not again):
        return row
    row.job = enqueue(
        FIGURES_KIND,
        subject_id=row.pk,
        project_id=row.project_id if row.viewer_id is None else None,  # one's own figures are no news
        requested_by=user if again else None,
        figures_id=str(row.pk),
        user_id=str(user.pk),
    )
    row.save(update_fields=["job", "updated_at"])
    return row


def _as_of(row: KeptFigures, stamp: str) -> AsOf:
    state: State = "computing" if _under_way(row) else "failed" if _failed(row) else "ready"
    readable = _readable(row, stamp)
    return AsOf(
        state=state,
        computed_at=row.computed_at if readable else None,
        outdated=readable and row.stamp != stamp,
        progress=row.job.progress if _under_way(row) and row.job is not None else 1.0,
        error=row.job.error if _failed(row) and row.job is not None else "",
        kept=True,
    )


def compute(*, figures_id: UUID, user_id: UUID) -> None:
    """Compute and keep one row of figures; safe to run twice.

    What is open to the viewer may change meanwhile: then the figures are of a view that nobody has any more,
    and are dropped.
    """
    row = KeptFigures.objects.select_related("project").filter(pk=figures_id).first()
    if row is None:
        return
    kind, project, user = KINDS[row.kind], row.project, User.objects.get(pk=user_id)
    began, stamp = time.monotonic(), _stamp(KINDS[row.kind], row.project)
    made = kind.make(project, user) if _still(kind, row, user) else None
    with transaction.atomic():
        if made is None or not _still(kind, row, user):
            row.delete()
            return
        _keep(row, made, stamp, time.monotonic() - began)


def _still(kind: Kind, row: KeptFigures, user: User) -> bool:
    return kind.seen_by(Project.objects.get(pk=row.project_id), user).scope == row.scope


def _keep(row: KeptFigures, made: Made, stamp: str, seconds: float) -> None:
    """Store the figures as a revision of their own: whoever reads the one before reads it to its end."""
    former, revision = row.revision, row.revision + 1
    KeptLine.objects.filter(figures=row).exclude(revision=former).delete()
    KeptLine.objects.bulk_create(
        [
            KeptLine(figures=row, revision=revision, group=group, place=place, body=body)
            for group, bodies in made.lines.items()
            for place, body in enumerate(bodies)
        ],
        batch_size=500,
    )
    KeptFigures.objects.filter(pk=row.pk).update(
        head=made.head, revision=revision, stamp=stamp, seconds=seconds, computed_at=timezone.now()
    )
    if row.viewer_id is not None:
        mine = KeptFigures.objects.filter(project=row.project_id, kind=row.kind, viewer=row.viewer_id)
        old = mine.exclude(pk=row.pk).order_by("-updated_at").values_list("pk", flat=True)[KEPT_VIEWS - 1 :]
        KeptFigures.objects.filter(pk__in=list(old)).delete()
