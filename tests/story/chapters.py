"""The chapters of the story, each told through REST and sockets as a person at the site would live it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation

from tests.story.material import Files
from tests.support.person import OpenMask, Person, Refused
from tests.support.waiting import wait_until

LONG_SECONDS = 240.0
GRADABLE = frozenset(range(8, 26)) | {28}
Array = NDArray[np.uint8]


@dataclass
class Team:
    """Everybody who takes part; each has signed in with an own session."""

    manager: Person
    raters: list[Person]
    radiologist: Person
    reviewer: Person  # another radiologist: nobody reviews a case they have worked on
    researcher: Person


@dataclass
class Case:
    """What the story knows of one case while it goes on."""

    slug: str
    id: str
    volume: dict[str, Any]
    start: Array | None = None
    masks: list[Array] = field(default_factory=list)
    final: Array | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        i, j, k = self.volume["shape"]
        return i, j, k


def found_project(team: Team, name: str) -> str:
    """The manager makes a project from the protocol and brings everybody in."""
    keys = {protocol["name"]: protocol["key"] for protocol in team.manager.get("/protocols")}
    assert {"VerSe 2019", "Multi-rater"} <= set(keys)
    slug = f"story-{uuid.uuid4().hex[:8]}"
    team.manager.post("/projects", {"name": name, "slug": slug, "protocol_key": keys["Multi-rater"]})
    roles = [(rater, "rater") for rater in team.raters]
    roles += [
        (team.radiologist, "radiologist"),
        (team.reviewer, "radiologist"),
        (team.researcher, "researcher"),
    ]
    for person, role in roles:
        team.manager.post(f"/projects/{slug}/invitations", {"email": person.email, "role": role})
        (offer,) = (one for one in person.get("/me/invitations") if one["project_name"] == name)
        assert person.put(f"/me/invitations/{offer['id']}", {"accepts": True}) == {"project_slug": slug}
    return slug


def upload(team: Team, slug: str, files: Files) -> dict[str, Any]:
    """The manager uploads; ends when the batch is processed."""
    batch = team.manager.post(f"/projects/{slug}/batches")
    team.manager.upload(batch["id"], files)

    def processed() -> dict[str, Any] | None:
        now = dict(team.manager.get(f"/batches/{batch['id']}"))
        ended = now["job"] is not None and now["job"]["state"] in {"succeeded", "failed", "cancelled"}
        return now if ended else None

    done = wait_until(processed, seconds=LONG_SECONDS, what="the upload to be processed")
    assert done is not None
    assert done["job"]["state"] == "succeeded", done["job"]
    return done


def series_with_run(team: Team, slug: str) -> list[dict[str, Any]]:
    """The project's series, each with its engine's run ended."""

    def all_ended() -> list[dict[str, Any]]:
        rows = team.manager.all(f"/projects/{slug}/series")
        ended = [row for row in rows if row["run"] and row["run"]["state"] not in {"queued", "running"}]
        return rows if rows and len(ended) == len(rows) else []

    return wait_until(all_ended, seconds=LONG_SECONDS, what="the engine's runs to end")


def case_of(team: Team, slug: str, series: dict[str, Any]) -> Case:
    """The case of a series, once the first stage's tasks are open."""

    def opened() -> str | None:
        case_id = team.manager.get(f"/series/{series['id']}")["case_id"]
        return str(case_id) if case_id and team.manager.get(f"/cases/{case_id}")["tasks"] else None

    case_id = wait_until(opened, seconds=LONG_SECONDS, what="the case's tasks")
    assert case_id is not None
    return Case(slug, case_id, series["volume"])


def next_task(person: Person, slug: str, kind: str) -> dict[str, Any]:
    """What the site gives the person to do next; waits until there is something."""
    given = wait_until(
        lambda: person.post(f"/projects/{slug}/next-assignment"),
        seconds=LONG_SECONDS,
        what=f"a task of kind {kind} for {person.email}",
    )
    assert given["kind"] == kind, given
    return dict(person.post(f"/assignments/{given['id']}/open"))


@dataclass(frozen=True)
class Planted:
    """Edits whose outcome is known: two raters add a rim to one vertebra, one takes half of another."""

    grown: int
    cut: int
    rim: NDArray[np.bool_]
    half: NDArray[np.bool_]

    def add(self, mask: Array) -> None:
        mask[self.rim] = self.grown

    def take(self, mask: Array) -> None:
        mask[self.half] = 0


