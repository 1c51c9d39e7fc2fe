"""nnU-Net v2: one raw dataset with consecutive labels, its training split into the release's own parts.

nnU-Net asks for labels without gaps: they count from the head down, `labels.tsv` has VerSe's number of each.
Training and public validation are both `imagesTr`; `splits_final.json` tells them apart, for nnU-Net's folder
of preprocessed data. The test part is `imagesTs` and `labelsTs`, as far as it is open.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.common.models import Blob
from backend.common.storage import own_copy, put_blob
from backend.masks.selectors import load_mask
from backend.releases.errors import SelfCheckFailed
from backend.releases.layouts.case import LaidOut
from backend.releases.made import NIFTI_TYPE, Made, json_blob, text_blob
from backend.releases.models import Layout, Release, Split
from backend.science.formats.nifti import mask_bytes
from backend.science.labels import LEVELS
from backend.science.volume import Mask

DATASET_NUMBER = 700  # nnU-Net's own data sets, and those that its papers use, have lower ones
NUMBERS = {level.label: number for number, level in enumerate(LEVELS, start=1)}


def dataset_name(release: Release) -> str:
    """`Dataset700_DemoSpines`: a number of three digits and a name of letters and digits."""
    words = re.findall(r"[A-Za-z0-9]+", release.project.slug)
    return f"Dataset{DATASET_NUMBER}_{''.join(word[:1].upper() + word[1:] for word in words)}"


def _to_consecutive() -> NDArray[np.uint8]:
    table = np.zeros(256, np.uint8)
    for label, number in NUMBERS.items():
        table[label] = number
    return table


def case_files(release: Release, case: LaidOut) -> Iterator[Made]:
    """CT and mask of one case. The mask is read back and must give the accepted one.

    Raises
    ------
    SelfCheckFailed
    """
    root = dataset_name(release)
    part = "Ts" if case.split == Split.TEST else "Tr"
    accepted = load_mask(case.item.mask)
    recoded = Mask(accepted.geometry, _to_consecutive()[accepted.array])
    blob = put_blob(data=mask_bytes(recoded), media_type=NIFTI_TYPE)
    path = f"{root}/labels{part}/{case.stem}.nii.gz"
    _check(path, blob, accepted)
    yield _made(f"{root}/images{part}/{case.stem}_0000.nii.gz", case.split, case.ct.blob, image=True)
    yield _made(path, case.split, blob)


def _check(path: str, blob: Blob, accepted: Mask) -> None:
    import nibabel as nib  # here: no process waits for it at its start

    load: Any = nib.load  # without types
    back = np.zeros(256, np.uint8)
    for label, number in NUMBERS.items():
        back[number] = label
    with own_copy(blob, suffix=".nii.gz") as file:
        if not np.array_equal(back[np.asarray(load(file).dataobj)], accepted.array):
            raise SelfCheckFailed(message=f"{path} does not hold the accepted voxels.")


def _made(path: str, split: str, blob: Blob, *, image: bool = False) -> Made:
    return Made(path, split, blob, image=image, layout=Layout.NNUNET)


def shared_files(release: Release, cases: Sequence[LaidOut], licence: str) -> Iterator[Made]:
    """What nnU-Net reads of the data set as a whole. Of the test part it tells nothing."""
    root = dataset_name(release)
    parts = {split: [case.stem for case in cases if case.split == split] for split in Split.values}
    train, validation = parts[Split.TRAINING], parts[Split.VALIDATION]
    about = {
        "channel_names": {"0": "CT"},
        "labels": {"background": 0} | {level.name: NUMBERS[level.label] for level in LEVELS},
        "numTraining": len(train) + len(validation),
        "file_ending": ".nii.gz",
        # Cases lie along different axes: this reader turns all to one, and says to an engine to which.
        "overwrite_image_reader_writer": "NibabelIOWithReorient",
        "name": release.title,
        "release": release.version,
        "licence": release.licence,
    }
    table = [f"{NUMBERS[level.label]}\t{level.label}\t{level.name}" for level in LEVELS]
    files = {
        "dataset.json": json_blob(about),
        "labels.tsv": text_blob("\n".join(["label\tverse_label\tname", *table]) + "\n"),
        "LICENSE": text_blob(licence),
        "README.md": text_blob(_readme(release, root), "text/markdown"),
    }
    if train and validation:
        files["splits_final.json"] = json_blob([{"train": train, "val": validation}])
    yield from (_made(f"{root}/{name}", "", blob) for name, blob in files.items())


def _readme(release: Release, root: str) -> str:
    return f"""# {release.title}, version {release.version}, for nnU-Net v2

Copy `{root}` into the folder that `nnUNet_raw` names, then

    nnUNetv2_plan_and_preprocess -d {DATASET_NUMBER} --verify_dataset_integrity

To train on the release's own split, copy `splits_final.json` into `nnUNet_preprocessed/{root}` and train
fold 0. `labels.tsv` gives VerSe's number of each label; nnU-Net wants them without gaps. Numbers that occur
in no case stay in the table, so that it is the same for every version.

Licence: {release.licence}, see `LICENSE`.
"""
