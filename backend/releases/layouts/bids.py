"""BIDS: a raw dataset for each split, with the masks as a derivative in it.

BIDS has no CT. The CTs lie in folders ``ct`` that `.bidsignore` names, which is what the specification asks
of files that it does not know; all else is held by the BIDS validator. Masks are discrete segmentations
(``dseg``) with a table of their labels; centroids and grades stand in their sidecars.

Splits are datasets of their own, so that a sealed one opens as a whole, with its own table of participants.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from backend.common.models import Blob
from backend.common.software import software_version
from backend.common.storage import read_blob
from backend.releases.layouts.case import LaidOut
from backend.releases.made import Made, json_blob, text_blob
from backend.releases.models import Layout, Release
from backend.science.formats.gradings import GradingRow, PatientRow
from backend.science.formats.verse import SPLIT_FOLDERS
from backend.science.labels import LEVELS, name_of

BIDS_VERSION = "1.10.1"
DERIVED = "derivatives/vertebase"
TSV = "text/tab-separated-values"
_FACTS = {
    "manufacturer": "Manufacturer",
    "model": "ManufacturersModelName",
    "kernel": "ConvolutionKernel",
    "kvp": "KVP",
}


def case_files(case: LaidOut) -> Iterator[Made]:
    """CT and mask of one case, each with its sidecar."""
    folder = SPLIT_FOLDERS[case.split]
    raw = f"{folder}/{case.subject}/ct/{case.stem}_ct"
    derived = f"{folder}/{DERIVED}/{case.subject}/anat/{case.stem}_desc-vertebrae_dseg"
    facts = case.item.case.volume.series.facts
    about = {"Modality": "CT", "Units": "HU"} | {
        name: facts[key] for key, name in _FACTS.items() if facts.get(key) is not None
    }
    yield _made(f"{raw}.nii.gz", case.split, case.ct.blob, image=True)
    yield _made(f"{raw}.json", case.split, json_blob(about), image=True)
    yield _made(f"{derived}.nii.gz", case.split, case.mask.blob)
    sidecar = {
        "Description": "Vertebrae, numbered as in the table of labels",
        "SpatialReference": "orig",
        "Vertebrae": _vertebrae(case),
    }
    yield _made(f"{derived}.json", case.split, json_blob(sidecar))


def _made(path: str, split: str, blob: Blob, *, image: bool = False) -> Made:
    return Made(path, split, blob, image=image, layout=Layout.BIDS)


def _vertebrae(case: LaidOut) -> dict[str, dict[str, object]]:
    """Per level its label, the centroid of its body in voxels of the CT, and its grade where it has one."""
    entries = json.loads(read_blob(case.centroids.blob))[1:]
    graded = {row.label: row for row in case.gradings}
    return {
        name_of(entry["label"]): {
            "label": entry["label"],
            "centroid_voxel": [entry["X"], entry["Y"], entry["Z"]],
            **_grade(graded.get(entry["label"])),
        }
        for entry in entries
    }


def _grade(row: GradingRow | None) -> dict[str, object]:
    if row is None:
        return {}
    told = {
        "fx_grade": row.fx_grade,
        "fx_type": row.fx_type,
        "foreign_material": row.foreign_material,
        "not_gradable_reason": row.not_gradable_reason,
    }
    return {key: value for key, value in told.items() if value is not None}


def shared_files(
    release: Release, split: str, patients: Sequence[PatientRow], licence: str
) -> Iterator[Made]:
    """What makes a dataset of one split's cases."""
    folder = SPLIT_FOLDERS[split]
    derived = f"{folder}/{DERIVED}"
    name = f"{release.title}, version {release.version}: {split}"
    files = {
        f"{folder}/dataset_description.json": json_blob(_description(release, name, "raw")),
        f"{folder}/README.md": text_blob(_readme(release, split), "text/markdown"),
        f"{folder}/LICENSE": text_blob(licence),
        f"{folder}/.bidsignore": text_blob("sub-*/ct\n"),
        f"{folder}/participants.tsv": text_blob(participants_tsv(patients), TSV),
        f"{folder}/participants.json": json_blob(_PARTICIPANTS),
    }
    yield from (_made(path, split, blob, image=True) for path, blob in files.items())
    masks = {
        f"{derived}/dataset_description.json": json_blob(
            _description(release, f"{name}, masks", "derivative")
        ),
        f"{derived}/README.md": text_blob(_MASKS, "text/markdown"),
        f"{derived}/desc-vertebrae_dseg.tsv": text_blob(_label_table(), TSV),
    }
    yield from (_made(path, split, blob) for path, blob in masks.items())


def participants_tsv(patients: Sequence[PatientRow]) -> str:
    """One row per patient; ``n/a`` as BIDS writes what is not known. Age 90 stands for 90 and over."""
    lines = ["participant_id\tage\tsex"]
    for row in sorted(patients, key=lambda row: row.subject):
        age = "n/a" if row.age_years is None else str(row.age_years)
        lines.append(f"{row.subject}\t{age}\t{row.sex or 'n/a'}")
    return "\n".join(lines) + "\n"


def _description(release: Release, name: str, kind: str) -> dict[str, object]:
    return {
        "Name": name,
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": kind,
        "License": release.licence,
        "Authors": [release.project.name],
        "GeneratedBy": [{"Name": "Vertebase", "Version": software_version()}],
    }


def _label_table() -> str:
    rows = [f"{level.label}\t{level.name}\t{level.color}" for level in LEVELS]
    return "\n".join(["index\tname\tcolor", *rows]) + "\n"


def _readme(release: Release, split: str) -> str:
    return f"""# {release.title}, version {release.version}: {split}

{release.notes}

CTs of the spine in Hounsfield units, laid out as a BIDS dataset. BIDS does not describe CT yet: the images
lie in `sub-*/ct/`, which `.bidsignore` names. Masks of the vertebrae are the derivative `{DERIVED}`:
discrete segmentations on the voxels of the CT, with a table of labels (`desc-vertebrae_dseg.tsv`). Beside
each mask a JSON file holds, for each vertebra, the centroid of its body in voxels and its fracture grade
(Genant 0-3).

Licence: {release.licence}, see `LICENSE`.
"""


_MASKS = """# Masks of vertebrae

One mask for each CT, on the CT's own voxels (uint8). `desc-vertebrae_dseg.tsv` names the labels and their
colours; the JSON file beside each mask lists its vertebrae with the centroid of the body in voxels (0-based,
along the array axes of the image) and the agreed fracture grade: 0 none, 1 mild, 2 moderate, 3 severe.
"""
_PARTICIPANTS = {
    "age": {"Description": "Whole years at the first scan; 90 stands for 90 and over", "Units": "year"},
    "sex": {"Description": "Sex of the patient", "Levels": {"F": "female", "M": "male", "O": "other"}},
}
