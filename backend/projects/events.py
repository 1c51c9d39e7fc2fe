"""What happens to projects."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from backend.common.events import Event


@dataclass(frozen=True, slots=True)
class MembershipChanged(Event):
    """Somebody joined, left or changed role."""

    project_id: UUID
    user_id: UUID


@dataclass(frozen=True, slots=True)
class ProtocolChanged(Event):
    """A project has another protocol, or other numbers in it."""

    project_id: UUID
