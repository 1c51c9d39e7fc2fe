"""What can go wrong with tasks and assignments."""

from __future__ import annotations

from backend.common.errors import Conflict, Forbidden, Invalid


class AssignmentClosed(Conflict):
    code = "assignment_closed"
    message = "This work was already submitted, or taken back."


class AssignmentOpened(Conflict):
    code = "already_opened"
    message = "It was opened, or taken back, in the meantime."


class ConcernUnexplained(Invalid):
    code = "concern_unexplained"
    message = "Say in a few words what is the matter."


class CaseExcluded(Conflict):
    code = "case_excluded"
    message = "This case is excluded already."


class CaseNotExcluded(Conflict):
    code = "case_not_excluded"
    message = "Nobody has excluded this case."


class AssignmentNotOpened(Conflict):
    code = "assignment_not_opened"
    message = "Open the assignment before you edit it."


class NotEditable(Conflict):
    code = "not_editable"
    message = "The mask cannot be edited in this stage."


class MaskMovedOn(Conflict):
    code = "mask_moved_on"
    message = (
        "The mask was edited here since this file was taken from here. Taken all the same, it undoes those "
        "edits wherever it differs."
    )


class DigestMismatch(Conflict):
    code = "digest_mismatch"
    message = "The mask in the browser is not the mask on the server; reload before you submit."


class GradingsMissing(Invalid):
    code = "gradings_missing"
    message = "Some vertebrae have no grade yet."


class NotGradable(Invalid):
    code = "not_gradable_level"
    message = "Genant grades apply to T1-L6 only."


class TaskNotOpen(Conflict):
    code = "task_not_open"
    message = "This task is complete or cancelled."


class TaskFull(Conflict):
    code = "task_full"
    message = "All places of this task are taken."


class AlreadyAssigned(Conflict):
    code = "already_assigned"
    message = "This person has the task already."


class AtTheLimit(Conflict):
    code = "at_the_limit"
    message = "This person is away, or has as much work as their limits allow."


class OwnWork(Forbidden):
    code = "own_work"
    message = "Experts cannot judge a case they worked on."


class AnswerKnown(Conflict):
    code = "answer_known"
    message = "This person had a copy of this case for training or as a gold case."


class HasSeenOthers(Conflict):
    code = "has_seen_others"
    message = "This person has seen others' work on this case, and could not rate it independently."


class RoleMissing(Forbidden):
    code = "role_missing"
    message = "This person has no role that may take this stage."


class NotInGroup(Forbidden):
    code = "not_in_group"
    message = "This stage is for a group that this person is not in. Choose somebody of the group."


class NotTrained(Forbidden):
    code = "not_trained"
    message = "This person has not passed the training yet; a manager can let them through."


class StageGone(Conflict):
    code = "stage_gone"
    message = "The protocol has this task's stage no more. A manager says on the settings what becomes of it."


class WrongKind(Conflict):
    code = "wrong_kind"
    message = "This cannot be done in this kind of task."


class NamingUnanswered(Conflict):
    code = "naming_unanswered"
    message = "The names of these vertebrae are a guess. Say whether they are right before you hand in."


class NamingNotAsked(Conflict):
    code = "naming_not_asked"
    message = "Nobody doubts the names of this case."


class FindingsUnanswered(Conflict):
    code = "findings_unanswered"
    message = "Something in the mask must be mended, or a reason given why it is right."


class GuidelinesUnread(Conflict):
    code = "guidelines_unread"
    message = "The rules of this project have changed. Read them; the next task comes after that."


class QuestionClosed(Conflict):
    code = "question_closed"
    message = "This question is closed. Ask a new one."


class NotAnswered(Conflict):
    code = "not_answered"
    message = "Answer the question first: the answer becomes the text of the draft."
