"""Results that were evaluated elsewhere: taken where they are signed, of this phase's data, and in bounds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from backend.audit import services as audit
from backend.audit.acts import challenge_acts as acts
from backend.challenge.errors import (
    BadResult,
    DailyLimit,
    KeyRevoked,
    NoSuchTeam,
    NotOpenYet,
    NotSigned,
    OtherPhase,
    OtherRelease,
    PhaseClosed,
    PhaseNotOpen,
    ResultSeen,
    ResultTooOld,
)
from backend.challenge.models import (
    CaseScore,
    ChallengeTask,
    EvaluationKey,
    Phase,
    SignedResult,
    Submission,
    SubmissionState,
    Team,
)
from backend.challenge.reports import CaseReport, Checked
from backend.challenge.results import EvaluationResult
from backend.challenge.selectors import keeps_keys, membership_of
from backend.challenge.services.evaluating import graded
from backend.challenge.services.references import grades_of, items_by_name
from backend.challenge.services.submitting import EVALUATE_KIND, MAX_TRIES_A_DAY, sent_today
from backend.common.errors import DomainError
from backend.common.storage import put_blob
from backend.common.tasks import enqueue
from backend.releases.models import ReleaseItem
from backend.science.predicted_grades import PredictedGrade
from backend.science.signed_results import canonical_bytes, is_signed

MAX_RESULT_BYTES = 16 << 20
KEPT_FOR = timedelta(days=1)  # a result is sent within this time after it was signed
AHEAD = timedelta(minutes=5)  # clocks differ
Scores = dict[str, tuple[CaseReport, bool]]  # with whether there was no prediction


def receive(*, challenge_id: UUID, split: str, body: bytes) -> Submission:
    """Take a signed result and have the leaderboard made with it; its signature is all that lets it in.

    Raises
    ------
    BadResult, NotSigned
        It is no result, or no key of this site has signed it as it is.
    KeyRevoked, OtherPhase, OtherRelease, ResultTooOld, ResultSeen, NoSuchTeam
        What it says of itself does not hold here; it is noted with the key.
    NotOpenYet, PhaseNotOpen, PhaseClosed, DailyLimit
        As for predictions that are sent.
    """
    raw, signature = _parsed(body)
    key = _key_of(raw, signature)
    try:
        return _take(key.pk, challenge_id, split, raw, signature)
    except DomainError as refusal:
        _note_refused(key, refusal)
        raise


@transaction.atomic
def _note_refused(key: EvaluationKey, refusal: DomainError) -> None:
    """Only what bore a right signature is noted: strangers fill no record."""
    audit.record(
        actor=None,
        act=acts.SignedResultRefused(name=key.name, key=key.pk, reason=refusal.code),
        subject=key.phase.challenge,
        project_id=key.phase.challenge.release.project_id,
    )


def _parsed(body: bytes) -> tuple[dict[str, Any], str]:
    try:
        told = json.loads(body)
        result, signature = told["result"], told["signature"]
        canonical_bytes(result)  # takes no number that is none
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise BadResult(
            message="It is no JSON with a result and its signature, or has numbers that are none."
        ) from error
    if not isinstance(result, dict) or not isinstance(signature, str) or not signature.isascii():
        raise BadResult(message="It is no JSON with a result and its signature.")
    return result, signature


def _key_of(raw: Mapping[str, Any], signature: str) -> EvaluationKey:
    """The key that signed it, revoked or not. Raises ``NotSigned``, and tells no more than that."""
    try:
        named = UUID(str(raw.get("key")))
    except ValueError as error:
        raise NotSigned from error
    key = EvaluationKey.objects.select_related("phase__challenge__release").filter(pk=named).first()
    if key is None or not is_signed(raw, signature, key.secret):
        raise NotSigned
    return key


@transaction.atomic
def _take(key_id: UUID, challenge_id: UUID, split: str, raw: dict[str, Any], signature: str) -> Submission:
    now = timezone.now()
    key = (
        EvaluationKey.objects.select_for_update(of=("self",))
        .select_related("phase__challenge__release__project", "created_by")
        .get(pk=key_id)
    )
    phase = key.phase
    _require_holds(key)
    result = EvaluationResult.read(raw)
    named = (result.challenge, result.split)
    if named != (str(phase.challenge_id), phase.split) or named != (str(challenge_id), split):
        raise OtherPhase
    release = phase.challenge.release
    if (result.version, result.manifest_sha256) != (release.version, release.manifest_sha256):
        raise OtherRelease
    signed_at = _recent(result.signed_at, now)
    if key.results.filter(nonce=result.nonce).exists():
        raise ResultSeen
    _require_open(phase, now)
    team = _team(phase, result.team)
    scores = _scores(phase, result)
    sent = sent_today(phase, team, now)
    if sent["counted"] >= phase.daily_limit or sent["all"] >= MAX_TRIES_A_DAY:
        raise DailyLimit(extra={"daily_limit": phase.daily_limit})
    return _keep(
        key, team, result.nonce, signed_at, scores, canonical_bytes({"result": raw, "signature": signature})
    )


def _require_holds(key: EvaluationKey) -> None:
    maker = key.created_by
    holds = maker.is_active and keeps_keys(maker, key.phase)
    if key.revoked_at is not None or not holds or membership_of(maker, key.phase.challenge) is not None:
        raise KeyRevoked


def _recent(told: str, now: datetime) -> datetime:
    try:
        at = parse_datetime(told)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise BadResult(message="The result does not say when it was signed, with the offset of its clock.")
    if not now - KEPT_FOR <= at <= now + AHEAD:
        raise ResultTooOld
    return at


def _require_open(phase: Phase, now: datetime) -> None:
    if phase.challenge.opened_at is None:
        raise NotOpenYet
    if now < phase.opens_at:
        raise PhaseNotOpen(extra={"opens_at": phase.opens_at.isoformat()})
    if now >= phase.closes_at:
        raise PhaseClosed(extra={"closes_at": phase.closes_at.isoformat()})


def _team(phase: Phase, name: str) -> Team:
    team = phase.challenge.teams.select_for_update(of=("self",)).filter(name__iexact=name).first()
    if team is None:
        raise NoSuchTeam
    return team


def _scores(phase: Phase, result: EvaluationResult) -> Scores:
    """The scores of every case of the phase, from its figures. Raises ``BadResult``, ``OtherRelease``."""
    items = items_by_name(phase)
    strange = sorted({*items} ^ {*result.cases})
    if strange:
        raise BadResult(
            message="The cases are not those of the phase, each once.", extra={"cases": strange[:10]}
        )
    wanted = _wanted(phase, items)
    scores: Scores = {}
    for name, item in items.items():
        case = result.cases[name]
        if case.mask_digest != item.mask.digest:
            raise OtherRelease(extra={"case": name})
        fault = case.fault(int(label) for label in item.mask.label_voxels)
        if fault is not None:
            raise BadResult(message=f"Case {name}: {fault}.", extra={"case": name})
        told = {one.label: PredictedGrade(one.grade, one.probability) for one in case.grades}
        scores[name] = case.report(graded(wanted.get(name, {}), told)), case.absent
    return scores


def _wanted(phase: Phase, items: Mapping[str, ReleaseItem]) -> dict[str, dict[int, int]]:
    return grades_of(items) if ChallengeTask.GRADING in phase.challenge.tasks else {}


def _keep(
    key: EvaluationKey, team: Team, nonce: str, signed_at: datetime, scores: Scores, document: bytes
) -> Submission:
    phase, project_id = key.phase, key.phase.challenge.release.project_id
    archive = put_blob(data=document, media_type="application/json")
    missing = tuple(name for name, (_, absent) in scores.items() if absent)
    submission = Submission.objects.create(
        phase=phase,
        team=team,
        sent_by=key.created_by,
        archive=archive,
        state=SubmissionState.EVALUATING,
        evaluated_by=key.name,
        check_report=Checked(cases=len(scores) - len(missing), missing=missing).to_json(),
    )
    try:
        with transaction.atomic():
            SignedResult.objects.create(submission=submission, key=key, nonce=nonce, signed_at=signed_at)
    except IntegrityError as error:
        raise ResultSeen from error
    items = items_by_name(phase)
    CaseScore.objects.bulk_create(
        CaseScore(submission=submission, item=items[name], absent=absent, report=report.to_json())
        for name, (report, absent) in scores.items()
    )
    key.used_at = timezone.now()
    key.save(update_fields=["used_at", "updated_at"])
    audit.record(
        actor=None,
        act=acts.SignedResultTaken(name=key.name, split=phase.split, key=key.pk, sha256=archive.sha256),
        subject=submission,
        project_id=project_id,
    )
    submission.job = enqueue(
        EVALUATE_KIND,
        subject_id=submission.pk,
        project_id=project_id,
        requested_by=key.created_by,
        submission_id=submission.pk,
    )
    submission.save(update_fields=["job", "updated_at"])
    return submission
