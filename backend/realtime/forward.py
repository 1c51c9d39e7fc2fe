"""The table of what is told to whom: event type -> message. It forwards and holds no rules."""

from __future__ import annotations

from typing import get_args

from backend.accounts.events import PasswordChanged, SessionEnded
from backend.annotation.events import AssignmentChanged, CaseChanged, QuestionChanged
from backend.annotation.work.selectors.questions import hearers_of
from backend.common.events import JobChanged, subscribe
from backend.consensus.events import ComparisonFinished, FusionChosen, FusionFinished
from backend.imaging.events import BatchChanged
from backend.pipeline.events import ModelChanged, RunChanged, TrainingChanged
from backend.projects.events import MembershipChanged
from backend.realtime.messages import JobNews, RunNews, StateNews
from backend.realtime.streams import (
    EVERYBODY,
    MANAGERS,
    ask_recheck,
    assignment_stream,
    audience_of,
    close_all_of,
    close_session,
    project_stream,
    send,
    send_all,
    send_to_project,
)
from backend.releases.events import OPENED, ReleaseChanged
from backend.releases.published import Standing
from backend.review.events import CaseReviewed, CommentAdded, ThreadSettled
from backend.review.selectors import readers_of


def job_news(event: JobChanged) -> JobNews:
    return {
        "type": "job",
        "id": str(event.job_id),
        "kind": event.kind,
        "subject_id": str(event.subject_id) if event.subject_id else None,
        "state": str(event.state),
        "progress": round(event.progress, 4),
        "message": event.message,
    }


@subscribe(JobChanged)
def on_job(event: JobChanged) -> None:
    if event.project_id is not None:
        send_to_project(event.project_id, MANAGERS, job_news(event))


@subscribe(RunChanged)
def on_run(event: RunChanged) -> None:
    news: RunNews = {
        "type": "run",
        "id": str(event.run_id),
        "volume_id": str(event.volume_id),
        "state": str(event.state),
        "stage": event.stage,
        "progress": round(event.progress, 4),
    }
    send_to_project(event.project_id, MANAGERS, news)


@subscribe(ModelChanged)
def on_model(event: ModelChanged) -> None:
    news: StateNews = {"type": "model", "id": str(event.model_id), "state": str(event.state)}
    send_to_project(event.project_id, MANAGERS, news)


@subscribe(TrainingChanged)
def on_training(event: TrainingChanged) -> None:
    news: StateNews = {"type": "training", "id": str(event.training_id), "state": str(event.state)}
    send_to_project(event.project_id, MANAGERS, news)


@subscribe(BatchChanged)
def on_batch(event: BatchChanged) -> None:
    news: StateNews = {"type": "batch", "id": str(event.batch_id), "state": str(event.state)}
    send_to_project(event.project_id, MANAGERS, news)


@subscribe(MembershipChanged)
def on_membership(event: MembershipChanged) -> None:
    ask_recheck(event.user_id)


@subscribe(PasswordChanged)
def on_password(event: PasswordChanged) -> None:
    close_all_of(event.user_id)


@subscribe(SessionEnded)
def on_session(event: SessionEnded) -> None:
    close_session(event.session_key)


@subscribe(CaseChanged)
def on_case(event: CaseChanged) -> None:
    case: StateNews = {"type": "case", "id": str(event.case_id), "state": str(event.state)}
    board: StateNews = {"type": "board", "id": str(event.project_id), "state": event.stage_key}
    send_to_project(event.project_id, MANAGERS, case, board)


@subscribe(AssignmentChanged)
def on_assignment(event: AssignmentChanged) -> None:
    """To managers, to the rater, to the open task: never to another rater."""
    news: StateNews = {
        "type": "assignment",
        "id": str(event.assignment_id),
        "case_id": str(event.case_id),
        "state": str(event.state),
    }
    own: StateNews = {"type": "assignment", "id": str(event.assignment_id), "state": str(event.state)}
    managers = set(audience_of(event.project_id, MANAGERS))
    send_to_project(event.project_id, MANAGERS, news)
    if event.rater_id not in managers:
        send(project_stream(event.project_id, event.rater_id), own)
    send(assignment_stream(event.assignment_id), own)


CaseDetail = ComparisonFinished | FusionFinished | FusionChosen | CaseReviewed


def on_case_detail(event: CaseDetail) -> None:
    news: StateNews = {"type": "case", "id": str(event.case_id), "state": ""}
    send_to_project(event.project_id, MANAGERS, news)


for _kind in get_args(CaseDetail):
    subscribe(_kind)(on_case_detail)


@subscribe(CommentAdded)
def on_comment(event: CommentAdded) -> None:
    _tell_readers(event, "comment")


@subscribe(ThreadSettled)
def on_thread(event: ThreadSettled) -> None:
    _tell_readers(event, "thread")


@subscribe(QuestionChanged)
def on_question(event: QuestionChanged) -> None:
    """To who asked and who may answer: never to another who rates the case."""
    news: StateNews = {"type": "question", "id": str(event.question_id), "state": ""}
    hearers = hearers_of(event.question_id, but=event.actor_id)
    send_all([(project_stream(event.project_id, user_id), news) for user_id in hearers])


def _tell_readers(event: CommentAdded | ThreadSettled, state: str) -> None:
    """To those who may read the comment, managers too: nobody hears of a peer's while they work blinded."""
    news: StateNews = {"type": "case", "id": str(event.case_id), "state": state}
    readers = readers_of(event.comment_id, but=event.actor_id)
    send_all([(project_stream(event.project_id, user_id), news) for user_id in readers])


@subscribe(ReleaseChanged)
def on_release(event: ReleaseChanged) -> None:
    news: StateNews = {"type": "release", "id": str(event.release_id), "state": str(event.state)}
    out = event.state in (Standing.PUBLISHED, Standing.WITHDRAWN, OPENED)
    send_to_project(event.project_id, EVERYBODY if out else MANAGERS, news)
