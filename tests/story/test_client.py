"""From a folder of scans to a verified release through the Python client alone; its README is what is run.

Only what a person must do at the site goes another way: to make a token, and to accept an invitation.
"""

from __future__ import annotations

import json
import re
import shlex
import sys
import zipfile
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
import slicerio

import backend.client
from backend.client import Changed, NotFound, NotSignedIn, Pulled, Site, Task, Unusable
from backend.client.cli import main
from backend.client.waiting import wait_for
from backend.science.edits import mask_digest
from backend.science.labels import name_of
from tests.story import chapters
from tests.story.chapters import Team
from tests.story.material import phantom
from tests.support.person import Person
from tests.support.site import ROOT

pytestmark = [pytest.mark.story, pytest.mark.slow]  # a site of its own, for what tests/client shows in parts
SLUG = "lumbar"
README = (ROOT / "backend" / "client" / "README.md").read_text()
UPLOAD, TABLE, TASK, _TOLD, FREEZE, DOWNLOAD = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
UPLOAD_COMMANDS, TASK_COMMANDS, DOWNLOAD_COMMANDS = (
    block.splitlines() for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
)
LONG_SECONDS = chapters.LONG_SECONDS
Names = dict[str, Any]


class Desk:
    """Everybody's own token, one of them in the environment of this process at a time."""

    def __init__(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.url, self._monkeypatch = url, monkeypatch
        self._tokens: dict[str, str] = {}

    def sit_down(self, person: Person) -> Site:
        """Be this person from now on."""
        if person.email not in self._tokens:
            made = person.post("/me/tokens", {"name": "client", "scope": "manage"})
            self._tokens[person.email] = made["token"]
        self._monkeypatch.setenv("VERTEBASE_URL", self.url)
        self._monkeypatch.setenv("VERTEBASE_TOKEN", self._tokens[person.email])
        return Site.signed_in()

    def read(self, person: Person, block: str) -> Names:
        """Run a block of the README as that person; the names that it leaves."""
        self.sit_down(person)
        names: Names = {}
        exec(compile(block, "README.md", "exec"), names)
        return names


@pytest.fixture
def desk(team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VERTEBASE_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("VERTEBASE_STATE", str(tmp_path / "state"))
    monkeypatch.setitem(sys.modules, "vertebase", backend.client)  # what the package is called once installed
    return Desk(team.manager.site, monkeypatch)


def test_a_project_goes_from_upload_to_release_through_the_client_alone(
    desk: Desk, team: Team, capsys: pytest.CaptureFixture[str]
) -> None:
    uploaded_and_tabled(desk, team)
    everybody_comes_in(desk, team)
    refused_files_are_said(desk, team, capsys)
    first = desk.read(team.raters[0], TASK)["task"]
    with pytest.raises(NotFound):
        desk.sit_down(team.raters[1]).task(first.id)
    start = nib.Nifti1Image.from_filename("first/mask.nii.gz")
    planted = chapters.plan_edits(np.asarray(start.dataobj))
    grown = np.asarray(start.dataobj).copy()
    planted.add(grown)
    second_rater(desk, team, grown)
    cut = grown.copy()
    planted.take(cut)
    third_rater(desk, team, cut)
    final = adjudicated(desk, team, planted.cut, grown, cut)
    reviewed(desk, team, final)
    released(desk, team, final, capsys)


def uploaded_and_tabled(desk: Desk, team: Team) -> None:
    folder = Path("scans")
    folder.mkdir()
    phantom(folder)
    names = desk.read(team.manager, UPLOAD)
    assert {file["state"] for file in names["batch"]["uploads"]} == {"ingested"}
    assert names["site"].wait(names["batch"]["job"]["id"])["state"] == "succeeded"
    exec(compile(TABLE, "README.md", "exec"), names)
    assert names["table"]["id"].tolist() == names["batch"]["series"]
    assert names["picture"]._repr_png_().startswith(b"\x89PNG")
    assert [row["slug"] for row in names["site"].projects() if row["slug"] == SLUG] == [SLUG]


def everybody_comes_in(desk: Desk, team: Team) -> None:
    project = desk.sit_down(team.manager).project(SLUG)
    roles: list[tuple[Person, Any]] = [(rater, "rater") for rater in team.raters]
    roles += [(team.radiologist, "radiologist"), (team.reviewer, "radiologist")]
    for person, role in [*roles, (team.researcher, "researcher")]:
        project.invite(person.email, role)
        offers = person.get("/me/invitations")
        (offer,) = (one for one in offers if one["project_name"] == project.row["name"])
        person.put(f"/me/invitations/{offer['id']}", {"accepts": True})


def refused_files_are_said(desk: Desk, team: Team, capsys: pytest.CaptureFixture[str]) -> None:
    """The same scans again, by the commands of the README, and a letter."""
    desk.sit_down(team.manager)
    assert [main(shlex.split(line)[1:]) for line in UPLOAD_COMMANDS] == [1, 0]
    assert "files refused" in capsys.readouterr().out
    Path("letters").mkdir()
    Path("letters/letter.nii.gz").write_text("This is a letter.\n" * 20)
    capsys.readouterr()
    assert main(["--json", "upload", SLUG, "letters"]) == 1
    (told,) = json.loads(capsys.readouterr().out)["uploads"]
    assert (told["state"], told["reason_code"]) == ("quarantined", "not_nifti")


def second_rater(desk: Desk, team: Team, edited: np.ndarray) -> None:
    """A mask comes back as another program stores it; what is on the site is not overwritten unseen."""
    task = taken(desk.sit_down(team.raters[1]), "correct")
    task.pull(Path("second"))
    task.pull(Path("older"))
    path = Path("second/mask.nii.gz")
    pulled = nib.Nifti1Image.from_filename(path)
    assert np.array_equal(
        np.asarray(nib.Nifti1Image.from_filename("second/ct.nii.gz").dataobj), task.ct().array
    )
    nib.Nifti1Image(edited, pulled.affine).as_reoriented(np.array([[0, -1], [2, 1], [1, -1]])).to_filename(
        path
    )
    saved = task.push(Path("second"))
    assert saved is not None
    assert saved["digest"] == mask_digest(edited) == Pulled.read(Path("second")).digest
    assert np.array_equal(task.mask(), edited)
    assert task.push(Path("second")) is None
    in_slicer = slicerio.read_segmentation("second/mask.seg.nrrd")
    assert np.array_equal(in_slicer["voxels"], edited), "the other file of the folder follows"
    shown = {int(row["labelValue"]): row["name"] for row in in_slicer["segments"]}
    assert shown == {label: name_of(label) for label in np.unique(edited) if label}
    with pytest.raises(Changed, match="revision"):
        task.push(Path("older"))
    shifted = pulled.affine.copy()
    shifted[:3, 3] += shifted[:3, :3].sum(axis=1) / 2
    nib.Nifti1Image(edited, shifted).to_filename("shifted.nii.gz")
    with pytest.raises(Unusable) as refused:
        task.push(Path("second"), mask=Path("shifted.nii.gz"))
    assert refused.value.code == "other_grid"
    assert np.array_equal(task.mask(), edited)
    task.grade(20, {"grade": 2, "fracture_type": "wedge"})
    assert task.grade_rest_normal()
    task.submit(active_seconds=60)


def third_rater(desk: Desk, team: Team, edited: np.ndarray) -> None:
    """All by the commands of the README, with an edit in between."""
    desk.sit_down(team.raters[2])
    for line in TASK_COMMANDS:
        if " push " in line:
            path = Path("third/mask.nii.gz")
            nib.Nifti1Image(edited, nib.Nifti1Image.from_filename(path).affine).to_filename(path)
        assert main(shlex.split(line)[1:]) == 0, line
    pulled = Pulled.read(Path("third"))
    assert pulled.digest == mask_digest(edited)
    assert Site.signed_in().api.assignment_get(pulled.task)["state"] == "submitted"


def taken(site: Site, kind: str) -> Task:
    task = site.project(SLUG).next_task(wait_seconds=LONG_SECONDS)
    assert task is not None
    assert task.kind == kind
    return task


def adjudicated(desk: Desk, team: Team, label: int, fused: np.ndarray, third: np.ndarray) -> np.ndarray:
    """One vertebra from the third rater, the rest as two of three drew it, and a voxel painted."""
    task = taken(desk.sit_down(team.radiologist), "adjudicate")
    assert np.array_equal(task.mask(), fused)
    told = task.row["adjudication"]
    assert told is not None
    (key,) = [one["key"] for one in told["sources"] if np.array_equal(task.source(one["key"]), third)]
    items = {item["label"]: item for item in told["items"]}
    assert label in items
    for one in items:
        if one == label:
            task.choose(one, "rater", source=key, reason="only they saw the end plate")
        else:
            task.choose(one, "fused", reason="agreed")
    painted = task.mask()
    assert np.array_equal(painted == label, third == label)
    painted[-1, -1, -1] = label
    task.push_array(painted)
    for one, item in items.items():
        if item["grades"]:
            task.grade(one, {"grade": 0})
    task.submit()
    return painted


def reviewed(desk: Desk, team: Team, final: np.ndarray) -> None:
    task = taken(desk.sit_down(team.reviewer), "review")
    assert np.array_equal(task.mask(), final)
    task.decide(accept=True, comment="Good.")
    project = desk.sit_down(team.manager).project(SLUG)

    def accepted() -> bool | None:
        return all(case["state"] == "accepted" for case in project.cases()) or None

    wait_for(accepted, seconds=LONG_SECONDS, what="the case to be accepted")


def released(desk: Desk, team: Team, final: np.ndarray, capsys: pytest.CaptureFixture[str]) -> None:
    assert desk.read(team.manager, FREEZE)["release"].row["state"] == "frozen"
    names = desk.read(team.researcher, DOWNLOAD)
    (path,) = names["folder"].glob("01_training/derivatives/*/*_msk.nii.gz")
    assert np.array_equal(np.asarray(nib.Nifti1Image.from_filename(path).dataobj), final)
    for line in DOWNLOAD_COMMANDS:
        capsys.readouterr()
        assert main(shlex.split(line)[1:]) == 0, line
    assert "every file is as the release lists it" in capsys.readouterr().out
    with zipfile.ZipFile(f"data/{SLUG}-1.0-nnunet.zip") as opened:
        assert any(name.endswith("dataset.json") for name in opened.namelist())


def test_a_token_that_is_none_is_told(team: Team) -> None:
    with Site(team.manager.site, "wrong") as site, pytest.raises(NotSignedIn, match="token"):
        site.me()
