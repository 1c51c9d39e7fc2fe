"""What happens to releases."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from backend.common.events import Event

OPENED = "opened"  # the sealed part of a release that is out, by its custodians
CUSTODY = "custody"  # who keeps a sealed part, or wishes to open it


@dataclass(frozen=True, slots=True)
class ReleaseChanged(Event):
    """A release was drafted, is being built, was frozen, or its building failed; or its standing changed."""

    release_id: UUID
    project_id: UUID
    state: str
