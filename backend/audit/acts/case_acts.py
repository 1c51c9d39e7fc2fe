"""Acts on cases and the work on them; their sentences make up the history of a case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from backend.audit.acts.act import Act, Saying
from backend.audit.acts.verb import Verb


class CaseOpened(Act, verb=Verb.CASE_OPENED, sentence="Case opened"):
    pass


class CaseStarted(Act, verb=Verb.CASE_STARTED, sentence="First mask is there"):
    mask: UUID
    source: str
    naming_doubt: str


class CaseStartMaskCorrected(
    Act, verb=Verb.CASE_START_MASK_CORRECTED, sentence="Starts from the engine's corrected mask"
):
    mask: UUID
    parent: UUID | None


class CaseStartMaskImported(
    Act, verb=Verb.CASE_START_MASK_IMPORTED, sentence="Starts from the mask that came with the CT"
):
    mask: UUID
    parent: UUID | None


class CaseTagged(Act, verb=Verb.CASE_TAGGED, sentence="Tagged {tags}"):
    tags: list[str]


class CaseUntagged(Act, verb=Verb.CASE_UNTAGGED, sentence="Tags taken off: {tags}"):
    tags: list[str]


class CaseMoved(Act, verb=Verb.CASE_MOVED, sentence="Moved to {stage}"):
    stage: str
    previous: str


class CaseAccepted(Act, verb=Verb.CASE_ACCEPTED, sentence="Case accepted"):
    mask: UUID


class CasePrioritised(Act, verb=Verb.CASE_PRIORITISED, sentence="Priority changed to {priority}"):
    priority: int
    due_on: date | None


class CaseSeen(Act, verb=Verb.CASE_SEEN, sentence="Saw others' work: {through}"):
    through: str


class CaseReadOut(Act, verb=Verb.CASE_READ_OUT, sentence="Read over DICOMweb"):
    pass


class CaseUnblinded(Act, verb=Verb.CASE_UNBLINDED, sentence="Asked for the names: {reason}"):
    reason: str


class CaseReviewed(Act, verb=Verb.CASE_REVIEWED, sentence="Reviewed"):
    accepted: bool
    assignment: UUID
    mask: UUID

    @classmethod
    def said(cls, detail: Mapping[str, Any]) -> str:
        return "Accepted in review" if detail.get("accepted") else "Returned by the reviewer"

    @classmethod
    def sayings(cls) -> list[Saying]:
        return [
            Saying(cls.said({"accepted": accepted}), {"accepted": accepted}) for accepted in (True, False)
        ]


EXCLUSIONS = {
    "image_quality": "image quality",
    "wrong_region": "wrong region",
    "same_scan": "same scan as another",
    "not_eligible": "not eligible",
    "consent": "consent withdrawn",
    "other": "something else",
}
"""Why a case is taken out of the data for good, in words."""
EXCLUSION_CHOICES = list(EXCLUSIONS.items())


class CaseExcluded(Act, verb=Verb.CASE_EXCLUDED, sentence="Excluded: {reason}"):
    reason: str
    exclusion: UUID

    @classmethod
    def said(cls, detail: Mapping[str, Any]) -> str:
        reason = str(detail.get("reason", ""))
        return cls.sentence.replace("{reason}", EXCLUSIONS.get(reason, reason))

    @classmethod
    def sayings(cls) -> list[Saying]:
        return [Saying(cls.said({"reason": reason}), {"reason": reason}) for reason in EXCLUSIONS]


class CasePutBack(Act, verb=Verb.CASE_PUT_BACK, sentence="Put back"):
    exclusion: UUID
    state: str
    stage: str


class CaseUnderReviewAgain(
    Act, verb=Verb.CASE_UNDER_REVIEW_AGAIN, sentence="Accepted before, under review again"
):
    stage: str


class CaseReturned(Act, verb=Verb.CASE_RETURNED, sentence="Returned before its review began"):
    mask: UUID


class TaskOpened(
    Act, verb=Verb.TASK_OPENED, sentence="Task opened: {stage}, round {round}, people asked: {overlap}"
):
    task: UUID
    stage: str
    round: int
    overlap: int


class TaskOverlapChanged(
    Act, verb=Verb.TASK_OVERLAP_CHANGED, sentence="People asked for this task: now {overlap}"
):
    task: UUID
    overlap: int


class AssignmentTaken(Act, verb=Verb.ASSIGNMENT_TAKEN, sentence="Took a task of {stage}"):
    assignment: UUID
    stage: str
    slot: int


class AssignmentGiven(Act, verb=Verb.ASSIGNMENT_GIVEN, sentence="Assigned a task"):
    assignment: UUID
    rater: UUID


class AssignmentOpened(Act, verb=Verb.ASSIGNMENT_OPENED, sentence="Began to work"):
    assignment: UUID


class AssignmentMaskTakenIn(
    Act,
    verb=Verb.ASSIGNMENT_MASK_TAKEN_IN,
    sentence="Took in the mask from another program, {changed_voxels} voxels changed",
):
    assignment: UUID
    revision: int
    digest: str
    changed_voxels: int


class AssignmentSubmitted(
    Act, verb=Verb.ASSIGNMENT_SUBMITTED, sentence="Submitted, {edited_voxels} voxels changed"
):
    assignment: UUID
    stage: str
    digest: str | None
    edited_voxels: int
    findings_answered: list[dict[str, Any]]
    naming: str | None


class AssignmentReturned(Act, verb=Verb.ASSIGNMENT_RETURNED, sentence="Work returned"):
    assignment: UUID


class AssignmentReleased(Act, verb=Verb.ASSIGNMENT_RELEASED, sentence="Gave the task back"):
    assignment: UUID
    reason: str


CONCERNS = {
    "wrong_region": "wrong region",
    "discuss": "needs discussion",
    "not_for_me": "not for me",
    "other": "something else",
}
"""Why somebody turns to the manager about a task, in words."""


class ConcernRaised(Act, verb=Verb.CONCERN_RAISED, sentence="Told the manager: {concern}"):
    assignment: UUID
    concern: str

    @classmethod
    def said(cls, detail: Mapping[str, Any]) -> str:
        concern = str(detail.get("concern", ""))
        return cls.sentence.replace("{concern}", CONCERNS.get(concern, concern))

    @classmethod
    def sayings(cls) -> list[Saying]:
        return [Saying(cls.said({"concern": concern}), {"concern": concern}) for concern in CONCERNS]


class ConcernSettled(Act, verb=Verb.CONCERN_SETTLED, sentence="Answered what was told of a task"):
    assignment: UUID


class QuestionAsked(Act, verb=Verb.QUESTION_ASKED, sentence="Asked a question"):
    question: UUID


class QuestionAnswered(Act, verb=Verb.QUESTION_ANSWERED, sentence="Wrote in a question"):
    question: UUID


class QuestionClosed(Act, verb=Verb.QUESTION_CLOSED, sentence="Closed a question"):
    question: UUID


class NamingAnswered(Act, verb=Verb.NAMING_ANSWERED, sentence="Answered whether the names are right"):
    assignment: UUID
    answer: str


class NamingSettled(Act, verb=Verb.NAMING_SETTLED, sentence="Names of the vertebrae: {state}"):
    state: str

    words = {
        "state": {
            "": "not in doubt",
            "open": "to be answered",
            "confirmed": "confirmed",
            "unknown": "cannot be told from this scan",
        }
    }


PURPOSES = {
    "work": "work",
    "training": "training",
    "gold": "gold cases",
    "repeat": "repeats",
}
"""What a case is copied for, in words."""


class AnswerKeySet(Act, verb=Verb.ANSWER_KEY_SET, sentence="Answer known: used for {purpose}"):
    purpose: str
    mask: UUID

    words = {"purpose": PURPOSES}


class AnswerKeyDropped(Act, verb=Verb.ANSWER_KEY_DROPPED, sentence="Not used for {purpose} any more"):
    purpose: str

    words = {"purpose": PURPOSES}


class ExerciseMade(Act, verb=Verb.EXERCISE_MADE, sentence="Set as an exercise: {purpose}"):
    purpose: str
    source: UUID
    rater: UUID

    words = {"purpose": {**PURPOSES, "gold": "gold case", "repeat": "repeat"}}


class ExerciseScored(Act, verb=Verb.EXERCISE_SCORED, sentence="Exercise scored"):
    mean_dice: float | None
    grades_exact: float | None


class ComparisonFinished(Act, verb=Verb.COMPARISON_FINISHED, sentence="Raters compared"):
    comparison: UUID
    stage: str


class ComparisonRetried(Act, verb=Verb.COMPARISON_RETRIED, sentence="Compared again"):
    comparison: UUID


FUSION_METHODS = {
    "majority": "majority",
    "weighted": "weighted majority",
    "staple": "STAPLE",
    "sba": "shape-based averaging",
}


class FusionMade(Act, verb=Verb.FUSION_MADE, sentence="Fused by {method}"):
    fusion: UUID
    method: str
    digest: str

    words = {"method": FUSION_METHODS}


class FusionChosen(Act, verb=Verb.FUSION_CHOSEN, sentence="Chose the mask fused by {method}"):
    fusion: UUID
    method: str

    words = {"method": FUSION_METHODS}


class NamesDecided(Act, verb=Verb.NAMES_DECIDED, sentence="Named the vertebrae {names}"):
    names: str
    reason: str


class VertebraDecided(Act, verb=Verb.VERTEBRA_DECIDED, sentence="Decided vertebra {label}: {choice}"):
    label: int
    choice: str
    slot: str | None

    words = {
        "choice": {
            "fused": "as the raters' fused mask has it",
            "rater": "as one of the raters drew it",
            "painted": "as painted by whoever decided",
        }
    }

    @classmethod
    def said(cls, detail: Mapping[str, Any]) -> str:
        if detail.get("choice") == "rater" and detail.get("slot"):
            return cls.sentence.replace("{choice}", "as rater {slot} drew it")
        return cls.sentence


class CommentAdded(Act, verb=Verb.COMMENT_ADDED, sentence="Commented"):
    comment: UUID
    label: int | None


class CommentResolved(Act, verb=Verb.COMMENT_RESOLVED, sentence="Closed a thread of comments"):
    comment: UUID
    label: int | None


class CommentReopened(Act, verb=Verb.COMMENT_REOPENED, sentence="Opened a thread of comments again"):
    comment: UUID
    label: int | None