def plan_edits(mask: Array) -> Planted:
    """Choose the two largest gradable vertebrae: a rim of two voxels on one, the upper half of the other."""
    counts = {int(label): int((mask == label).sum()) for label in np.unique(mask) if label in GRADABLE}
    grown, cut = sorted(counts, key=lambda label: -counts[label])[:2]
    rim = binary_dilation(mask == grown, iterations=2) & (mask == 0)
    low, high = box_of(mask == cut)
    half = mask == cut
    half[:, :, : (low[2] + high[2]) // 2] = False
    return Planted(grown, cut, rim, half)


def box_of(where: NDArray[np.bool_]) -> tuple[list[int], list[int]]:
    indices = np.nonzero(where)
    return [int(axis.min()) for axis in indices], [int(axis.max()) + 1 for axis in indices]


def save(person: Person, task: dict[str, Any], mask: OpenMask, edited: Array, kind: str = "brush") -> None:
    """Make the open mask `edited`, slice by slice as the browser sends them."""
    slices = np.flatnonzero((mask.array != edited).any(axis=(0, 1)))
    mask.array[:] = edited
    person.save(task["id"], mask, slices.tolist(), kind)


def grade_all(person: Person, task: dict[str, Any], mask: Array, answers: dict[int, dict[str, Any]]) -> None:
    """Grade: the fractured ones one by one, the rest as normal with one click."""
    for label, answer in answers.items():
        person.put(f"/assignments/{task['id']}/gradings/{label}", answer)
    rest = sorted(int(label) for label in np.unique(mask) if label in GRADABLE and label not in answers)
    person.post(f"/assignments/{task['id']}/gradings/normal-rest", {"labels": rest})


def submit(person: Person, task: dict[str, Any], mask: OpenMask) -> None:
    body = {"digest": mask.digest, "active_seconds": 60, "comment": ""}
    person.post(f"/assignments/{task['id']}/submit", body)


def refusal(person: Person, method: str, path: str, **arguments: Any) -> Refused:
    """The refusal that a request meets; fails when it is let through."""
    try:
        person.send(method, f"/api/v1{path}", **arguments)
    except Refused as refused:
        return refused
    raise AssertionError(f"{method} {path} was let through for {person.email}")


def majority(masks: list[Array]) -> Array:
    """Voxelwise vote of three masks that never all differ: what two agree on."""
    first, second, third = masks
    assert not ((first != second) & (second != third) & (first != third)).any()
    return np.where((first == second) | (first == third), first, second)


def consensus(team: Team, case: Case) -> dict[str, Any]:
    """Comparison and both fusions of a case, once they are there."""

    def ready() -> dict[str, Any] | None:
        found = dict(team.manager.get(f"/cases/{case.id}/consensus"))
        methods = {fusion["method"] for fusion in found["fusions"]}
        chosen = any(fusion["chosen"] for fusion in found["fusions"])
        return found if {"majority", "staple"} <= methods and chosen else None

    found = wait_until(ready, seconds=LONG_SECONDS, what="comparison and fusions")
    assert found is not None
    return found


def state_becomes(team: Team, case: Case, state: str) -> dict[str, Any]:
    def reached() -> dict[str, Any] | None:
        now = dict(team.manager.get(f"/cases/{case.id}"))
        return now if now["state"] == state else None

    reached_case = wait_until(reached, seconds=LONG_SECONDS, what=f"the case to be {state}")
    assert reached_case is not None
    return reached_case


def release(team: Team, slug: str, version: str) -> dict[str, Any]:
    """The manager drafts and freezes a release; ends when its archives are there."""
    draft = team.manager.post(
        f"/projects/{slug}/releases",
        {
            "version": version,
            "title": "Story spines",
            "notes": "Made by the story.",
            "licence": "CC-BY-SA-4.0",
            "terms": "No attempt to identify a person.",
            "fractions": {"training": 1.0, "validation": 0.0, "test": 0.0},
            "seed": 4,
            "embargo_until": None,
        },
    )
    team.manager.post(f"/releases/{draft['id']}/freeze")

    def frozen() -> dict[str, Any] | None:
        now = dict(team.manager.get(f"/releases/{draft['id']}"))
        assert now["state"] != "failed", now
        return now if now["state"] == "frozen" and now["archives"] else None

    done = wait_until(frozen, seconds=LONG_SECONDS, what="the release to be frozen")
    assert done is not None
    team.manager.post(f"/releases/{draft['id']}/publish")
    return done


def download(person: Person, url: str, *, pieces: int) -> bytes:
    """Fetch an archive in several ranges, as a download that is resumed."""
    head = person.send("HEAD", url)
    size = int(head.headers["Content-Length"])
    edges = np.linspace(0, size, pieces + 1).astype(int)
    parts: Iterator[bytes] = (
        person.send("GET", url, headers={"Range": f"bytes={first}-{last - 1}"}).content
        for first, last in pairwise(edges)
    )
    data = b"".join(parts)
    assert len(data) == size
    return data
