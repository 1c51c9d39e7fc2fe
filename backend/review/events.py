"""What a reviewer decided, and what was said about a case."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from backend.common.events import Event


@dataclass(frozen=True, slots=True)
class CaseReviewed(Event):
    case_id: UUID
    project_id: UUID
    accepted: bool


@dataclass(frozen=True, slots=True)
class CommentAdded(Event):
    comment_id: UUID
    case_id: UUID
    project_id: UUID
    actor_id: UUID


@dataclass(frozen=True, slots=True)
class ThreadSettled(Event):
    """A thread was closed, or opened again; ``comment_id`` is its first comment."""

    comment_id: UUID
    case_id: UUID
    project_id: UUID
    actor_id: UUID
