"""The cases of a phase, by the names that the release gives their files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from backend.challenge.models import Phase
from backend.imaging.selectors import geometry_of
from backend.releases.changes import released_grades
from backend.releases.content import case_paths
from backend.releases.models import ReleaseItem
from backend.science.evaluation_folders import case_name
from backend.science.volume import VolumeGeometry


def items_by_name(phase: Phase) -> dict[str, ReleaseItem]:
    """The phase's cases by the name that predictions bear, in the order of the release."""
    items = list(
        phase.challenge.release.items.filter(release_patient__split=phase.split)
        .select_related("release_patient", "case__volume__series", "mask__volume")
        .order_by("release_patient__subject", "case__volume__series__number")
    )
    series = Counter(item.release_patient_id for item in items)
    return {case_name(Path(case_paths(item, series[item.release_patient_id]).mask)): item for item in items}


def case_names(phase: Phase) -> list[str]:
    """The names alone."""
    return list(items_by_name(phase))


def grades_of(items: Mapping[str, ReleaseItem]) -> dict[str, dict[int, int]]:
    """The grades of each case as its version of the release has them, by label; without the ungradable."""
    by_item = released_grades(items.values())
    return {
        name: {label: int(grade) for label, grade in by_item.get(item.pk, {}).items() if grade.isdigit()}
        for name, item in items.items()
    }


def grids_of(items: Mapping[str, ReleaseItem]) -> dict[str, VolumeGeometry]:
    """The grid of each case's CT, as released."""
    return {name: geometry_of(item.case.volume) for name, item in items.items()}
