"""From a CT to a released data set: the whole story against a real database, broker and worker."""

from __future__ import annotations

import base64
import csv
import gzip
import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed

from backend.science.edits import encode_slices
from backend.science.formats.nifti import read_mask
from tests.story import chapters
from tests.story.chapters import Case, Planted, Team
from tests.story.material import (
    Files,
    Material,
    broken_files,
    mask_on_another_grid,
    phantom,
    real_dicom,
    real_dicom_zip,
    real_nifti,
    with_a_gap,
)
from tests.support.person import Person

pytestmark = pytest.mark.story
FRACTURED = {"grade": 2, "fracture_type": "wedge", "foreign_material": "none"}
MILD = {"grade": 1, "fracture_type": "wedge", "foreign_material": "none"}
MaterialMaker = Callable[[Path, pytest.FixtureRequest], Material]


def _real(request: pytest.FixtureRequest) -> Path:
    folder: Path = request.getfixturevalue("shared_data")
    return folder


MATERIALS: dict[str, MaterialMaker] = {
    "phantom": lambda folder, _: phantom(folder),
    "real CT as NIfTI": lambda _, request: real_nifti(_real(request)),
    "real CT as DICOM files": lambda _, request: real_dicom(_real(request)),
    "real CT as a DICOM zip": lambda folder, request: real_dicom_zip(_real(request), folder),
}


# Real CTs differ from a phantom at the door, which has tests of its own with real DICOM (`test_ingest`).
EACH_TIME = ("phantom",)


def marks(name: str) -> list[pytest.MarkDecorator]:
    real = [pytest.mark.real_ct] if "real" in name else []
    return real if name in EACH_TIME else [*real, pytest.mark.slow]


