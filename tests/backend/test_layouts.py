"""A release for other tools: the same voxels as BIDS and as nnU-Net's raw data, judged by their rules."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from django.test import Client
from django.utils import timezone

from backend.annotation.models import Case
from backend.masks.selectors import load_mask
from backend.releases.models import Release, Split
from backend.science.labels import LEVELS
from inference.adapters.nnunet import REORIENTING_READER
from tests.backend import flow
from tests.backend.test_releases import accept_case, archive, body, client_of, freeze
from tests.backend.thaw import thawed_afterwards

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]
LOAD: Any = nib.load
VALIDATOR = Path(sys.executable).with_name("bids-validator-deno")


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    with thawed_afterwards():
        yield


@pytest.fixture
def team() -> flow.Team:
    return flow.make_team()


def unpacked(client: Client, release: Release, name: str, folder: Path) -> Path:
    """The archive's one folder."""
    with zipfile.ZipFile(io.BytesIO(body(archive(client, release, name)))) as files:
        files.extractall(folder)
    (root,) = folder.iterdir()
    return root


def second_series(case: Case, of: Case) -> None:
    """Make a case another series of the patient of another case."""
    series = case.volume.series
    series.patient, series.number = of.volume.series.patient, 2
    series.save()


def judged(dataset: Path) -> dict[str, Any]:
    """What the BIDS validator says, of the masks as well. Nothing is fetched for it."""
    done = subprocess.run(
        [VALIDATOR, "--recursive", "--format", "json", dataset],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"DENO_NO_UPDATE_CHECK": "1"},
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def errors(told: dict[str, Any]) -> list[str]:
    here = [
        f"{issue['code']}: {issue.get('location', '')}"
        for issue in told["issues"]["issues"]
        if issue["severity"] == "error"
    ]
    return here + [error for inner in told.get("derivativesSummary", {}).values() for error in errors(inner)]


def test_each_split_is_a_bids_dataset_that_the_validator_passes(team: flow.Team, tmp_path: Path) -> None:
    first = accept_case(team, grades=[{20: 2}] * 3)
    second_series(accept_case(team), first)
    accept_case(team)
    release = freeze(team, fractions={"training": 0.5, "validation": 0.5})
    root = unpacked(client_of(team.manager, release), release, "bids", tmp_path)
    assert sorted(path.name for path in root.iterdir()) == ["01_training", "02_validation"]
    for dataset in root.iterdir():
        told = judged(dataset)
        assert errors(told) == []
        assert list(told["derivativesSummary"]) != []
    subject = release.patients.get(patient=first.volume.series.patient).subject
    stems = sorted(path.name.removesuffix("_ct.nii.gz") for path in root.rglob(f"{subject}/ct/*.nii.gz"))
    assert stems == [f"{subject}_run-1", f"{subject}_run-2"]
    (mask,) = root.rglob(f"derivatives/vertebase/{subject}/anat/{stems[0]}_desc-vertebrae_dseg.nii.gz")
    assert first.accepted_mask is not None
    assert np.array_equal(np.asarray(LOAD(mask).dataobj), load_mask(first.accepted_mask).array)
    told = json.loads(mask.with_name(mask.name.replace(".nii.gz", ".json")).read_text())
    assert list(told["Vertebrae"]) == ["L1", "L2"]
    assert (told["Vertebrae"]["L1"]["fx_grade"], told["Vertebrae"]["L1"]["fx_type"]) == (2, "wedge")
    assert told["Vertebrae"]["L2"]["fx_grade"] == 0
    verse = json.loads(
        next(
            unpacked(client_of(team.manager, release), release, "all", tmp_path / "verse").rglob(
                f"{subject}_split-1_*_ctd.json"
            )
        ).read_text()
    )
    assert [[entry[axis] for axis in "XYZ"] for entry in verse[1:]] == [
        row["centroid_voxel"] for row in told["Vertebrae"].values()
    ]


def test_the_validator_would_find_a_fault(team: flow.Team, tmp_path: Path) -> None:
    accept_case(team)
    release = freeze(team, fractions={"training": 1.0})
    root = unpacked(client_of(team.manager, release), release, "bids", tmp_path)
    (root / "01_training" / ".bidsignore").unlink()
    assert any(error.startswith("NOT_INCLUDED") for error in errors(judged(root / "01_training")))


