"""Challenges, teams and submissions as a person may see them."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Max, QuerySet
from django.utils import timezone

from backend.accounts.models import User
from backend.challenge.models import (
    PENDING_KEPT,
    Challenge,
    EvaluationKey,
    PendingSubmission,
    Phase,
    Submission,
    SubmissionState,
    Team,
)
from backend.challenge.reports import Checked
from backend.challenge.selectors import (
    board_for,
    is_organiser,
    is_over,
    keeps_keys,
    keeps_scores_back,
    knows_answers,
    membership_of,
    phase_of,
    reads_keys,
    scores_open_to,
    teams_of,
)
from backend.challenge.services.references import items_by_name
from backend.challenge.services.submitting import sent_today
from backend.releases.models import Split

_OF_RELEASE = "challenge__release__project"


def with_counts(rows: QuerySet[Challenge]) -> QuerySet[Challenge]:
    """Challenges with what their cards tell."""
    return rows.annotate(
        teams_count=Count("teams", distinct=True), closes_at=Max("phases__closes_at")
    ).order_by("-created_at")


def challenge_summary(challenge: Any) -> dict[str, Any]:
    """One card of the list; of a row by `with_counts`."""
    release = challenge.release
    return {
        "id": challenge.pk,
        "title": challenge.title,
        "release": {"id": release.pk, "title": release.title, "version": release.version},
        "project": {"slug": release.project.slug, "name": release.project.name},
        "tasks": challenge.tasks,
        "opened_at": challenge.opened_at,
        "closes_at": challenge.closes_at,
        "teams_count": challenge.teams_count,
    }


def challenge_detail(challenge: Challenge, user: User) -> dict[str, Any]:
    """Everything its page shows beside submissions and leaderboards."""
    counted = with_counts(Challenge.objects.select_related("release__project")).get(pk=challenge.pk)
    organiser = is_organiser(user, challenge)
    mine = membership_of(user, challenge)
    team = mine.team if mine is not None and mine.joined_at is not None else None
    return {
        **challenge_summary(counted),
        "rules": counted.rules,
        "phases": [_phase(phase, team, user) for phase in counted.phases.select_related(_OF_RELEASE)],
        "organiser": organiser,
        "may_take_part": not knows_answers(user, challenge.release.project),
        "my_team": team.pk if team is not None else None,
        "asked_team": mine.team_id if mine is not None and team is None else None,
        "captain": team is not None and team.captain_id == user.pk,
        "teams": [
            _team(row, user, named=organiser or (team is not None and row.pk == team.pk))
            for row in teams_of(challenge)
        ],
    }


def _phase(phase: Phase, team: Team | None, user: User) -> dict[str, Any]:
    now = timezone.now()
    left = None
    if team is not None:
        left = max(0, phase.daily_limit - sent_today(phase, team, now)["counted"])
    return {
        "split": phase.split,
        "opens_at": phase.opens_at,
        "closes_at": phase.closes_at,
        "daily_limit": phase.daily_limit,
        "state": "over" if is_over(phase) else "open" if now >= phase.opens_at else "ahead",
        "secret": phase.split == Split.TEST,
        "left_today": left,
        "makes_keys": keeps_keys(user, phase),
        "reads_keys": reads_keys(user, phase),
    }


def _team(team: Team, user: User, *, named: bool) -> dict[str, Any]:
    """A team; who is in it is told to itself (those who ask to join, too) and to organisers."""
    members = list(team.members.all())
    return {
        "id": team.pk,
        "name": team.name,
        "members_count": sum(member.joined_at is not None for member in members),
        "members": [
            {
                "id": member.pk,
                "name": member.user.name,
                "captain": member.user_id == team.captain_id,
                "me": member.user_id == user.pk,
                "joined_at": member.joined_at,
            }
            for member in members
            if named or member.user_id == user.pk
        ],
    }


def key_row(key: EvaluationKey) -> dict[str, Any]:
    """A key without its secret."""
    return {
        "id": key.pk,
        "name": key.name,
        "made_by": key.created_by.name,
        "made_at": key.created_at,
        "used_at": key.used_at,
        "revoked_at": key.revoked_at,
    }


def submission_row(submission: Submission) -> dict[str, Any]:
    """One line of the list of submissions: how far it is, and what was found in it."""
    running = submission.state in (SubmissionState.WAITING, SubmissionState.EVALUATING)
    return {
        "id": submission.pk,
        "split": submission.phase.split,
        "team": submission.team.name,
        "sent_by": submission.evaluated_by or submission.sent_by.name,
        "evaluated_by": submission.evaluated_by,
        "sent_at": submission.created_at,
        "size_bytes": submission.archive.size_bytes,
        "state": submission.state,
        "progress": submission.job.progress if running and submission.job is not None else float(not running),
        "check": Checked.read(submission.check_report) if submission.check_report else None,
        "evaluated_at": submission.evaluated_at,
    }


def pending_row(row: PendingSubmission) -> dict[str, Any]:
    """One archive that is on its way."""
    return {
        "id": row.pk,
        "name": row.name,
        "size_bytes": row.size_bytes,
        "offset_bytes": row.offset_bytes,
        "begun_at": row.created_at,
        "expires_at": row.updated_at + PENDING_KEPT,
    }


def submission_detail(submission: Submission, user: User) -> dict[str, Any]:
    """The same with its cases, where they may be seen."""
    scores = scores_open_to(user, submission)
    cases = None
    if scores is not None:
        names = {item.pk: name for name, item in items_by_name(submission.phase).items()}
        cases = [
            {
                "case": names[score.item_id],
                "item_id": score.item_id,
                "absent": score.absent,
                "report": score.report,
            }
            for score in scores
        ]
    return {**submission_row(submission), "cases": cases}


def leaderboard(challenge: Challenge, split: str, user: User) -> dict[str, Any]:
    """A phase's board in a number of queries that does not grow with teams or cases."""
    phase = phase_of(challenge, split)
    board = board_for(user, phase)
    return {
        "split": split,
        "kept_back_until": phase.closes_at if keeps_scores_back(phase) else None,
        "board_at": phase.board_at if board is not None else None,
        "board": board,
    }
