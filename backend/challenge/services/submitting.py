"""Predictions sent: one zip, bounded as it arrives, its list of files judged before anything is kept."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.audit import services as audit
from backend.audit.acts import challenge_acts as acts
from backend.challenge.errors import (
    DailyLimit,
    ImagesSealed,
    NotInATeam,
    NotOpenYet,
    PhaseClosed,
    PhaseNotOpen,
    SubmissionTooLarge,
)
from backend.challenge.models import (
    USUAL_TASKS,
    ChallengeTask,
    PendingSubmission,
    Phase,
    Submission,
    SubmissionState,
    Team,
)
from backend.challenge.reports import Checked
from backend.challenge.selectors import knows_answers, team_of
from backend.challenge.services.references import case_names
from backend.common.arriving import require_space
from backend.common.errors import Invalid
from backend.common.models import Blob
from backend.common.storage import BLOCK_BYTES, put_blob
from backend.common.tasks import enqueue
from backend.releases.embargo import is_sealed
from backend.science.submission import Contents, list_contents

EVALUATE_KIND = "challenge.evaluate"
MAX_TRIES_A_DAY = 20  # of a team, refused ones and all: each costs the site a check
COUNTED = (SubmissionState.WAITING, SubmissionState.EVALUATING, SubmissionState.EVALUATED)


class BadArchive(Invalid):
    code = "bad_archive"
    message = "The archive cannot be used. Nothing of it was kept, and it does not count."


def send(*, phase: Phase, actor: User, body: IO[bytes], announced_bytes: int | None) -> Submission:
    """Take a team's archive and start its check and evaluation.

    Raises
    ------
    NotInATeam, NotOpenYet, PhaseNotOpen, PhaseClosed, ImagesSealed, DailyLimit
        Who sends it may not, or not now.
    SubmissionTooLarge, BadArchive
        It is too large; ``extra`` has a report with what is wrong with which file. `BadInput` where it is
        no archive at all.
    """
    require_may_send(phase, actor, timezone.now())
    with _received(body, announced_bytes) as path:
        return take(phase=phase, actor=actor, path=path)


def take(*, phase: Phase, actor: User, path: Path, arrived: PendingSubmission | None = None) -> Submission:
    """Take an archive that has arrived as a file, which stays; see `send`. ``arrived`` is its row, if any."""
    team = require_may_send(phase, actor, timezone.now())
    contents = list_contents(path, case_names(phase))
    usable = _is_for(contents, phase.challenge.tasks)
    if not contents.ok or not usable:
        report = Checked.of(contents)
        if not usable and not contents.faults:
            raise BadArchive(
                "no_prediction", "No file in it has the name of a case.", {"report": report.to_json()}
            )
        raise BadArchive(extra={"report": report.to_json()})
    archive = put_blob(data=path, media_type="application/zip")
    return _keep(phase, team, actor, archive, arrived)


def _is_for(contents: Contents, tasks: list[str]) -> bool:
    """Whether there is anything in it that one of the tasks asks for."""
    by_mask = bool(contents.entries) and bool({*USUAL_TASKS} & {*tasks})
    return by_mask or (contents.grades is not None and ChallengeTask.GRADING in tasks)


@transaction.atomic
def _keep(
    phase: Phase, team: Team, actor: User, archive: Blob, arrived: PendingSubmission | None
) -> Submission:
    Team.objects.select_for_update().get(pk=team.pk)  # limits are counted one after the other
    row = PendingSubmission.objects.select_for_update().get(pk=arrived.pk) if arrived else None
    if row is not None and row.submission is not None:  # handed in twice at once
        return row.submission
    require_may_send(phase, actor, timezone.now())  # the archive may have taken its time
    submission = Submission.objects.create(phase=phase, team=team, sent_by=actor, archive=archive)
    submission.job = enqueue(
        EVALUATE_KIND,
        subject_id=submission.pk,
        project_id=phase.challenge.release.project_id,
        requested_by=actor,
        submission_id=submission.pk,
    )
    submission.save(update_fields=["job", "updated_at"])
    if row is not None:
        row.submission = submission
        row.save(update_fields=["submission", "updated_at"])
    audit.record(
        actor=actor,
        act=acts.SubmissionSent(split=phase.split, sha256=archive.sha256),
        subject=submission,
        project_id=phase.challenge.release.project_id,
    )
    return submission


def require_may_send(phase: Phase, actor: User, now: datetime) -> Team:
    """The team for which somebody may send to a phase now. Raises as `send` does."""
    challenge = phase.challenge
    team = team_of(actor, challenge)
    if team is None or knows_answers(actor, challenge.release.project):
        raise NotInATeam
    if challenge.opened_at is None:
        raise NotOpenYet
    if now < phase.opens_at:
        raise PhaseNotOpen(extra={"opens_at": phase.opens_at.isoformat()})
    if now >= phase.closes_at:
        raise PhaseClosed(extra={"closes_at": phase.closes_at.isoformat()})
    if is_sealed(challenge.release, phase.split, image=True):
        raise ImagesSealed
    sent = sent_today(phase, team, now)
    if sent["counted"] >= phase.daily_limit or sent["all"] >= MAX_TRIES_A_DAY:
        raise DailyLimit(extra={"daily_limit": phase.daily_limit})
    return team


def sent_today(phase: Phase, team: Team, now: datetime) -> dict[str, int]:
    """How many submissions the team has sent since midnight UTC: those that count, and all."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    states = list(
        Submission.objects.filter(phase=phase, team=team, created_at__gte=midnight).values_list(
            "state", flat=True
        )
    )
    return {"counted": sum(state in COUNTED for state in states), "all": len(states)}


def most_bytes() -> int:
    """The largest archive that the site takes."""
    return int(settings.VERTEBASE_MAX_SUBMISSION_BYTES)


def _too_large() -> SubmissionTooLarge:
    return SubmissionTooLarge(message=f"An archive may have at most {most_bytes() >> 20} MB.")


def require_size(size_bytes: int) -> None:
    """Raise `SubmissionTooLarge` for an archive that is larger than the site takes."""
    if size_bytes > most_bytes():
        raise _too_large()


@contextmanager
def _received(body: IO[bytes], announced_bytes: int | None) -> Iterator[Path]:
    """The body as a file that is gone afterwards; no byte more than the site takes is written."""
    require_size(announced_bytes or 0)
    folder = Path(settings.VERTEBASE_VAR) / "scratch" / "submissions"
    require_space(folder, announced_bytes or 0)
    with tempfile.TemporaryDirectory(dir=folder) as inside:
        path = Path(inside) / "archive.zip"
        left = most_bytes()
        with path.open("wb") as target:
            while block := body.read(BLOCK_BYTES):
                left -= len(block)
                if left < 0:
                    raise _too_large()
                target.write(block)
        yield path
