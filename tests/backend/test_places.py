"""Places to look at: listed for the mask in hand, ticked by its rater, kept with what is handed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from rest_framework.test import APIClient

from backend.accounts.models import User
from backend.annotation.models import Submission
from backend.annotation.work.selectors.in_hand import mask_state
from tests.backend import flow

pytestmark = pytest.mark.django_db(transaction=True)
AsUser = Callable[[User | None], APIClient]

SHAPE = (48, 40, 40)


def leaking_and_doubted() -> tuple[np.ndarray, np.ndarray]:
    """A block of L1 with an arm to one side, and doubt in a corner of it."""
    mask, doubt = np.zeros(SHAPE, np.uint8, order="F"), np.zeros(SHAPE, np.uint8, order="F")
    mask[16:32, 10:30, 10:30] = 20
    mask[32:46, 16:24, 16:24] = 20
    doubt[17:25, 11:19, 11:19] = 200
    return mask, doubt


def test_places_are_listed_ticked_and_kept_with_the_hand_in(as_user: AsUser) -> None:
    team = flow.make_team()
    mask, doubt = leaking_and_doubted()
    case = flow.start_case(team.project, mask)
    flow.made_by_engine(case, doubt)
    mine = flow.take(team.raters[0], team.project)
    address = f"/api/v1/assignments/{mine.pk}"
    client = as_user(team.raters[0])
    assert client.post(f"{address}/open").status_code == 200

    def listed() -> list[dict[str, Any]]:
        answer = client.get(f"{address}/places")
        assert answer.status_code == 200, answer.content
        rows: list[dict[str, Any]] = answer.json()
        return rows

    def tick(place: dict[str, Any], *, looked: bool) -> list[dict[str, Any]]:
        said = {key: place[key] for key in ("kind", "label", "voxel")}
        answer = client.put(f"{address}/places/looked", {**said, "looked": looked}, format="json")
        assert answer.status_code == 200, answer.content
        ticks: list[dict[str, Any]] = answer.json()
        return ticks

    leak, doubted = sorted(listed(), key=lambda row: row["kind"] != "leak")
    assert (leak["kind"], leak["label"], leak["looked"]) == ("leak", 20, False)
    assert (doubted["kind"], doubted["label"]) == ("doubt", 20)
    assert mask[tuple(leak["voxel"])] == 20
    assert leak["voxel"][0] >= 32
    assert doubt[tuple(doubted["voxel"])] == 200

    tick(leak, looked=True)
    tick(doubted, looked=True)
    # after an edit the same place lies a little elsewhere
    near = {**leak, "voxel": [leak["voxel"][0], leak["voxel"][1] + 2, leak["voxel"][2]]}
    assert len(tick(near, looked=True)) == 2
    assert [row["looked"] for row in listed()] == [True, True]
    assert len(tick(doubted, looked=False)) == 1
    assert {row["kind"]: row["looked"] for row in listed()} == {"leak": True, "doubt": False}

    flow.grade_all(mine, {})
    handed = {"digest": mask_state(mine).digest, "active_seconds": 5}
    assert client.post(f"{address}/submit", handed, format="json").status_code == 200
    kept = Submission.objects.get(assignment=mine).places_looked
    assert kept == [{"kind": "leak", "label": 20, "voxel": near["voxel"]}]
    answer = client.put(f"{address}/places/looked", {**kept[0], "looked": False}, format="json")
    assert answer.status_code == 409


def test_a_mask_that_no_engine_made_has_its_leaks_all_the_same(as_user: AsUser) -> None:
    team = flow.make_team()
    flow.start_case(team.project, leaking_and_doubted()[0])
    mine = flow.take(team.raters[0], team.project)
    answer = as_user(team.raters[0]).get(f"/api/v1/assignments/{mine.pk}/places")
    assert [row["kind"] for row in answer.json()] == ["leak"]
    other = as_user(team.raters[1]).get(f"/api/v1/assignments/{mine.pk}/places")
    assert other.status_code == 404
