"""Who may see which challenge, team, submission and score."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from backend.accounts.models import User
from backend.challenge.models import (
    CaseScore,
    Challenge,
    EvaluationKey,
    PendingSubmission,
    Phase,
    Rescoring,
    Submission,
    SubmissionState,
    Team,
    TeamMember,
)
from backend.challenge.reports import Standings
from backend.common.errors import NotFound
from backend.common.selectors import one_of
from backend.projects.models import Membership, Project, Role
from backend.projects.selectors import has_role, projects_with_role
from backend.releases.embargo import is_sealed
from backend.releases.models import Custodian, Release, Split
from backend.releases.selectors import items_open_to, releases_visible_to, sees_sealed

# Who does this in a project has seen answers of its cases.
KNOWS_ANSWERS = (Role.MANAGER, Role.RATER, Role.RADIOLOGIST)


def challenges_visible_to(user: User) -> QuerySet[Challenge]:
    """Challenges on releases that one sees; those not open yet to managers alone."""
    managed = projects_with_role(user, Role.MANAGER).values("pk")
    rows = Challenge.objects.filter(release__in=releases_visible_to(user).order_by().values("pk"))
    return rows.filter(Q(opened_at__isnull=False) | Q(release__project__in=managed)).select_related(
        "release__project"
    )


def is_organiser(user: User, challenge: Challenge) -> bool:
    return has_role(user, challenge.release.project, Role.MANAGER)


def knows_answers(user: User, project: Project) -> bool:
    """Whether somebody has, or had, a role in which masks are seen, or keeps or kept a sealed part."""
    return (
        Membership.objects.filter(user=user, project=project, role__in=KNOWS_ANSWERS).exists()
        or Custodian.objects.filter(user=user, release__project=project, accepted_at__isnull=False).exists()
    )


def reads_answers(user: User, phase: Phase, release: Release | None = None) -> bool:
    """Whether somebody knows the answers of a phase anyway, on this version or another: managers.

    Of a sealed part only who reads it: its custodians, once it has any.
    """
    release = release or phase.challenge.release
    if phase.split == Split.TEST and sees_sealed(user, release):
        return True
    return has_role(user, release.project, Role.MANAGER) and not is_sealed(release, phase.split)


def keeps_keys(user: User, phase: Phase) -> bool:
    """Whether somebody makes keys to sign results of this phase with: nobody else can evaluate on it."""
    return reads_answers(user, phase)


def reads_keys(user: User, phase: Phase) -> bool:
    """Whether somebody sees which keys there are, and may revoke them."""
    return is_organiser(user, phase.challenge) or keeps_keys(user, phase)


def keys_of(phase: Phase) -> QuerySet[EvaluationKey]:
    """The keys of a phase, newest first."""
    return phase.keys.select_related("created_by").order_by("-created_at")


def rules_sha256(challenge: Challenge) -> str:
    return hashlib.sha256(challenge.rules.encode()).hexdigest()


def phase_of(challenge: Challenge, split: str) -> Phase:
    """The challenge's phase on that part. Raises ``NotFound``."""
    phase = challenge.phases.filter(split=split).first()
    if phase is None:
        raise NotFound
    phase.challenge = challenge
    return phase


def is_over(phase: Phase) -> bool:
    return timezone.now() >= phase.closes_at


def keeps_scores_back(phase: Phase) -> bool:
    """Whether only organisers may know more of a submission than that it was evaluated.

    So it is of the secret part until the phase ends: whoever sees scores can find answers out by trying.
    """
    return phase.split == Split.TEST and not is_over(phase)


def shows_cases(phase: Phase) -> bool:
    """Whether participants may see scores case by case: they tell which vertebrae the answer has."""
    return not keeps_scores_back(phase) and not is_sealed(phase.challenge.release, phase.split)


def teams_of(challenge: Challenge) -> QuerySet[Team]:
    """All teams with their members, by name."""
    members = Prefetch("members", TeamMember.objects.select_related("user").order_by("created_at"))
    return challenge.teams.select_related("captain").prefetch_related(members).order_by("name")


def membership_of(user: User, challenge: Challenge) -> TeamMember | None:
    """The person's place in a team of the challenge, given or only asked for."""
    return TeamMember.objects.filter(challenge=challenge, user=user).select_related("team").first()


def team_of(user: User, challenge: Challenge) -> Team | None:
    """The team that the person is in."""
    member = membership_of(user, challenge)
    return member.team if member is not None and member.joined_at is not None else None


def team_visible_to(user: User, team_id: UUID) -> Team:
    """A team of a challenge that one sees. Raises ``NotFound``."""
    teams = Team.objects.filter(challenge__in=challenges_visible_to(user).order_by().values("pk"))
    return one_of(teams.select_related("challenge__release__project"), team_id)


