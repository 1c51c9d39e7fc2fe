"""Writes of the pipeline. Runs are re-exported, because almost every layer above starts one."""

from backend.pipeline.services.carrying_out import carry_out
from backend.pipeline.services.runs import (
    RUN,
    RunNotEnded,
    RunOpen,
    cancel_run,
    end_run,
    require_job_manager,
    retry_run,
    set_priority,
    start_run,
    start_run_in,
)

__all__ = [
    "RUN",
    "RunNotEnded",
    "RunOpen",
    "cancel_run",
    "carry_out",
    "end_run",
    "require_job_manager",
    "retry_run",
    "set_priority",
    "start_run",
    "start_run_in",
]
