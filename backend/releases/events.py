"""What happens to releases."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from backend.common.events import Event


@dataclass(frozen=True, slots=True)
class ReleaseChanged(Event):
    """A release was drafted, is being built, was frozen, or its building failed."""

    release_id: UUID
    project_id: UUID
    state: str
