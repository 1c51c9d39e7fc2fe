"""Distances and angles that people draw: kept with the case, each person's own, blinded as their work is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from backend.annotation.models import Assignment, Sighting, SightKind
from backend.audit.models import Record
from backend.common.errors import Invalid
from backend.measurements import rulers
from backend.measurements.models import Ruler
from tests.backend import factories, flow

pytestmark = pytest.mark.django_db(transaction=True)

AsUser = Callable[[Any], APIClient]

LENGTH: dict[str, Any] = {
    "kind": "length",
    "plane": "sagittal",
    "name": "Canal",
    "points_ras_mm": [[0, 0, 0], [0, 3, 4]],
}
ANGLE: dict[str, Any] = {
    "kind": "angle",
    "plane": "axial",
    "points_ras_mm": [[5, 0, 0], [0, 0, 0], [0, 5, 0]],
}


def address(work: Assignment, ruler: object = "") -> str:
    return f"/api/v1/assignments/{work.pk}/rulers" + (f"/{ruler}" if ruler else "")


def test_a_rater_sees_their_own_alone_and_an_expert_all_that_was_handed_in(as_user: AsUser) -> None:
    team = flow.make_team()
    team.project.protocol = {**team.project.protocol, "double_blind": True}
    team.project.save()
    case = flow.start_case(team.project)
    works = [flow.take(rater, team.project) for rater in team.raters]
    drawn = [uuid4() for _ in works]
    for work, ruler in zip(works, drawn, strict=True):
        kept = as_user(work.rater).put(address(work, ruler), LENGTH, format="json")
        assert kept.status_code == 200, kept.content
        assert kept.json()["value"] == pytest.approx(5.0)
    for work, ruler in zip(works, drawn, strict=True):
        listed = as_user(work.rater).get(address(work)).json()
        assert [(row["id"], row["author"], row["mine"]) for row in listed] == [(str(ruler), "You", True)]
    first, second = works[:2]
    # The id of another's is as good as none, for changing and for deleting.
    taken = as_user(first.rater).put(address(first, drawn[1]), ANGLE, format="json")
    assert taken.status_code == 404
    assert as_user(first.rater).delete(address(first, drawn[1])).status_code == 404
    assert Ruler.objects.get(pk=drawn[1]).author == second.rater

    for work, change in zip(works, (None, None, flow.erase(20)), strict=True):
        flow.hand_in(work, change=change)
    closed = as_user(first.rater).put(address(first, drawn[0]), ANGLE, format="json")
    assert closed.status_code == 409
    assert as_user(first.rater).delete(address(first, drawn[0])).status_code == 409
    assert len(as_user(first.rater).get(address(first)).json()) == 1, "handed in, and not opened up"

    expert = team.radiologists[0]
    adjudication = flow.take(expert, team.project)
    rows = as_user(expert).get(address(adjudication)).json()
    assert [row["author"] for row in rows] == ["Rater A", "Rater B", "Rater C"]
    assert not any(row["mine"] for row in rows)
    assert Sighting.objects.filter(case=case, user=expert, kind=SightKind.NOTES).exists()
    assert as_user(expert).delete(address(adjudication, drawn[0])).status_code == 404


def test_a_ruler_is_changed_deleted_and_brought_back_and_each_is_on_record() -> None:
    project = factories.make_project(factories.make_user("manager"))
    volume, author = factories.make_volume(project), factories.make_user("rater")
    first = uuid4()

    def keep(**drawn: Any) -> Ruler:
        made = rulers.Drawn(**{**LENGTH, **drawn})
        return rulers.keep_ruler(ruler_id=first, volume=volume, author=author, drawn=made)

    keep()
    assert keep(name="  Canal at L3 ", points_ras_mm=[[0, 0, 0], [0, 6, 8]]).name == "Canal at L3"
    assert rulers.rulers_on(volume).get().points_ras_mm == [[0, 0, 0], [0, 6, 8]]
    for _ in range(2):  # a lost answer: the same is asked again
        rulers.delete_ruler(ruler_id=first, volume=volume, author=author)
    assert not rulers.rulers_on(volume).exists()
    keep()
    assert rulers.rulers_on(volume).get().pk == first
    told = Record.objects.filter(verb__startswith="ruler.").order_by("sequence")
    assert [record.verb for record in told] == [
        "ruler.drawn",
        "ruler.changed",
        "ruler.deleted",
        "ruler.changed",
    ]
    with pytest.raises(Invalid, match="Two points"):
        keep(points_ras_mm=[[1, 1, 1], [1, 1, 1]])


def test_nobody_fills_a_case_with_rulers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rulers, "MOST_RULERS", 1)
    project = factories.make_project(factories.make_user("manager"))
    volume, author = factories.make_volume(project), factories.make_user("rater")
    first = uuid4()
    for _ in range(2):
        rulers.keep_ruler(ruler_id=first, volume=volume, author=author, drawn=rulers.Drawn(**LENGTH))
    with pytest.raises(rulers.TooManyRulers):
        rulers.keep_ruler(ruler_id=uuid4(), volume=volume, author=author, drawn=rulers.Drawn(**LENGTH))
    other = factories.make_user("rater")
    rulers.keep_ruler(ruler_id=uuid4(), volume=volume, author=other, drawn=rulers.Drawn(**LENGTH))


def test_the_viewer_and_the_page_of_a_case_show_them_as_far_as_work_is_open(as_user: AsUser) -> None:
    team = flow.make_team()
    team.project.protocol = {**team.project.protocol, "double_blind": True}
    team.project.save()
    case = flow.start_case(team.project)
    works = [flow.take(rater, team.project) for rater in team.raters[:2]]
    for work in works:
        assert as_user(work.rater).put(address(work, uuid4()), LENGTH, format="json").status_code == 200

    def shown(user: Any, part: str) -> list[tuple[str, float]]:
        answer = as_user(user).get(f"/api/v1/cases/{case.pk}{part}")
        assert answer.status_code == 200, answer.content
        return [(row["author"], round(row["value"], 6)) for row in answer.json()["rulers"]]

    for work in works:
        assert shown(work.rater, "/view") == [("You", 5.0)]
    everybody = [("Rater A", 5.0), ("Rater B", 5.0)]
    assert shown(team.manager, "/view") == shown(team.manager, "") == everybody