@pytest.mark.parametrize("name", [pytest.param(name, marks=marks(name)) for name in MATERIALS])
def test_from_upload_to_release(
    name: str, team: Team, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    material = MATERIALS[name](tmp_path, request)
    slug = chapters.found_project(team, f"Story of a {name}")
    heard: list[dict[str, Any]] = []
    with team.manager.listening(f"/ws/projects/{slug}/") as socket:
        listening = threading.Thread(target=collect, args=(socket, heard), daemon=True)
        listening.start()
        case = upload_and_run(team, slug, material)
        planted = three_raters(team, case)
        after_fusion = compare_and_fuse(team, case, planted)
        adjudicate(team, case, planted, after_fusion)
        review(team, case)
        the_board_moved(team, case, heard)
    archive = release_and_download(team, slug)
    read_back(archive, case, team)


def collect(socket: Any, heard: list[dict[str, Any]]) -> None:
    """Read messages for as long as the socket is open."""
    try:
        while True:
            heard.append(socket.next(seconds=600))
    except ConnectionClosed:
        return


def upload_and_run(team: Team, slug: str, material: Material) -> Case:
    batch = chapters.upload(team, slug, material.files)
    assert {upload["state"] for upload in batch["uploads"]} == {"ingested"}, batch["uploads"]
    (series,) = chapters.series_with_run(team, slug)
    assert series["source_format"] == material.source_format
    assert series["run"]["state"] == "succeeded"
    assert series["run"]["engine"] == material.engine
    facts_name_nobody(series)
    thumbnail = team.manager.send("GET", series["volume"]["thumbnail_url"])
    assert thumbnail.content.startswith(b"\x89PNG")
    return chapters.case_of(team, slug, series)


def facts_name_nobody(series: dict[str, Any]) -> None:
    """What is shown of a series has no identifier of its DICOM header."""
    shown = json.dumps(series).lower()
    for word in (
        "patientname",
        "patient_name",
        "patientid",
        "birth",
        "institution",
        "accession",
        "stationname",
    ):
        assert word not in shown


def three_raters(team: Team, case: Case) -> Planted:
    """Each corrects and grades an own copy; nobody sees the others; a closed tab loses nothing."""
    planted: Planted | None = None
    tasks = [chapters.next_task(rater, case.slug, "correct") for rater in team.raters]
    assert len({task["id"] for task in tasks}) == 3
    for number, (rater, task) in enumerate(zip(team.raters, tasks, strict=True)):
        mask = rater.open_mask(task["id"], case.shape)
        if planted is None:
            case.start = mask.array.copy()
            planted = chapters.plan_edits(mask.array)
        assert case.start is not None
        same_voxels(mask.array, case.start)
        blinded(team, tasks, number, case)
        edited = mask.array.copy()
        planted.add(edited) if number < 2 else planted.take(edited)
        chapters.save(rater, task, mask, edited)
        spoilt_then_undone(rater, task, mask, edited)
        came_back(rater, task, case, edited)
        nothing_ungraded_is_taken(rater, task, mask)
        answers = {planted.cut: FRACTURED if number < 2 else MILD}
        chapters.grade_all(rater, task, edited, answers)
        chapters.submit(rater, task, mask)
        case.masks.append(edited)
        closed_after_submission(rater, task, mask)
    assert planted is not None
    return planted


def blinded(team: Team, tasks: list[dict[str, Any]], number: int, case: Case) -> None:
    """A rater reaches nothing of another rater's, and no page that would show it."""
    rater, others = team.raters[number], [task for at, task in enumerate(tasks) if at != number]
    for other in others:
        for path in ("", "/mask", "/operations", "/gradings", "/findings", "/comments"):
            assert chapters.refusal(rater, "GET", f"/assignments/{other['id']}{path}").status == 404
        assert chapters.refusal(rater, "POST", f"/assignments/{other['id']}/submit", json={}).status == 404
    assert chapters.refusal(rater, "GET", f"/cases/{case.id}/consensus").status in {403, 404}


def spoilt_then_undone(rater: Person, task: dict[str, Any], mask: Any, edited: np.ndarray) -> None:
    """A stroke and its undo leave exactly what was there, and the digest says so."""
    before = mask.digest
    spoilt = edited.copy()
    spoilt[:3, :3, :2] = 20
    chapters.save(rater, task, mask, spoilt)
    assert mask.digest != before
    chapters.save(rater, task, mask, edited, kind="undo")
    assert mask.digest == before


def came_back(rater: Person, task: dict[str, Any], case: Case, edited: np.ndarray) -> None:
    """A new session sees the same mask; a repeated operation changes nothing; a stale one is refused."""
    again = rater.open_mask(task["id"], case.shape)
    same_voxels(again.array, edited)
    operations = rater.get(f"/assignments/{task['id']}/operations", after=0)
    last = operations[-1]
    payload = encode_slices(edited, [0])
    stale = chapters.refusal(
        rater,
        "POST",
        f"/assignments/{task['id']}/operations",
        data=payload,
        headers={
            "Content-Type": "application/octet-stream",
            "X-Operation-Id": "11111111-2222-4333-8444-555555555555",
            "X-Base-Revision": str(again.revision - 1),
            "X-Operation-Kind": "brush",
        },
    )
    assert (stale.status, stale.code) == (409, "stale_base")
    assert stale.body["extra"]["revision"] == again.revision
    revision = again.revision
    again.revision = last["revision"] - 1
    repeated = rater.send_operation(
        task["id"], again, base64.b64decode(last["payload_b64"]), last["operation_id"], last["kind"]
    )
    assert repeated["revision"] == revision


def nothing_ungraded_is_taken(rater: Person, task: dict[str, Any], mask: Any) -> None:
    """Submitting before every vertebra is graded names the missing ones; a wrong digest is refused."""
    body = {"digest": mask.digest, "active_seconds": 1, "comment": ""}
    missing = chapters.refusal(rater, "POST", f"/assignments/{task['id']}/submit", json=body)
    assert (missing.status, missing.code) == (400, "gradings_missing")
    assert set(missing.body["extra"]["labels"]) == set(rater.get(f"/assignments/{task['id']}")["gradable"])
    wrong = chapters.refusal(
        rater, "POST", f"/assignments/{task['id']}/submit", json=body | {"digest": "0" * 64}
    )
    assert (wrong.status, wrong.code) == (409, "digest_mismatch")


def closed_after_submission(rater: Person, task: dict[str, Any], mask: Any) -> None:
    refused = chapters.refusal(rater, "PUT", f"/assignments/{task['id']}/gradings/20", json=MILD)
    assert (refused.status, refused.code) == (409, "assignment_closed")


def compare_and_fuse(team: Team, case: Case, planted: Planted) -> np.ndarray:
    """Both fusions are kept, the majority is right voxel by voxel, and the planted places are found."""
    found = chapters.consensus(team, case)
    chosen = [fusion for fusion in found["fusions"] if fusion["chosen"]]
    assert [fusion["method"] for fusion in chosen] == ["majority"]
    fused = case_mask(team, case, chosen[0]["result_id"])
    same_voxels(fused, chapters.majority(case.masks))
    spots = {spot["label"] for spot in found["comparison"]["spots"]}
    assert planted.cut in spots
    return fused


def same_voxels(found: np.ndarray, expected: np.ndarray) -> None:
    """Fails with the number of voxels and the labels that differ, rather than with two arrays."""
    assert found.shape == expected.shape
    differ = found != expected
    pairs = np.unique(np.stack([found[differ], expected[differ]]), axis=1).T.tolist()
    assert not np.count_nonzero(differ), f"{int(differ.sum())} voxels differ; (found, expected): {pairs}"


def case_mask(team: Team, case: Case, mask_id: str) -> np.ndarray:
    return team.manager.read_mask(f"/cases/{case.id}/masks/{mask_id}", case.shape)


def adjudicate(team: Team, case: Case, planted: Planted, fused: np.ndarray) -> None:
    """The expert takes one rater's vertebra, paints, settles the grade, and hands in."""
    expert = team.radiologist
    task = chapters.next_task(expert, case.slug, "adjudicate")
    items = {item["label"]: item for item in task["adjudication"]["items"]}
    assert planted.cut in items
    mask = expert.open_mask(task["id"], case.shape)
    same_voxels(mask.array, fused)
    third = next(
        source["key"]
        for source in task["adjudication"]["sources"]
        if np.array_equal(source_mask(expert, task, source["key"], case), case.masks[2])
    )
    taken = expert.post(
        f"/assignments/{task['id']}/choices",
        {
            "label": planted.cut,
            "choice": "rater",
            "slot": third,
            "reason": "only they saw the lower end plate",
        },
    )
    mask.take(taken)
    same_voxels(mask.array == planted.cut, case.masks[2] == planted.cut)
    others = [label for label in items if label != planted.cut]
    for label in others:
        expert.post(
            f"/assignments/{task['id']}/choices", {"label": label, "choice": "fused", "reason": "agreed"}
        )
    mask = expert.open_mask(task["id"], case.shape)
    painted = mask.array.copy()
    corner = tuple(edge - 1 for edge in case.shape)
    painted[corner] = planted.grown
    chapters.save(expert, task, mask, painted)
    for label, item in items.items():
        if item["grades"]:
            expert.put(
                f"/assignments/{task['id']}/gradings/{label}",
                FRACTURED if label == planted.cut else {"grade": 0},
            )
    chapters.submit(expert, task, mask)
    case.final = painted


def source_mask(expert: Person, task: dict[str, Any], key: str, case: Case) -> np.ndarray:
    return expert.read_mask(f"/assignments/{task['id']}/sources/{key}/mask", case.shape)


def review(team: Team, case: Case) -> None:
    """Another radiologist accepts what was adjudicated; the adjudicator may not judge the own work."""
    task = chapters.next_task(team.reviewer, case.slug, "review")
    assert team.radiologist.post(f"/projects/{case.slug}/next-assignment") is None
    mask = team.reviewer.open_mask(task["id"], case.shape)
    assert case.final is not None
    same_voxels(mask.array, case.final)
    team.reviewer.post(f"/assignments/{task['id']}/decision", {"accept": True, "comment": "Good."})
    chapters.state_becomes(team, case, "accepted")


def the_board_moved(team: Team, case: Case, heard: list[dict[str, Any]]) -> None:
    """The open page was told of every step, and the board shows the raters' work."""
    kinds = {message["type"] for message in heard}
    assert {"snapshot", "job", "board"} <= kinds, kinds
    board = team.manager.get(f"/projects/{case.slug}/board")
    assert sum(rater["submitted"] for rater in board["raters"]) >= 3
    assert sum(day["accepted"] for day in board["throughput"]) == 1


def release_and_download(team: Team, slug: str) -> bytes:
    """A frozen release; the researcher gets the archive after accepting the terms, in pieces."""
    made = chapters.release(team, slug, "1.0")
    (archive,) = [entry for entry in made["archives"] if "training" in entry["name"]] or made["archives"]
    assert chapters.refusal(team.researcher, "GET", archive["url"].removeprefix("/api/v1")).status == 403
    team.researcher.post(
        f"/releases/{made['id']}/accept-terms", {"affiliation": "Story lab", "purpose": "Reading"}
    )
    again = chapters.refusal(team.manager, "POST", f"/releases/{made['id']}/freeze", json={})
    assert again.status == 409
    return chapters.download(team.researcher, archive["url"], pieces=3)


def read_back(archive: bytes, case: Case, team: Team) -> None:
    """Every accepted voxel is in the archive, on the grid of its CT, under VerSe's names."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert opened.testzip() is None
        files = {name: opened.read(name) for name in opened.namelist() if not name.endswith("/")}
    manifest = json.loads(next(data for name, data in files.items() if name.endswith("manifest.json")))
    named = {entry["path"]: entry for entry in manifest["files"]}
    for name, data in files.items():
        entry = named.get(name) or named.get(name.split("/", 1)[-1])
        if not name.endswith("manifest.json"):
            assert entry is not None, name
            assert hashlib.sha256(data).hexdigest() == entry["sha256"], name
    image, mask = (nifti(files, ending) for ending in ("_ct.nii.gz", "_seg-vert_msk.nii.gz"))
    assert mask.get_data_dtype() == np.uint8
    assert image.shape == mask.shape == case.shape
    same_voxels(image.affine, mask.affine)
    assert case.final is not None
    same_voxels(np.asarray(mask.dataobj), case.final)
    assert int((case.final > 0).sum()) == int((np.asarray(mask.dataobj) > 0).sum()) > 0
    centroids = json.loads(next(data for name, data in files.items() if name.endswith("_ctd.json")))
    assert {entry["label"] for entry in centroids if "label" in entry} == {
        int(v) for v in np.unique(case.final) if v
    }
    assert next(data for name, data in files.items() if name.endswith(".png")).startswith(b"\x89PNG")
    rows = list(
        csv.DictReader(
            io.StringIO(next(data for n, data in files.items() if n.endswith("gradings.csv")).decode())
        )
    )
    assert len(rows) == len({int(v) for v in np.unique(case.final)} & chapters.GRADABLE)
    assert any(name.endswith("gradings.xlsx") for name in files)
    assert all("/rawdata/" in name for name in files if name.endswith("_ct.nii.gz"))
    assert all("/derivatives/" in name for name in files if name.endswith("_msk.nii.gz"))


def nifti(files: dict[str, bytes], ending: str) -> nib.Nifti1Image:
    (data,) = (data for name, data in files.items() if name.endswith(ending))
    return nib.Nifti1Image.from_bytes(gzip.decompress(data))


def test_broken_files_are_kept_apart_and_the_rest_goes_on(team: Team, tmp_path: Path) -> None:
    phantom(tmp_path)
    ct = tmp_path / "ct.nii.gz"
    broken = list(broken_files(tmp_path, ct))
    other_grid = mask_on_another_grid(tmp_path, read_mask(tmp_path / "vertebrae.nii.gz"))
    files: Files = [(f"bad/{bad.name}", path) for bad, path in broken]
    files += [("good/ct.nii.gz", ct), ("second/ct.nii.gz", ct), ("second/vertebrae_mask.nii.gz", other_grid)]
    slug = chapters.found_project(team, "Story of broken files")
    batch = chapters.upload(team, slug, files)
    by_path = {upload["relative_path"]: upload for upload in batch["uploads"]}
    for bad, _ in broken:
        upload = by_path[f"bad/{bad.name}"]
        assert (upload["state"], upload["reason_code"]) == ("quarantined", bad.code), upload
        assert bad.name in upload["reason"]
    grid = by_path["second/vertebrae_mask.nii.gz"]
    assert (grid["state"], grid["reason_code"]) == ("quarantined", "other_grid")
    twice = by_path["second/ct.nii.gz"]
    assert (twice["state"], twice["reason_code"]) == ("quarantined", "duplicate_series")
    assert by_path[""]["state"] == "ingested"
    quarantine = team.manager.all(f"/projects/{slug}/quarantine")
    assert len(quarantine) == len(broken) + 2
    kept = team.manager.send("GET", f"/api/v1/uploads/{by_path['bad/letter.nii.gz']['id']}/file")
    assert kept.content.startswith(b"This is a letter")
    assert chapters.refusal(team.raters[0], "GET", f"/projects/{slug}/quarantine").status in {403, 404}
    first = quarantine[0]
    team.manager.post(f"/uploads/{first['id']}/resolve", {"note": "asked for a new copy"})
    assert len(team.manager.all(f"/projects/{slug}/quarantine", resolved="false")) == len(broken) + 1


@pytest.mark.slow
@pytest.mark.real_ct
def test_a_dicom_folder_with_a_missing_slice_is_refused_by_name(team: Team, shared_data: Path) -> None:
    slug = chapters.found_project(team, "Story of a gap")
    batch = chapters.upload(team, slug, with_a_gap(shared_data))
    assert {upload["state"] for upload in batch["uploads"]} == {"quarantined"}
    assert {upload["reason_code"] for upload in batch["uploads"]} == {"missing_slices"}
    assert team.manager.all(f"/projects/{slug}/series") == []
