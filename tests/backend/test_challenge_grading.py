"""Fracture grading as a task of a challenge: from the table that is sent to the board."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from backend.accounts.models import User
from backend.challenge.models import Challenge, ChallengeTask, Phase
from backend.challenge.services.references import items_by_name
from backend.common.storage import put_blob
from backend.science.labels import name_of
from tests.backend import contest
from tests.backend.contest import Contest
from tests.backend.thaw import thawed_afterwards, unheld

pytestmark = pytest.mark.django_db(transaction=True)
WANTED = {20: 2, 21: 0}


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    with thawed_afterwards():
        yield


@pytest.fixture
def world() -> Contest:
    """A challenge in grading alone; in every case L1 has a fracture of grade 2."""
    made = contest.make_contest()
    Challenge.objects.filter(pk=made.challenge.pk).update(tasks=[ChallengeTask.GRADING.value])
    lines = [
        f"{item.release_patient.subject},{item.case.volume.series.number},{label},{grade}"
        for phase in (made.public, made.secret)
        for item in items_by_name(phase).values()
        for label, grade in WANTED.items()
    ]
    blob = put_blob(data="\n".join(["subject,series,label,fx_grade", *lines, ""]).encode())
    with unheld():
        made.release.files.create(
            split="validation", path="gradings/gradings.csv", blob=blob, size_bytes=blob.size_bytes, crc32=0
        )
    return made


@pytest.fixture
def captain(world: Contest) -> User:
    captain = world.researcher()
    world.team("One", captain)
    return captain


def table(phase: Phase, grades: dict[int, int]) -> bytes:
    lines = [
        f"{name},{name_of(label)},{grade}" for name in items_by_name(phase) for label, grade in grades.items()
    ]
    return contest.zipped({"grades.csv": "\n".join(["case,level,grade", *lines, ""]).encode()})


def test_grades_are_scored_without_a_mask(world: Contest, captain: User) -> None:
    sent = world.send(captain, table(world.public, {20: 1, 21: 0}))
    assert sent.status_code == 201, sent.json()
    client = world.client(captain)
    told = client.get(f"/api/v1/submissions/{sent.json()['id']}").json()
    assert (told["state"], told["check"]["grades"]) == ("evaluated", "grades.csv")
    case = told["cases"][0]
    assert not case["absent"]
    assert case["report"]["grades"] == [
        {"label": 20, "wanted": 2, "told": 1, "probability": None},
        {"label": 21, "wanted": 0, "told": 0, "probability": None},
    ]
    (row,) = client.get(f"{world.root}/phases/validation/leaderboard").json()["board"]["rows"]
    assert (row["grading"]["rank"], row["segmentation"]) == (1, None)
    assert (row["grades"]["sensitivity"]["value"], row["grades"]["specificity"]["value"]) == (0.0, 1.0)
    assert (row["grades"]["auc"]["value"], row["grades"]["untold"]) == (1.0, 0)


def test_of_the_secret_part_nothing_comes_back(world: Contest, captain: User) -> None:
    sent = world.send(captain, table(world.secret, WANTED), "test")
    client = world.client(captain)
    assert client.get(f"/api/v1/submissions/{sent.json()['id']}").json()["cases"] is None
    assert client.get(f"{world.root}/phases/test/leaderboard").json()["board"] is None


def test_masks_alone_are_nothing_for_this_task_and_a_bad_table_is_named(
    world: Contest, captain: User
) -> None:
    refused = world.send(captain, contest.zipped(contest.predictions(world.public)))
    assert (refused.status_code, refused.json()["code"]) == (400, "no_prediction")
    sent = world.send(captain, contest.zipped({"grades.csv": b"case,level,grade\nsub-nobody,L1,2\n"}))
    told = world.client(captain).get(f"/api/v1/submissions/{sent.json()['id']}").json()
    assert told["state"] == "refused"
    assert [fault["code"] for fault in told["check"]["faults"]] == ["bad_grades"]
