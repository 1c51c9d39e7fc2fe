"""Challenges made, changed and opened by the manager of the release's project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.audit import services as audit
from backend.audit.acts import challenge_acts as acts
from backend.audit.acts.act import Act
from backend.challenge.errors import AlreadyOpen, EmptyPart, ImagesSealed, NoPhase, PhaseInvalid
from backend.challenge.models import USUAL_TASKS, Challenge, Phase
from backend.challenge.selectors import rules_sha256
from backend.common.errors import Conflict, Invalid
from backend.releases.embargo import locked_until
from backend.releases.errors import NotFrozen
from backend.releases.models import Release, ReleaseState, Split


@dataclass(frozen=True, slots=True)
class Draft:
    """What a manager says of a challenge; ``rules`` are Markdown."""

    title: str
    rules: str
    tasks: Sequence[str] = USUAL_TASKS


@dataclass(frozen=True, slots=True)
class Times:
    """When a phase is open, and how many submissions a team may send on one day."""

    opens_at: datetime
    closes_at: datetime
    daily_limit: int = 3


@transaction.atomic
def draft_challenge(*, release: Release, actor: User, draft: Draft) -> Challenge:
    """A challenge on a frozen release, which managers alone see until it is opened.

    Raises
    ------
    NotFrozen, Invalid
        The release may still change; no task, or one twice.
    """
    if release.state != ReleaseState.FROZEN:
        raise NotFrozen
    challenge = Challenge(release=release, created_by=actor)
    _write(challenge, draft)
    challenge.save(force_insert=True)
    _record(actor, acts.ChallengeDrafted(release=release.pk), challenge)
    return challenge


@transaction.atomic
def change_challenge(*, challenge: Challenge, actor: User, draft: Draft) -> Challenge:
    """Say something else in a draft. Raises ``AlreadyOpen``, ``Invalid``."""
    row = _locked_draft(challenge)
    _write(row, draft)
    row.save(update_fields=["title", "rules", "tasks", "updated_at"])
    _record(actor, acts.ChallengeChanged(rules_sha256=rules_sha256(row)), row)
    return row


@transaction.atomic
def discard_challenge(*, challenge: Challenge, actor: User) -> None:
    """Delete a draft with its phases. Raises ``AlreadyOpen``."""
    row = _locked_draft(challenge)
    _record(actor, acts.ChallengeDiscarded(), row)
    row.delete()


@transaction.atomic
def open_challenge(*, challenge: Challenge, actor: User) -> Challenge:
    """Show it to the project's researchers, who can make teams from now on.

    Raises
    ------
    AlreadyOpen, NoPhase
    """
    row = _locked_draft(challenge)
    if not row.phases.exists():
        raise NoPhase
    row.opened_at = timezone.now()
    row.save(update_fields=["opened_at", "updated_at"])
    _record(actor, acts.ChallengeOpened(rules_sha256=rules_sha256(row)), row)
    return row


@transaction.atomic
def set_phase(*, challenge: Challenge, actor: User, split: str, times: Times) -> Phase:
    """Set when a part can be submitted to: a new phase, or other times of one that is not over.

    Raises
    ------
    PhaseInvalid, EmptyPart, ImagesSealed
        It closes before it opens; the release has no such case; nobody has the CTs when it opens.
    Conflict
        ``phase_over``: what was kept back until its end has been shown.
    """
    row = Challenge.objects.select_for_update(of=("self",)).select_related("release").get(pk=challenge.pk)
    if times.closes_at <= times.opens_at:
        raise PhaseInvalid
    if not row.release.patients.filter(split=split).exists():
        raise EmptyPart
    _require_images_open(row.release, split, times.opens_at)
    phase = row.phases.select_for_update().filter(split=split).first()
    if phase is not None and row.opened_at is not None and phase.closes_at <= timezone.now():
        raise Conflict("phase_over", "This phase is over: its scores are shown, and its times stay.")
    phase = phase or Phase(challenge=row, split=split)
    phase.opens_at, phase.closes_at, phase.daily_limit = times.opens_at, times.closes_at, times.daily_limit
    phase.save()
    act = acts.PhaseSet(
        split=split, opens_at=times.opens_at, closes_at=times.closes_at, daily_limit=times.daily_limit
    )
    _record(actor, act, row)
    return phase


def _require_images_open(release: Release, split: str, opens_at: datetime) -> None:
    """Predictions are made from CTs, and errors of a check tell their grids: both have to be open."""
    if split != Split.TEST or release.open_test_images:
        return
    if locked_until(release, timezone.localdate(opens_at)) is not None:
        raise ImagesSealed


def _locked_draft(challenge: Challenge) -> Challenge:
    row = (
        Challenge.objects.select_for_update(of=("self",))
        .select_related("release__project")
        .get(pk=challenge.pk)
    )
    if row.opened_at is not None:
        raise AlreadyOpen
    return row


def _write(challenge: Challenge, draft: Draft) -> None:
    tasks = list(draft.tasks)
    if not tasks or len(set(tasks)) != len(tasks):
        raise Invalid("bad_tasks", "Name at least one task, each once.")
    challenge.title, challenge.rules, challenge.tasks = draft.title, draft.rules, tasks


def _record(actor: User, act: Act, challenge: Challenge) -> None:
    audit.record(actor=actor, act=act, subject=challenge, project_id=challenge.release.project_id)