def member_visible_to(user: User, team_id: UUID, member_id: UUID) -> TeamMember:
    """Somebody's place in a team that one sees. Raises ``NotFound``."""
    team = team_visible_to(user, team_id)
    member = one_of(team.members.select_related("user"), member_id)
    member.team = team
    return member


def submissions_visible_to(user: User) -> QuerySet[Submission]:
    """Those of one's own teams, and all of challenges that one organises."""
    seen = challenges_visible_to(user).order_by()
    managed = projects_with_role(user, Role.MANAGER).values("pk")
    mine = TeamMember.objects.filter(user=user, joined_at__isnull=False).values("team")
    rows = Submission.objects.filter(phase__challenge__in=seen.values("pk"))
    rows = rows.filter(Q(team__in=mine) | Q(phase__challenge__release__project__in=managed))
    return rows.select_related("phase__challenge__release__project", "team", "sent_by", "archive", "job")


def pending_of(user: User) -> QuerySet[PendingSubmission]:
    """Somebody's own archives that arrive, of teams that they are still in, newest first."""
    mine = TeamMember.objects.filter(user=user, joined_at__isnull=False).values("team")
    seen = challenges_visible_to(user).order_by()
    rows = PendingSubmission.objects.filter(sent_by=user, team__in=mine)
    return rows.filter(phase__challenge__in=seen.values("pk")).select_related(
        "phase__challenge__release__project", "team", "submission"
    )


def pending_to(user: User, phase: Phase) -> QuerySet[PendingSubmission]:
    """Those to one phase that were not handed in."""
    return pending_of(user).filter(phase=phase, submission=None)


def submissions_to(user: User, phase: Phase) -> QuerySet[Submission]:
    """The same to one phase, newest first."""
    return submissions_visible_to(user).filter(phase=phase).order_by("-created_at")


def scores_open_to(user: User, submission: Submission) -> list[CaseScore] | None:
    """A submission's cases in the order of the release; None where this person may not see them now.

    Nobody is shown a case that they rate blindly now (`items_open_to`).
    """
    challenge = submission.phase.challenge
    if not reads_answers(user, submission.phase) and not shows_cases(submission.phase):
        return None
    items = list(items_open_to(user, challenge.release))
    rows = {row.item_id: row for row in submission.scores.filter(item__in=items)}
    for item in items:
        if item.pk in rows:
            rows[item.pk].item = item
    return [rows[item.pk] for item in items if item.pk in rows]


def board_for(user: User, phase: Phase) -> Standings | None:
    """The leaderboard; None where it is kept back until the phase ends.

    What it tells of levels and of the raters opens with the answers.
    """
    if keeps_scores_back(phase) and not is_organiser(user, phase.challenge):
        return None
    board = Standings.read(phase.board)
    return board if reads_answers(user, phase) or shows_cases(phase) else board.without_answers()


def corrected_boards(user: User, challenge: Challenge) -> list[dict[str, Any]]:
    """The leaderboards on corrected versions; kept back as the first, opened with both versions."""
    organiser = is_organiser(user, challenge)
    rows = Rescoring.objects.filter(phase__challenge=challenge).select_related("phase", "release__project")
    found = []
    for row in rows:
        row.phase.challenge = challenge
        board = None
        if row.board_at is not None and (organiser or not keeps_scores_back(row.phase)):
            board = Standings.read(row.board)
            known = reads_answers(user, row.phase) and reads_answers(user, row.phase, row.release)
            opened = shows_cases(row.phase) and not is_sealed(row.release, row.phase.split)
            board = board if known or opened else board.without_answers()
        found.append(
            {
                "split": row.phase.split,
                "release_id": row.release_id,
                "version": row.release.version,
                "board_at": row.board_at if board is not None or row.board_at is None else None,
                "board": board,
            }
        )
    return found


def counted_submissions(phase: Phase) -> dict[UUID, Submission]:
    """Each team's last evaluated submission, which is the one that counts."""
    rows = phase.submissions.filter(state=SubmissionState.EVALUATED).select_related("team")
    return {row.team_id: row for row in rows.order_by("created_at")}


def scores_by_submission(submissions: Sequence[Submission]) -> dict[UUID, list[CaseScore]]:
    """The cases of several submissions in one query."""
    found: dict[UUID, list[CaseScore]] = {row.pk: [] for row in submissions}
    rows = CaseScore.objects.filter(submission__in=submissions).select_related("item__release_patient")
    for row in rows.order_by("item__release_patient__subject", "item_id"):
        found[row.submission_id].append(row)
    return found


def challenges_of(user: User, release: Release) -> QuerySet[Challenge]:
    """The challenges on one release that this person may see."""
    return challenges_visible_to(user).filter(release=release)
