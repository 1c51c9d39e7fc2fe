"""Acts on engine runs, models, their training, and releases."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from backend.audit.acts.act import Act
from backend.audit.acts.verb import Verb


class RunStarted(Act, verb=Verb.RUN_STARTED, sentence="Run of {engine} started"):
    engine: str
    priority: int


class RunCorrected(Act, verb=Verb.RUN_CORRECTED, sentence="Run of {engine} started anew from a correction"):
    engine: str
    priority: int
    correction: dict[str, Any]


class RunPrioritised(Act, verb=Verb.RUN_PRIORITISED, sentence="Priority of the run: {priority}"):
    priority: int


class RunCancelled(Act, verb=Verb.RUN_CANCELLED, sentence="Run cancelled"):
    pass


class ModelAdded(Act, verb=Verb.MODEL_ADDED, sentence="Model {number} added"):
    number: int
    digest: str


class ModelCompared(Act, verb=Verb.MODEL_COMPARED, sentence="Model compared on {cases} cases"):
    against: UUID | None
    cases: int


class ModelPromoted(Act, verb=Verb.MODEL_PROMOTED, sentence="Model in use from now on"):
    replaces: UUID | None
    comparison: UUID


class ModelRolledBack(Act, verb=Verb.MODEL_ROLLED_BACK, sentence="Went back to the model before"):
    to: UUID | None


class TrainingStarted(Act, verb=Verb.TRAINING_STARTED, sentence="Training on {cases} cases started"):
    cases: int
    validation: int
    steps: int
    learning_rate: float
    synthetic_share: float
    seed: int
    networks: tuple[str, ...] = ("segment",)
    undrawn: int = 0  # cases that nobody had drawn


class TrainingStopped(Act, verb=Verb.TRAINING_STOPPED, sentence="Training stopped, nothing kept"):
    pass


class TrainingEndedEarly(
    Act, verb=Verb.TRAINING_ENDED_EARLY, sentence="Training ended early, what it has learned kept"
):
    pass


class ReleaseDrafted(Act, verb=Verb.RELEASE_DRAFTED, sentence="Release {version} drafted with {cases} cases"):
    version: str
    cases: int
    seed: int


class ReleaseRedrafted(
    Act, verb=Verb.RELEASE_REDRAFTED, sentence="Draft of release {version} changed, {cases} cases"
):
    version: str
    cases: int
    seed: int


class ReleasePlaced(
    Act, verb=Verb.RELEASE_PLACED, sentence="{patients} patients of the draft placed by hand"
):
    patients: int


class ReleaseDiscarded(Act, verb=Verb.RELEASE_DISCARDED, sentence="Draft of release {version} deleted"):
    version: str


class ReleaseFreezing(Act, verb=Verb.RELEASE_FREEZING, sentence="Release being built"):
    pass


class ReleaseFrozen(Act, verb=Verb.RELEASE_FROZEN, sentence="Release frozen with {files} files"):
    manifest_sha256: str
    files: int


class ReleaseErratum(Act, verb=Verb.RELEASE_ERRATUM, sentence="Erratum added"):
    erratum: UUID


class ReleaseFaultReported(Act, verb=Verb.RELEASE_FAULT_REPORTED, sentence="Reported a fault in the release"):
    report: UUID


class ReleaseFaultTakenUp(Act, verb=Verb.RELEASE_FAULT_TAKEN_UP, sentence="Took up a reported fault"):
    report: UUID


class ReleaseFaultDeclined(Act, verb=Verb.RELEASE_FAULT_DECLINED, sentence="Declined a reported fault"):
    report: UUID


class CustodianNamed(Act, verb=Verb.RELEASE_CUSTODIAN_NAMED, sentence="Asked somebody to be a custodian"):
    custodian: UUID
    person: UUID


class CustodianAccepted(Act, verb=Verb.RELEASE_CUSTODIAN_ACCEPTED, sentence="Became a custodian"):
    custodian: UUID


class CustodianDeclined(Act, verb=Verb.RELEASE_CUSTODIAN_DECLINED, sentence="Declined to be a custodian"):
    custodian: UUID


class CustodyEnded(Act, verb=Verb.RELEASE_CUSTODY_ENDED, sentence="Ended a custodian's place"):
    custodian: UUID


class OpeningConfirmed(
    Act, verb=Verb.RELEASE_OPENING_CONFIRMED, sentence="Confirmed the opening of the sealed part"
):
    pass


class OpeningTakenBack(
    Act,
    verb=Verb.RELEASE_OPENING_TAKEN_BACK,
    sentence="Took the confirmation of the opening back",
):
    pass


class SealedPartOpened(
    Act, verb=Verb.RELEASE_SEALED_OPENED, sentence="Opened the sealed part with a second custodian"
):
    first: UUID
    second: UUID


class SealedPartRead(Act, verb=Verb.RELEASE_SEALED_READ, sentence="Read of the sealed part: {what}"):
    what: str


class ReleasePageSet(
    Act, verb=Verb.RELEASE_PAGE_SET, sentence="Page of the release set, with {pictures} pictures"
):
    public: bool
    access: str
    pictures: int


class ReleasePublishingPlanned(
    Act, verb=Verb.RELEASE_PUBLISHING_PLANNED, sentence="Release to be published on {at}"
):
    at: str


class ReleasePublished(Act, verb=Verb.RELEASE_PUBLISHED, sentence="Release published"):
    pass


class ReleasePublishingTakenBack(
    Act, verb=Verb.RELEASE_PUBLISHING_TAKEN_BACK, sentence="Publishing at a set time taken back"
):
    pass


class ReleaseWithdrawn(Act, verb=Verb.RELEASE_WITHDRAWN, sentence="Release withdrawn: {reason}"):
    reason: str


class ReleaseAccessAsked(Act, verb=Verb.RELEASE_ACCESS_ASKED, sentence="Access to the release asked for"):
    request: UUID


class ReleaseAccessGranted(
    Act, verb=Verb.RELEASE_ACCESS_GRANTED, sentence="Access to the release granted until {until}"
):
    request: UUID
    until: str


class ReleaseAccessRefused(
    Act, verb=Verb.RELEASE_ACCESS_REFUSED, sentence="Access to the release refused: {reason}"
):
    request: UUID
    reason: str


class ReleaseAccessRevoked(
    Act, verb=Verb.RELEASE_ACCESS_REVOKED, sentence="Access to the release taken back: {reason}"
):
    request: UUID
    reason: str


class ReleaseTermsAccepted(Act, verb=Verb.RELEASE_TERMS_ACCEPTED, sentence="Accepted the terms"):
    pass


class ReleaseDownloaded(Act, verb=Verb.RELEASE_DOWNLOADED, sentence="Downloaded from byte {bytes_from} on"):
    archive: str
    bytes_from: int