def test_nnu_net_gets_labels_without_gaps_and_the_releases_own_split(team: flow.Team, tmp_path: Path) -> None:
    cases = [accept_case(team) for _ in range(3)]
    release = freeze(team, fractions={"training": 0.34, "validation": 0.33, "test": 0.33})
    root = unpacked(client_of(team.manager, release), release, "nnunet", tmp_path)
    (dataset,) = root.iterdir()
    assert dataset.name.startswith("Dataset700_")
    about = json.loads((dataset / "dataset.json").read_text())
    assert about["channel_names"] == {"0": "CT"}
    assert about["overwrite_image_reader_writer"] == REORIENTING_READER, (
        "the engine turns its CTs by this word"
    )
    assert sorted(about["labels"].values()) == list(range(len(LEVELS) + 1))
    assert [about["labels"][name] for name in ("background", "C1", "T12", "T13", "L1", "S")] == [
        0,
        1,
        19,
        20,
        21,
        27,
    ]
    images, labels = (
        sorted(path.name for path in (dataset / name).iterdir()) for name in ("imagesTr", "labelsTr")
    )
    assert about["numTraining"] == len(images) == len(labels) == 2
    assert images == [name.replace(".nii.gz", "_0000.nii.gz") for name in labels]
    (fold,) = json.loads((dataset / "splits_final.json").read_text())
    subjects = {row.subject: row.split for row in release.patients.all()}
    assert {name: subjects[name] for name in fold["train"] + fold["val"]} == {
        **dict.fromkeys(fold["train"], Split.TRAINING),
        **dict.fromkeys(fold["val"], Split.VALIDATION),
    }
    for case in cases:
        subject = release.patients.get(patient=case.volume.series.patient).subject
        (path,) = dataset.glob(f"labels*/{subject}.nii.gz")
        (image,) = dataset.glob(f"images*/{subject}_0000.nii.gz")
        assert (
            path.parent.name[-2:]
            == image.parent.name[-2:]
            == ("Ts" if subjects[subject] == Split.TEST else "Tr")
        )
        assert case.accepted_mask is not None
        accepted = load_mask(case.accepted_mask).array
        found = np.asarray(LOAD(path).dataobj)
        # L1 and L2 alone are drawn: VerSe's 20 and 21, one more here, since T13 stands before them
        assert set(np.unique(accepted)) == {0, 20, 21}
        assert np.array_equal(found, np.where(accepted > 0, accepted + 1, 0))
        assert np.array_equal(LOAD(path).affine, LOAD(image).affine)


def test_a_sealed_part_is_in_no_layout_before_its_day(team: flow.Team, tmp_path: Path) -> None:
    for _ in range(2):
        accept_case(team, grades=[{20: 2}] * 3)
    day: date = timezone.localdate() + timedelta(days=30)
    release = freeze(team, fractions={"training": 0.5, "test": 0.5}, embargo_until=day)
    sealed = release.patients.get(split=Split.TEST).subject
    assert team.researcher is not None
    reader = client_of(team.researcher, release)
    as_verse = f"verse{sealed.removeprefix('sub-')}"
    for name, called in {
        "bids": sealed,
        "nnunet": sealed,
        "verse2019": as_verse,
        "verse2020": as_verse,
    }.items():
        data = body(archive(reader, release, name))
        assert called.encode() not in data
        with zipfile.ZipFile(io.BytesIO(data)) as files:
            assert not any("03_test" in path or "Ts/" in path for path in files.namelist())
        assert called.encode() in body(archive(client_of(team.manager, release), release, name))
    told = reader.get(f"/api/v1/releases/{release.pk}/manifest.json").json()
    assert {layout: bool(files) for layout, files in told["layouts"].items()} == {
        "bids": True,
        "nnunet": True,
        "verse2019": True,
        "verse2020": True,
    }
    assert sealed not in json.dumps(told)


def test_each_layout_is_on_offer_with_its_exact_size(team: flow.Team) -> None:
    accept_case(team)
    release = freeze(team)
    client = client_of(team.manager, release)
    rows = client.get(f"/api/v1/releases/{release.pk}").json()["archives"]
    assert {row["name"]: row["layout"] for row in rows if row["name"] != Split.TRAINING} == {
        "all": "verse",
        "bids": "bids",
        "nnunet": "nnunet",
        "verse2019": "verse2019",
        "verse2020": "verse2020",
    }
    for row in rows:
        assert len(body(client.get(row["url"]))) == row["size_bytes"]
