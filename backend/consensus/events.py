"""What comes out of comparing and fusing."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from backend.common.events import Event


@dataclass(frozen=True, slots=True)
class ComparisonFinished(Event):
    comparison_id: UUID
    case_id: UUID
    project_id: UUID


@dataclass(frozen=True, slots=True)
class FusionFinished(Event):
    fusion_id: UUID
    case_id: UUID
    project_id: UUID


@dataclass(frozen=True, slots=True)
class FusionChosen(Event):
    fusion_id: UUID
    case_id: UUID
    project_id: UUID
