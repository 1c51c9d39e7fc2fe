"""What a version has that the one before it had not: cases, voxels, names and grades.

Of a part that is sealed to somebody nothing is told to them, whichever of the two versions seals it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import numpy as np
from django.core.cache import cache

from backend.accounts.models import User
from backend.annotation.selectors import cases_rated_now_by
from backend.common.storage import read_blob
from backend.consensus.models import AgreedGrade
from backend.masks.models import MaskVersion
from backend.masks.selectors import load_mask
from backend.releases.models import Layout, Release, ReleaseItem, ReleaseState
from backend.releases.published import withdrawn_q
from backend.releases.selectors import is_manager, mask_is_open, releases_visible_to
from backend.releases.services.downloading import check_may_download
from backend.science.labels import name_of, sort_labels

MOST_COUNTED = 40  # pairs of masks read for one answer; the others are counted the next time
KEPT_SECONDS = 30 * 24 * 3600  # neither mask ever changes
Grades = Mapping[int, str]


def version_before(release: Release, user: User) -> Release | None:
    """The last version frozen before this one that the person may see; before a draft the newest of all."""
    rows = releases_visible_to(user, release.project).filter(state=ReleaseState.FROZEN).exclude(pk=release.pk)
    if not is_manager(user, release):
        rows = rows.exclude(withdrawn_q())
    if release.frozen_at is not None:
        rows = rows.filter(frozen_at__lt=release.frozen_at)
    return rows.order_by("-frozen_at").first()


def changes_of(release: Release, user: User) -> dict[str, Any]:
    """The difference from the version before, case by case, as far as both are open to this person.

    Raises
    ------
    NotFrozen, TermsNotAccepted
        As for a download; managers see their own project's without.
    """
    if not is_manager(user, release):
        check_may_download(release=release, user=user)
    before = version_before(release, user)
    if before is None:
        return {"since": None, "unchanged": 0, "cases": [], "errata": []}
    old, new = _told(before, user), _told(release, user)
    hidden = _hidden(before, user) | _hidden(release, user)
    grades_before, grades_now = grades_in(before, old.values()), grades_in(release, new.values())
    reads = _Reads()
    rows: list[dict[str, Any]] = []
    differ: set[UUID] = set()
    for case_id in sorted(old.keys() | new.keys(), key=lambda pk: _order(new.get(pk) or old[pk])):
        if case_id in hidden:
            continue
        row = _change(old.get(case_id), new.get(case_id), grades_before, grades_now, reads)
        if row is not None:
            rows.append(row)
            differ.add(case_id)
    unchanged = len((old.keys() & new.keys()) - hidden) - sum(row["kind"] == "changed" for row in rows)
    return {
        "since": {"id": before.pk, "version": before.version},
        "unchanged": unchanged,
        "cases": rows,
        "errata": _answered_errata(before, differ),
    }


def _answered_errata(before: Release, differ: set[UUID]) -> list[dict[str, str]]:
    """Errata of the version before on cases that are not as they were; of hidden cases none is told."""
    rows = before.errata.filter(item__case__in=differ).select_related("item__release_patient")
    return [{"subject": row.item.release_patient.subject, "text": row.text} for row in rows if row.item]


def _items(release: Release) -> list[ReleaseItem]:
    rows = release.items.select_related("release_patient", "case__volume__series", "mask__volume")
    items = list(rows)
    for item in items:
        item.release = release
    return items


def _told(release: Release, user: User) -> dict[UUID, ReleaseItem]:
    return {item.case_id: item for item in _items(release) if mask_is_open(user, item)}


def _hidden(release: Release, user: User) -> set[UUID]:
    """Cases that are sealed to this person, or that they rate blindly now."""
    sealed = {item.case_id for item in _items(release) if not mask_is_open(user, item)}
    return sealed | set(cases_rated_now_by(user).values_list("pk", flat=True))


def _order(item: ReleaseItem) -> tuple[str, int]:
    return item.release_patient.subject, item.case.volume.series.number


def _change(
    old: ReleaseItem | None,
    new: ReleaseItem | None,
    grades_before: Mapping[UUID, Grades],
    grades_now: Mapping[UUID, Grades],
    reads: _Reads,
) -> dict[str, Any] | None:
    item = new or old
    if item is None:
        return None
    row: dict[str, Any] = {
        "subject": item.release_patient.subject,
        "series": item.case.volume.series.number,
        "kind": "changed" if old and new else "added" if new else "removed",
        "voxels": None,
        "names_added": [],
        "names_removed": [],
        "grades": [],
        "split_before": old.release_patient.split if old else None,
        "split": new.release_patient.split if new else None,
    }
    if old is None or new is None:
        return row
    names_before, names_now = _labels(old), _labels(new)
    row["voxels"] = 0 if old.mask.digest == new.mask.digest else reads.differing(old.mask, new.mask)
    row["names_added"] = [name_of(label) for label in sort_labels(names_now - names_before)]
    row["names_removed"] = [name_of(label) for label in sort_labels(names_before - names_now)]
    row["grades"] = _grade_changes(grades_before.get(old.pk, {}), grades_now.get(new.pk, {}))
    same = old.mask.digest == new.mask.digest and row["split"] == row["split_before"] and not row["grades"]
    return None if same else row


def _labels(item: ReleaseItem) -> set[int]:
    return set(map(int, item.mask.label_voxels))


def _grade_changes(before: Grades, now: Grades) -> list[dict[str, Any]]:
    return [
        {"level": name_of(label), "before": before.get(label), "after": now.get(label)}
        for label in sort_labels(before.keys() | now.keys())
        if before.get(label) != now.get(label)
    ]


def released_grades(items: Iterable[ReleaseItem]) -> dict[UUID, Grades]:
    """By item the grade of each label as its own release has it; items of one release."""
    mine = list(items)
    return grades_in(mine[0].release, mine) if mine else {}


def grades_in(release: Release, items: Iterable[ReleaseItem]) -> dict[UUID, Grades]:
    """By item the grade of each label: of a frozen version from its tables, of a draft as agreed now."""
    mine = list(items)
    if release.state != ReleaseState.FROZEN:
        found: dict[UUID, dict[int, str]] = {}
        rows = AgreedGrade.objects.filter(case__in=[item.case_id for item in mine], current=True)
        by_case = {item.case_id: item.pk for item in mine}
        for row in rows:
            grade = "NA" if row.grade is None else str(row.grade)
            found.setdefault(by_case[row.case_id], {})[row.label] = grade
        return dict(found)
    by_name = {(item.release_patient.subject, str(item.case.volume.series.number)): item.pk for item in mine}
    told: dict[UUID, dict[int, str]] = {}
    files = release.files.filter(layout=Layout.VERSE, path__endswith="/gradings.csv").select_related("blob")
    for file in files:
        for line in csv.DictReader(io.StringIO(read_blob(file.blob).decode())):
            pk = by_name.get((line["subject"], line["series"]))
            if pk is not None:
                told.setdefault(pk, {})[int(line["label"])] = line["fx_grade"]
    return dict(told)


class _Reads:
    """Voxels that differ between two masks of one CT, kept once they are counted."""

    def __init__(self) -> None:
        self.left = MOST_COUNTED

    def differing(self, old: MaskVersion, new: MaskVersion) -> int | None:
        """How many voxels have another label; None where too many masks would have to be read now."""
        key = f"releases.voxels:{old.digest}:{new.digest}"
        known: int | None = cache.get(key)
        if known is not None or not self.left:
            return known
        self.left -= 1
        counted = int(np.count_nonzero(load_mask(old).array != load_mask(new).array))
        cache.set(key, counted, KEPT_SECONDS)
        return counted
