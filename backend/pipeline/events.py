"""What happens to engine runs."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from backend.common.events import Event


@dataclass(frozen=True, slots=True)
class RunChanged(Event):
    """A run was queued, started, changed stage or ended (for pages; the two below are for the workflow)."""

    run_id: UUID
    volume_id: UUID
    project_id: UUID
    state: str
    stage: str
    progress: float


@dataclass(frozen=True, slots=True)
class RunFinished(Event):
    """A run succeeded; its result is a mask version."""

    run_id: UUID


@dataclass(frozen=True, slots=True)
class RunFailed(Event):
    """A run failed or was cancelled."""

    run_id: UUID


@dataclass(frozen=True, slots=True)
class ModelChanged(Event):
    """A model version was registered, promoted or retired, or held against another."""

    model_id: UUID
    project_id: UUID
    state: str


@dataclass(frozen=True, slots=True)
class TrainingChanged(Event):
    """A training was queued, has new points on its curves (told once a second), or ended."""

    training_id: UUID
    project_id: UUID
    state: str
