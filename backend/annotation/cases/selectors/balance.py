"""Fair shares: how hard a case is and which part of the spine it shows, and who has had how many such."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from backend.annotation.models import Assignment, AssignmentState, CasePurpose
from backend.projects.models import Project

# Difficulty is the engine's mean uncertainty (bits per voxel of the mask: 0 certain, above 0.5 doubtful).
EASY_BELOW, HARD_ABOVE = 0.2, 0.4
REGIONS = {"cervical": range(1, 8), "thoracic": (*range(8, 20), 28), "lumbar": range(20, 26)}

Stratum = tuple[str, str]


def stratum(difficulty: float | None, label_voxels: Mapping[str, int] | None) -> Stratum:
    """Which kind of case it is: how hard, and where most of its vertebrae lie."""
    if difficulty is None:
        level = "unknown"
    elif difficulty < EASY_BELOW:
        level = "easy"
    else:
        level = "hard" if difficulty > HARD_ABOVE else "normal"
    labels = {int(label) for label in label_voxels or {}}
    counts = {name: len(labels.intersection(numbers)) for name, numbers in REGIONS.items()}
    region = max(counts, key=lambda name: counts[name]) if any(counts.values()) else "unknown"
    return level, region


@dataclass
class Share:
    """What one person holds or has handed in: how much, and of which kinds."""

    total: int = 0
    open: int = 0
    kinds: Counter[Stratum] = field(default_factory=Counter)


def shares(project: Project, users: Iterable[UUID]) -> dict[UUID, Share]:
    """The share of each of the people, in one query."""
    result = {user: Share() for user in users}
    rows = (
        Assignment.objects.filter(
            task__case__project=project, task__case__purpose=CasePurpose.WORK, rater__in=list(result)
        )
        .exclude(state=AssignmentState.CANCELLED)
        .values_list("rater_id", "state", "task__case__difficulty", "task__case__start_mask__label_voxels")
    )
    for rater, state, difficulty, label_voxels in rows:
        share = result[rater]
        share.total += 1
        share.open += state != AssignmentState.SUBMITTED
        share.kinds[stratum(difficulty, label_voxels)] += 1
    return result


def draw(project: Project, *parts: object) -> float:
    """A number in [0, 1) that follows from the project's secret and the parts alone."""
    text = ":".join(str(part) for part in (project.pseudonym_secret, *parts))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2**64
