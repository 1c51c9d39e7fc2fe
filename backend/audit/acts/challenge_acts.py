"""Acts on challenges, their teams and submissions."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from backend.audit.acts.act import Act
from backend.audit.acts.verb import Verb


class ChallengeDrafted(Act, verb=Verb.CHALLENGE_DRAFTED, sentence="Challenge drafted"):
    release: UUID


class ChallengeChanged(Act, verb=Verb.CHALLENGE_CHANGED, sentence="Draft of the challenge changed"):
    rules_sha256: str


class ChallengeDiscarded(Act, verb=Verb.CHALLENGE_DISCARDED, sentence="Draft of the challenge deleted"):
    pass


class ChallengeOpened(Act, verb=Verb.CHALLENGE_OPENED, sentence="Challenge opened"):
    rules_sha256: str


class ChallengeRescored(
    Act, verb=Verb.CHALLENGE_RESCORED, sentence="Submissions scored again on a corrected version"
):
    release: UUID


class PhaseSet(
    Act,
    verb=Verb.CHALLENGE_PHASE_SET,
    sentence="Phase {split}: {opens_at} to {closes_at}, {daily_limit} a day",
):
    split: str
    opens_at: datetime
    closes_at: datetime
    daily_limit: int


class TeamMade(Act, verb=Verb.CHALLENGE_TEAM_MADE, sentence="Team made"):
    challenge: UUID


class TeamDisbanded(Act, verb=Verb.CHALLENGE_TEAM_DISBANDED, sentence="Team disbanded"):
    challenge: UUID


class TeamAsked(Act, verb=Verb.CHALLENGE_TEAM_ASKED, sentence="Asked to join the team"):
    rules_sha256: str


class TeamJoined(Act, verb=Verb.CHALLENGE_TEAM_JOINED, sentence="Taken into the team"):
    member: UUID


class TeamLeft(Act, verb=Verb.CHALLENGE_TEAM_LEFT, sentence="No longer in the team"):
    member: UUID


class SubmissionSent(Act, verb=Verb.CHALLENGE_SUBMISSION_SENT, sentence="Submission to phase {split} sent"):
    split: str
    sha256: str


class SubmissionRefused(
    Act, verb=Verb.CHALLENGE_SUBMISSION_REFUSED, sentence="Submission refused, {faults} files at fault"
):
    faults: int


class SubmissionEvaluated(
    Act, verb=Verb.CHALLENGE_SUBMISSION_EVALUATED, sentence="Submission evaluated on {cases} cases"
):
    cases: int


class SubmissionFailed(
    Act, verb=Verb.CHALLENGE_SUBMISSION_FAILED, sentence="Evaluation of the submission failed"
):
    pass


class EvaluationKeyMade(
    Act, verb=Verb.CHALLENGE_KEY_MADE, sentence="Key {name} to evaluate phase {split} elsewhere made"
):
    name: str
    split: str


class EvaluationKeyRevoked(
    Act, verb=Verb.CHALLENGE_KEY_REVOKED, sentence="Key {name} to evaluate phase {split} elsewhere revoked"
):
    name: str
    split: str


class SignedResultTaken(
    Act,
    verb=Verb.CHALLENGE_RESULT_TAKEN,
    sentence="Result evaluated elsewhere by {name} taken, phase {split}",
):
    name: str
    split: str
    key: UUID
    sha256: str


class SignedResultRefused(
    Act,
    verb=Verb.CHALLENGE_RESULT_REFUSED,
    sentence="Result evaluated elsewhere by {name} refused: {reason}",
):
    name: str
    key: UUID
    reason: str
