"""How many vertebrae of each level are accepted, against what the managers want."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from backend.measurements.selectors import measurements_of
from backend.progress.figures.selectors.statistics import UNCOUNTED, accepted_cases, levels_counted
from backend.progress.models import CoverageTarget
from backend.projects.models import Project
from backend.science.labels import LEVELS

WANTED_REGIONS = ("cervical", "thoracic", "lumbar")
COUNTED = tuple(level for level in LEVELS if level.label not in UNCOUNTED)
PARTS = (*WANTED_REGIONS, *(level.name for level in COUNTED))  # what a target can be for


def accepted_vertebrae(project: Project) -> dict[str, int]:
    """Accepted vertebrae by level's name, by the rule of table 1: seen whole, and held by no rule."""
    masks = [case.accepted_mask for case in accepted_cases(project) if case.accepted_mask is not None]
    measured = measurements_of([mask.pk for mask in masks])
    found = Counter(label for mask in masks for label in levels_counted(mask, measured.get(mask.pk, {})))
    return {level.name: found[level.label] for level in COUNTED}


def coverage(project: Project, accepted: Mapping[str, int]) -> list[dict[str, Any]]:
    """A row for each region and level, in the order of the spine; ``wanted`` null: no target."""
    wanted = dict(CoverageTarget.objects.filter(project=project).values_list("part", "wanted"))
    rows = []
    for region in WANTED_REGIONS:
        levels = [level.name for level in COUNTED if level.region == region]
        counts = {region: sum(accepted.get(name, 0) for name in levels)}
        counts |= {name: accepted.get(name, 0) for name in levels}
        rows += [
            {"part": part, "region": region, "accepted": n, "wanted": wanted.get(part)}
            for part, n in counts.items()
        ]
    return rows
