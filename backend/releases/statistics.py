"""Table 1 and the figures of a release, a column for each split."""

from __future__ import annotations

from backend.accounts.models import User
from backend.progress.figures.selectors.statistics import ALL, Counted, Report, counted, make_report
from backend.releases.embargo import is_sealed
from backend.releases.errors import Withdrawn
from backend.releases.models import Release, ReleaseItem, Split
from backend.releases.published import Standing, standing_of
from backend.releases.selectors import is_manager, sees_sealed

# as in the paper: the training cases against each of the two others
COMPARED = (
    (Split.TRAINING.value, Split.VALIDATION.value),
    (Split.TRAINING.value, Split.TEST.value),
)


def release_report(release: Release, user: User) -> Report:
    """The report as this person may see it: without the test split while that is locked to them.

    Raises
    ------
    Withdrawn
    """
    if standing_of(release) == Standing.WITHDRAWN and not is_manager(user, release):
        raise Withdrawn
    items = release.items.select_related("case", "mask", "release_patient")
    if is_sealed(release, Split.TEST) and not sees_sealed(user, release):
        items = items.exclude(release_patient__split=Split.TEST)
    return report_of_items(release, list(items))


def report_of_items(release: Release, items: list[ReleaseItem]) -> Report:
    """The report of some of a release's cases; splits without a case have no column."""
    found = counted(release.project, {item.case: item.mask for item in items})
    split_of = {item.case_id: item.release_patient.split for item in items}
    groups: dict[str, list[Counted]] = {}
    for split in Split.values:
        mine = [one for case, one in found.items() if split_of[case.pk] == split]
        if mine:
            groups[split] = mine
    groups[ALL] = list(found.values())
    compared = [pair for pair in COMPARED if pair[0] in groups and pair[1] in groups]
    return make_report(groups, compared)
