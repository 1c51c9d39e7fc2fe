"""What happens to uploads and volumes."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from backend.common.events import Event


@dataclass(frozen=True, slots=True)
class VolumeReady(Event):
    """A series was ingested and can be looked at; an engine may start on it."""

    volume_id: UUID


@dataclass(frozen=True, slots=True)
class BatchChanged(Event):
    """A batch was started, grew by a series, or ended."""

    batch_id: UUID
    project_id: UUID
    state: str


@dataclass(frozen=True, slots=True)
class InclusionChanged(Event):
    """A series is kept out by a rule now, or let in again."""

    volume_id: UUID
    held: bool
