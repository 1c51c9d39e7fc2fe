"""What happens to masks."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from backend.common.events import Event


@dataclass(frozen=True, slots=True)
class MaskAdded(Event):
    """A version was added to a volume; measurements and boards follow."""

    mask_id: UUID
    volume_id: UUID
    source: str
