"""What a release's page may show to somebody who is not signed in, and which pages there are.

Everything here is told to the whole world: nothing of a sealed part, nobody who worked on it.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from backend.accounts.models import User
from backend.annotation.models import AnswerKey, Assignment, Exercise
from backend.annotation.selectors import BLINDED_KINDS, WORKING_STATES
from backend.common.errors import NotFound
from backend.common.models import Blob
from backend.common.storage import read_blob
from backend.measurements.density import phase_of
from backend.projects.models import Role
from backend.projects.selectors import projects_with_role
from backend.releases.content import case_paths
from backend.releases.embargo import is_sealed
from backend.releases.listing import Manifest
from backend.releases.manifest import full_counts
from backend.releases.models import Erratum, Layout, Release, ReleaseFile, ReleaseItem, ReleaseState, Split
from backend.releases.published import Standing, out_q, publication_of, standing_of
from backend.releases.selectors import archive_files
from backend.science.formats.verse import SPLIT_FOLDERS
from backend.science.labels import name_of, sort_labels

Reader = User | AnonymousUser
UNKNOWN = "unknown"


def pages() -> QuerySet[Release]:
    """The releases with a page that everybody may read, withdrawn ones among them, newest first."""
    return (
        Release.objects.filter(out_q(), publication__public=True, state=ReleaseState.FROZEN)
        .select_related("project", "publication")
        .order_by("-publication__published_at")
    )


def page_for(reader: Reader, release_id: UUID) -> Release:
    """The release of a page: a public one, or as a preview that of a project that the reader manages.

    Raises
    ------
    NotFound
    """
    release = pages().filter(pk=release_id).first()
    if release is None and reader.is_authenticated:
        managed = projects_with_role(reader, Role.MANAGER).values("pk")
        mine = Release.objects.filter(pk=release_id, state=ReleaseState.FROZEN, project__in=managed)
        release = mine.select_related("project", "publication").first()
    if release is None:
        raise NotFound
    return release


def is_preview(release: Release) -> bool:
    """Whether its managers alone see the page now."""
    publication = publication_of(release)
    out = standing_of(release) in (Standing.PUBLISHED, Standing.WITHDRAWN)
    return not (out and publication is not None and publication.public)


def open_items(release: Release) -> list[ReleaseItem]:
    """The cases of which everything is open."""
    rows = release.items.select_related(
        "release_patient", "case__volume__series__stated_phase", "mask"
    ).order_by("release_patient__subject", "case__volume__series__number")
    return [item for item in rows if not is_sealed(release, item.release_patient.split)]


def showable_items(release: Release) -> list[ReleaseItem]:
    """Those of which a picture may be chosen.

    None that somebody rates blindly now, or that measures raters: they could meet its answer on the page.
    What was chosen stays there: a picture that went away would tell a rater what came into their hands.
    """
    busy = Assignment.objects.filter(task__kind__in=BLINDED_KINDS, state__in=WORKING_STATES)
    closed = set(busy.values_list("task__case", flat=True))
    closed |= set(Exercise.objects.values_list("source", flat=True))
    closed |= set(AnswerKey.objects.values_list("case", flat=True))
    return [item for item in open_items(release) if item.case_id not in closed]


@dataclass(frozen=True, slots=True)
class Picture:
    """The preview of a case."""

    item: ReleaseItem
    blob: Blob


def pictures_of(release: Release, items: Sequence[ReleaseItem]) -> list[Picture]:
    """The previews of these cases, as they stand in the frozen release."""
    series = Counter(release.items.values_list("release_patient_id", flat=True))
    paths = {}
    for item in items:
        preview = case_paths(item, series[item.release_patient_id]).preview
        paths[f"{SPLIT_FOLDERS[Split(item.release_patient.split)]}/{preview}"] = item
    files = release.files.filter(layout=Layout.VERSE, path__in=list(paths)).select_related("blob")
    found = {paths[file.path].pk: Picture(paths[file.path], file.blob) for file in files}
    return [found[item.pk] for item in items if item.pk in found]


def chosen_pictures(release: Release) -> list[Picture]:
    """Those that the page shows, of what is open."""
    publication = publication_of(release)
    if publication is None or standing_of(release) == Standing.WITHDRAWN or not publication.pictures:
        return []
    allowed = {str(item.pk): item for item in open_items(release)}
    return pictures_of(release, [allowed[pk] for pk in publication.pictures if pk in allowed])


def picture_for(release: Release, item_id: UUID) -> Blob:
    """One of them.

    Raises
    ------
    NotFound
    """
    found = next((one.blob for one in chosen_pictures(release) if one.item.pk == item_id), None)
    if found is None:
        raise NotFound
    return found


def choice_for(release: Release, item_id: UUID) -> Picture:
    """A picture that could be chosen.

    Raises
    ------
    NotFound
    """
    wanted = [item for item in showable_items(release) if item.pk == item_id]
    found = pictures_of(release, wanted)
    if not found:
        raise NotFound
    return found[0]


def counts_of(release: Release) -> dict[str, Any]:
    """Patients, series, vertebrae and fractures; None for what is sealed."""
    if is_sealed(release, Split.TEST):
        return Manifest.read(release.manifest).counts.to_json()
    return full_counts(release)


def levels_of(items: Sequence[ReleaseItem]) -> list[dict[str, Any]]:
    """In how many cases each level is, from head to foot."""
    found = Counter(int(label) for item in items for label in item.mask.label_voxels if int(label) > 0)
    return [{"level": name_of(label), "cases": found[label]} for label in sort_labels(found)]


def contrast_of(items: Sequence[ReleaseItem]) -> list[dict[str, Any]]:
    """How many cases there are of each contrast phase."""
    found = Counter(phase_of(item.case.volume.series)[0] or UNKNOWN for item in items)
    return [{"phase": phase, "cases": count} for phase, count in sorted(found.items())]


def _open_split_files(release: Release, name: str) -> Iterator[tuple[str, ReleaseFile]]:
    """By split the file of its ``statistics`` with that name, of the splits that are open."""
    for split in Split.values:
        if is_sealed(release, split):
            continue
        path = f"{SPLIT_FOLDERS[Split(split)]}/statistics/{name}"
        file = release.files.filter(layout=Layout.VERSE, path=path).select_related("blob").first()
        if file is not None:
            yield split, file


def table_1(release: Release) -> dict[str, Any]:
    """Table 1 as it was frozen: a row for each characteristic, a column for each open split."""
    cells: dict[str, dict[str, str]] = {}
    splits: list[str] = []
    for split, file in _open_split_files(release, "table_1.csv"):
        splits.append(split)
        lines = list(csv.reader(io.StringIO(read_blob(file.blob).decode())))
        for line in lines[1:]:
            if not line:
                break  # the tests stand behind an empty line
            cells.setdefault(line[0], {})[split] = line[1]
    rows = [{"name": name, "cells": [row.get(split, "") for split in splits]} for name, row in cells.items()]
    return {"columns": splits, "rows": rows}


FIGURES: Mapping[str, str] = {
    "e1_vertebrae": "Vertebrae by level",
    "e2_fractured_vertebrae": "Fractured vertebrae by level",
    "e3_fracture_types": "Types and grades of fractures",
    "e4_age": "Patients by age",
    "e4_bone_density": "Patients by bone density",
}


def figures_of(release: Release) -> list[dict[str, str]]:
    """The plots that lie in the release, of its open splits."""
    return [
        {"split": split, "name": name, "title": title}
        for name, title in FIGURES.items()
        for split, _ in _open_split_files(release, f"{name}.svg")
    ]


def figure_for(release: Release, split: str, name: str) -> Blob:
    """One of them.

    Raises
    ------
    NotFound
    """
    if name in FIGURES and standing_of(release) != Standing.WITHDRAWN:
        for found, file in _open_split_files(release, f"{name}.svg"):
            if found == split:
                return file.blob
    raise NotFound


def size_of(release: Release) -> int:
    """Bytes of all that is open, in the layout of the release itself."""
    return sum(file.size_bytes for file in archive_files(release, None, "all"))


def versions_of(release: Release) -> list[dict[str, Any]]:
    """The public versions of the same project, newest first, with what each says of itself."""
    return [
        {
            "id": row.pk,
            "version": row.version,
            "released_on": row.released_on,
            "notes": row.notes,
            "standing": standing_of(row),
        }
        for row in pages().filter(project=release.project)
    ]


def errata_of(release: Release) -> QuerySet[Erratum]:
    """What was found wrong, without what is about a sealed case."""
    rows = release.errata.select_related("item__release_patient")
    sealed = Q(item__release_patient__split=Split.TEST)
    return rows.exclude(sealed) if is_sealed(release, Split.TEST) else rows
