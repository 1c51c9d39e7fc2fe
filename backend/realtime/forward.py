"""The table of what is told to whom: event type -> message. It forwards and holds no rules."""

from __future__ import annotations

from backend.common.events import JobChanged, subscribe
from backend.imaging.events import BatchChanged
from backend.pipeline.events import RunChanged
from backend.projects.events import MembershipChanged
from backend.realtime.messages import JobNews, RunNews, StateNews
from backend.realtime.streams import MANAGERS, MANAGERS_AND_EXPERTS, ask_recheck, send_to_project


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
        send_to_project(event.project_id, MANAGERS_AND_EXPERTS, job_news(event))


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
    send_to_project(event.project_id, MANAGERS_AND_EXPERTS, news)


@subscribe(BatchChanged)
def on_batch(event: BatchChanged) -> None:
    news: StateNews = {"type": "batch", "id": str(event.batch_id), "state": str(event.state)}
    send_to_project(event.project_id, MANAGERS, news)


@subscribe(MembershipChanged)
def on_membership(event: MembershipChanged) -> None:
    ask_recheck(event.project_id, event.user_id)
