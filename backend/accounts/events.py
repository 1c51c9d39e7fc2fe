"""What happens to accounts."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from backend.common.events import Event


@dataclass(frozen=True, slots=True)
class PasswordChanged(Event):
    """Somebody has another password: what was opened with the former one ends."""

    user_id: UUID


@dataclass(frozen=True, slots=True)
class SessionEnded(Event):
    """A browser's session ended: by signing out, or from another browser."""

    session_key: str
