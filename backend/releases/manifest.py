"""What a release says of itself: an open manifest, and one for the sealed part that opens on its day."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from backend.common.storage import put_blob, read_blob
from backend.consensus.models import AgreedGrade
from backend.releases.embargo import is_sealed, locked_until, seal_salt
from backend.releases.listing import Manifest, SealedManifest
from backend.releases.made import Made, to_json
from backend.releases.models import Layout, Release, ReleaseItem, Split
from backend.science.formats.verse import SPLIT_FOLDERS
from backend.science.labels import name_of, sort_labels

MANIFEST_PATH = "manifest.json"
SEALED_PATH = f"{SPLIT_FOLDERS[Split.TEST]}/manifest.json"
COUNTED = ("patients", "series", "vertebrae", "fractures")
ANSWERS = ("vertebrae", "fractures")  # what the masks and grades tell; the rest shows in the CTs
Counts = dict[str, Any]


def count_content(items: list[ReleaseItem]) -> Counts:
    """Patients, series, vertebrae and fractured vertebrae: together, and of each split."""
    splits: dict[str, dict[str, int | None]] = {}
    fractured: dict[Any, int] = {}
    grades = AgreedGrade.objects.filter(case__in=[i.case_id for i in items], current=True, grade__gte=1)
    for case_id in grades.values_list("case_id", flat=True):
        fractured[case_id] = fractured.get(case_id, 0) + 1
    for split in Split.values:
        mine = [item for item in items if item.release_patient.split == split]
        splits[split] = {
            "patients": len({item.release_patient_id for item in mine}),
            "series": len(mine),
            "vertebrae": sum(len(item.mask.label_voxels) for item in mine),
            "fractures": sum(fractured.get(item.case_id, 0) for item in mine),
        }
    return _with_totals(splits)


def open_counts(release: Release, counts: Counts) -> Counts:
    """The counts as everybody may know them: ``None`` for what is sealed, which the totals leave out."""
    splits = dict(counts["splits"])
    if Split.TEST.value in splits and is_sealed(release, Split.TEST):
        hidden = COUNTED if is_sealed(release, Split.TEST, image=True) else ANSWERS
        splits[Split.TEST.value] = splits[Split.TEST.value] | dict.fromkeys(hidden)
    return _with_totals(splits)


def _with_totals(splits: dict[str, dict[str, int | None]]) -> Counts:
    return {key: sum(row[key] or 0 for row in splits.values()) for key in COUNTED} | {"splits": splits}


def add_manifests(release: Release, files: list[Made], items: list[ReleaseItem], software: str) -> list[Made]:
    """The manifests of these files; the open one comes last.

    A sealed part gets its own, which lies in it and opens with it; the open one holds one digest over that.
    """
    made = []
    sealed = None
    if any(is_sealed(release, file.split, image=file.image) for file in files):
        sealed = put_blob(data=_sealed(release, files, items), media_type="application/json")
        made.append(Made(SEALED_PATH, Split.TEST, sealed))
    text = _open(release, files, items, software, sealed.sha256 if sealed else None)
    return [*made, Made(MANIFEST_PATH, "", put_blob(data=text, media_type="application/json"))]


def full_counts(release: Release) -> Counts:
    """The counts of a frozen release with its sealed part, for those who may know it now."""
    counts = Manifest.read(release.manifest).counts.to_json()
    file = release.files.select_related("blob").filter(layout=Layout.VERSE, path=SEALED_PATH).first()
    if file is None:
        return counts
    told = SealedManifest.read(json.loads(read_blob(file.blob))).counts.to_json()
    return _with_totals(counts["splits"] | {Split.TEST.value: told})


def _open(
    release: Release, files: list[Made], items: list[ReleaseItem], software: str, sealed: str | None
) -> bytes:
    told = [file for file in files if not is_sealed(release, file.split, image=file.image)]
    seen = [item for item in items if not is_sealed(release, item.release_patient.split, image=True)]
    opens = locked_until(release)
    manifest = Manifest.read(
        {
            "format": "vertebase-release-2",
            "project": release.project.slug,
            "version": release.version,
            "title": release.title,
            "licence": release.licence,
            "seed": release.seed,
            "fractions": release.fractions,
            "embargo_until": release.embargo_until.isoformat() if release.embargo_until else None,
            "software": software,
            "counts": open_counts(release, count_content(items)),
            "sealed": None
            if sealed is None or opens is None
            else {"path": SEALED_PATH, "opens_on": opens.isoformat(), "sha256": sealed},
            "cases": [
                _case(item, answer=not is_sealed(release, item.release_patient.split)) for item in seen
            ],
            "files": _listed(told),
            "layouts": _other_layouts(told),
        }
    )
    return to_json(manifest.written()).encode()


def _sealed(release: Release, files: list[Made], items: list[ReleaseItem]) -> bytes:
    hidden = [file for file in files if is_sealed(release, file.split, image=file.image)]
    mine = [item for item in items if is_sealed(release, item.release_patient.split)]
    manifest = SealedManifest.read(
        {
            "format": "vertebase-sealed-1",
            "salt": seal_salt(release),
            "project": release.project.slug,
            "version": release.version,
            "counts": count_content(mine)["splits"][Split.TEST.value],
            "cases": [_case(item, answer=True) for item in mine],
            "files": _listed(hidden),
            "layouts": _other_layouts(hidden),
        }
    )
    return to_json(manifest.written()).encode()


def _case(item: ReleaseItem, *, answer: bool) -> dict[str, Any]:
    """Which case it is and, where its ``answer`` may be told, where its mask came from and what is in it."""
    known = {
        "subject": item.release_patient.subject,
        "series": item.case.volume.series.number,
        "split": item.release_patient.split,
    }
    if not answer:
        return known
    return known | {
        "mask_digest": item.mask.digest,
        "mask_source": item.mask.source,
        "levels": [name_of(label) for label in sort_labels(map(int, item.mask.label_voxels))],
    }


def _other_layouts(files: Iterable[Made]) -> dict[str, list[dict[str, Any]]]:
    """The files of the layouts for other tools, by layout."""
    by_layout: dict[str, list[Made]] = {}
    for made in files:
        if made.layout != Layout.VERSE:
            by_layout.setdefault(made.layout, []).append(made)
    return {layout: _listed(mine, layout) for layout, mine in sorted(by_layout.items())}


def _listed(files: Iterable[Made], layout: str = Layout.VERSE) -> list[dict[str, Any]]:
    return [
        {
            "path": made.path,
            "split": made.split or None,
            "size_bytes": made.blob.size_bytes,
            "sha256": made.blob.sha256,
        }
        for made in sorted(files, key=lambda made: made.path)
        if made.layout == layout
    ]
