"""MONAI: lists of the cases in the form of its `load_decathlon_datalist`, over the files of VerSe's layout.

Training and validation stand in one list at the root. The test part has its own, in its folder, and opens
with it. Paths count from the folder of the list.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from backend.releases.layouts.case import LaidOut
from backend.releases.made import Made, json_blob
from backend.releases.models import Release, Split
from backend.science.formats.verse import SPLIT_FOLDERS
from backend.science.labels import LEVELS

DATALIST = "monai_datalist.json"


def datalists(release: Release, cases: Sequence[LaidOut]) -> Iterator[Made]:
    """The open list, and that of the test part where there is one."""
    by_split = {split: [case for case in cases if case.split == split] for split in Split.values}
    test = by_split.pop(Split.TEST)
    entries = {split: [_entry(case) for case in mine] for split, mine in by_split.items()}
    about = _about(release) | {"numTraining": len(entries[Split.TRAINING]), **entries}
    yield Made(DATALIST, "", json_blob(about))
    if test:
        folder = f"{SPLIT_FOLDERS[Split.TEST]}/"
        mine = [{name: path.removeprefix(folder) for name, path in _entry(case).items()} for case in test]
        told = _about(release) | {"numTest": len(mine), "test": mine}
        yield Made(f"{folder}{DATALIST}", Split.TEST, json_blob(told))


def _entry(case: LaidOut) -> dict[str, str]:
    return {"image": case.ct.path, "label": case.mask.path}


def _about(release: Release) -> dict[str, Any]:
    return {
        "name": release.title,
        "release": release.version,
        "licence": release.licence,
        "modality": {"0": "CT"},
        "labels": {"0": "background"} | {str(level.label): level.name for level in LEVELS},
    }
