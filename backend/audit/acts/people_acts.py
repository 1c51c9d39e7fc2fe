"""Acts on accounts, projects and who belongs to them."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from backend.audit.acts.act import Act
from backend.audit.acts.verb import Verb


class AccountCreated(Act, verb=Verb.ACCOUNT_CREATED, sentence="Account made"):
    pass


class AccountProjectRight(Act, verb=Verb.ACCOUNT_PROJECT_RIGHT, sentence="May make projects: {allowed}"):
    allowed: bool


class AccountSwitchedOff(Act, verb=Verb.ACCOUNT_SWITCHED_OFF, sentence="Account switched off"):
    pass


class AccountSwitchedOn(Act, verb=Verb.ACCOUNT_SWITCHED_ON, sentence="Account switched on again"):
    pass


class AccountSignedIn(Act, verb=Verb.ACCOUNT_SIGNED_IN, sentence="Signed in"):
    pass


class AccountSignInFailed(Act, verb=Verb.ACCOUNT_SIGN_IN_FAILED, sentence="Sign-in refused"):
    """By whom is not known. The subject is the account, or, for an address without one, no account at all."""


class AccountSessionsEnded(
    Act,
    verb=Verb.ACCOUNT_SESSIONS_ENDED,
    sentence="Signed out everywhere: {sessions} sessions, {tokens} tokens",
):
    sessions: int
    tokens: int


class StorageQuotaSet(Act, verb=Verb.STORAGE_QUOTA_SET, sentence="Limit of storage: {limit}"):
    limit: str  # "50.0 GB", or "none"


class JobRetried(Act, verb=Verb.JOB_RETRIED, sentence="Failed job started again: {kind}"):
    kind: str


class TokenCreated(Act, verb=Verb.TOKEN_CREATED, sentence="Token made that may {scope}"):
    scope: str


class TokenRevoked(Act, verb=Verb.TOKEN_REVOKED, sentence="Token revoked"):
    pass


class ProgramAllowed(
    Act, verb=Verb.PROGRAM_ALLOWED, sentence="Let the program {program} sign in; it may {scope}"
):
    program: str
    scope: str


class ProgramRefused(Act, verb=Verb.PROGRAM_REFUSED, sentence="Refused the program {program}"):
    program: str


class ProjectCreated(Act, verb=Verb.PROJECT_CREATED, sentence="Project made"):
    pass


class ProjectChanged(Act, verb=Verb.PROJECT_CHANGED, sentence="Project changed: {fields}"):
    fields: list[str]


class StageTakenOut(Act, verb=Verb.STAGE_TAKEN_OUT, sentence="Took the stage {stage} out of the protocol"):
    stage: str
    how: str
    to: str
    cases: int
    in_hand: int
    handed_in: int


class TargetsSet(Act, verb=Verb.TARGETS_SET, sentence="Said how many vertebrae are wanted"):
    targets: dict[str, int]


class MemberInvited(Act, verb=Verb.MEMBER_INVITED, sentence="Invited as {role}"):
    role: str


class MemberUninvited(Act, verb=Verb.MEMBER_UNINVITED, sentence="Invitation taken back"):
    role: str


class MemberAccepted(Act, verb=Verb.MEMBER_ACCEPTED, sentence="Accepted the invitation"):
    pass


class MemberDeclined(Act, verb=Verb.MEMBER_DECLINED, sentence="Declined the invitation"):
    pass


class MemberAdded(Act, verb=Verb.MEMBER_ADDED, sentence="Became a member: {role}"):
    user: UUID
    role: str


class MemberChanged(Act, verb=Verb.MEMBER_CHANGED, sentence="Membership changed: {role}"):
    role: str
    active: bool
    away_from: date | None
    away_until: date | None


class MemberRemoved(Act, verb=Verb.MEMBER_REMOVED, sentence="Left the project"):
    pass


class MemberCapped(
    Act,
    verb=Verb.MEMBER_CAPPED,
    sentence="Limits set: {max_open} tasks at once, {max_weekly_hours} hours a week",
):
    user: UUID
    max_open: str  # a number, or "any number of"
    max_weekly_hours: str


class DueDatesMoved(
    Act,
    verb=Verb.MEMBER_DUE_MOVED,
    sentence="Due dates of {tasks} tasks moved by {days} days for an absence",
):
    user: UUID
    tasks: int
    days: int


class GroupMade(Act, verb=Verb.GROUP_MADE, sentence="Group of people made: {name}"):
    name: str


class GroupRenamed(Act, verb=Verb.GROUP_RENAMED, sentence="Group of people renamed: {was}, now {name}"):
    was: str
    name: str


class GroupDeleted(Act, verb=Verb.GROUP_DELETED, sentence="Group of people deleted: {name}"):
    name: str
    people: list[UUID]  # who were in it


class GroupChanged(
    Act, verb=Verb.GROUP_CHANGED, sentence="Group {name}: {joined} people put in, {left} taken out"
):
    name: str
    joined: int
    left: int
    put_in: list[UUID]
    taken_out: list[UUID]


class RaterQualified(Act, verb=Verb.RATER_QUALIFIED, sentence="Qualified after training"):
    user: UUID
    reason: str


class RaterDisqualified(Act, verb=Verb.RATER_DISQUALIFIED, sentence="Has to train again"):
    user: UUID


class WeightsChosen(Act, verb=Verb.WEIGHTS_CHOSEN, sentence="Weights of raters chosen by {basis}"):
    basis: str
    weights: dict[str, float]
    excluded: dict[str, str]


class GuidelinesPublished(
    Act, verb=Verb.GUIDELINES_PUBLISHED, sentence="Version {version} of the guidelines published"
):
    version: int
    must_read: bool
    questions: int  # that it answers


class DriftSettled(Act, verb=Verb.DRIFT_SETTLED, sentence="Settled a warning of drift: {how}"):
    user: UUID
    figure: str
    how: str
    reason: str


class AuditSaved(Act, verb=Verb.AUDIT_SAVED, sentence="Saved the list of acts as a file"):
    pass


class WebhookAdded(Act, verb=Verb.WEBHOOK_ADDED, sentence="Webhook added"):
    events: list[str]


class WebhookChanged(Act, verb=Verb.WEBHOOK_CHANGED, sentence="Webhook changed"):
    events: list[str]
    active: bool


class WebhookSecretRenewed(Act, verb=Verb.WEBHOOK_SECRET_RENEWED, sentence="Webhook got another secret"):
    pass


class WebhookRemoved(Act, verb=Verb.WEBHOOK_REMOVED, sentence="Webhook removed"):
    pass
