"""The viewer for everyone who may see: who is shown which mask of a case, and of a release."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from backend.annotation.models import Assignment, Case, Sighting
from backend.annotation.work.services import working
from backend.projects.models import Role
from backend.releases.models import Release, Split
from tests.backend import factories, flow
from tests.backend.test_embargo import HALVES, open_on
from tests.backend.test_releases import accept_case, client_of, freeze
from tests.backend.thaw import thawed_afterwards

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]
AsUser = Callable[..., APIClient]


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    with thawed_afterwards():
        yield


@pytest.fixture
def team() -> flow.Team:
    return flow.make_team()


def view_of(client: Client | APIClient, case: Case) -> dict[str, Any]:
    answer = client.get(f"/api/v1/cases/{case.pk}/view")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def titles(client: Client | APIClient, case: Case) -> list[str]:
    return [mask["title"] for mask in view_of(client, case)["masks"]]


def test_who_may_compare_sees_every_mask_and_where_they_differ(team: flow.Team, as_user: AsUser) -> None:
    case = flow.start_case(team.project)
    flow.rate(team, changes=[None, None, flow.erase(20)])
    view = view_of(as_user(team.manager), case)
    kinds = [mask["kind"] for mask in view["masks"]]
    assert kinds.count("rater") == 3
    assert "fused" in kinds
    assert [mask["title"].split(" ")[0] for mask in view["masks"]] == [str(n + 1) for n in range(len(kinds))]
    assert not any(rater.name in str(view["masks"]) for rater in team.raters), "raters are letters"
    shown = next(mask for mask in view["masks"] if mask["id"] == view["first_mask"])
    assert shown["kind"] == "fused", "what stands is shown at first"
    assert [spot["label"] for spot in view["spots"]] == [20]
    assert view["own_only"] is False


def test_a_rater_sees_their_own_masks_alone_and_leaves_no_sighting(team: flow.Team, as_user: AsUser) -> None:
    case = flow.start_case(team.project)
    flow.rate(team, changes=[None, None, flow.erase(20)])
    client = as_user(team.raters[0])
    view = view_of(client, case)
    assert [mask["kind"] for mask in view["masks"]] == ["start", "rater"]
    assert view["masks"][1]["title"].startswith("My mask: ")
    assert not any(character.isdigit() for character in view["masks"][0]["title"]), "no number counts others"
    assert (view["own_only"], view["spots"], view["first_mask"]) == (True, [], view["masks"][1]["id"])
    for mask in view["masks"]:
        assert client.get(f"/api/v1/cases/{case.pk}/masks/{mask['id']}").status_code == 200
    assert not Sighting.objects.filter(user=team.raters[0]).exists()


def test_who_started_blank_is_not_shown_what_others_started_from(team: flow.Team, as_user: AsUser) -> None:
    case = flow.start_case(team.project)
    work = flow.take(team.raters[0], team.project)
    client = as_user(team.raters[0])
    start = f"/api/v1/cases/{case.pk}/masks/{case.start_mask_id}"
    assert client.get(start).status_code == 200
    Assignment.objects.filter(pk=work.pk).update(blank_start=True)
    assert titles(client, case) == []
    assert client.get(start).status_code == 404


def test_a_manager_in_blind_work_sees_their_own_alone(team: flow.Team, as_user: AsUser) -> None:
    factories.make_member(team.project, Role.RATER, user=team.manager)
    case = flow.start_case(team.project)
    flow.hand_in(flow.take(team.raters[0], team.project))
    work = flow.take(team.manager, team.project)
    working.open_assignment(assignment_id=work.pk, actor=team.manager)
    view = view_of(as_user(team.manager), case)
    assert (view["own_only"], [mask["kind"] for mask in view["masks"]]) == (True, ["start"])
    theirs = flow.latest_masks(case)["A"].pk
    assert as_user(team.manager).get(f"/api/v1/cases/{case.pk}/masks/{theirs}").status_code == 404
    assert not Sighting.objects.exists()


@pytest.fixture
def day() -> date:
    return timezone.localdate() + timedelta(days=30)


def made(team: flow.Team, day: date, **draft: Any) -> Release:
    for _ in range(2):
        accept_case(team)
    return freeze(team, fractions=HALVES, embargo_until=day, **draft)


def item_of(release: Release, split: str) -> str:
    item = release.items.get(release_patient__split=split)
    return f"/api/v1/releases/{release.pk}/items/{item.pk}"


def index_of(release: Release, split: str) -> str:
    return f"/api/v1/volumes/{release.items.get(release_patient__split=split).case.volume_id}/index"


def statuses(client: Client, release: Release, split: str) -> tuple[int, int, int]:
    """Of the case, its CT and its mask."""
    item = item_of(release, split)
    asked = (item, index_of(release, split), f"{item}/mask")
    first, second, third = (client.get(address).status_code for address in asked)
    return first, second, third


def test_a_release_opens_with_its_terms(team: flow.Team, day: date) -> None:
    release = made(team, day)
    assert team.researcher is not None
    stranger = client_of(team.researcher)
    assert statuses(stranger, release, Split.TRAINING) == (403, 404, 403)
    reader = client_of(team.researcher, release)
    assert statuses(reader, release, Split.TRAINING) == (200, 200, 200)
    team.researcher.memberships.update(active=False)
    assert statuses(reader, release, Split.TRAINING) == (404, 404, 404)


def test_a_sealed_case_is_shown_to_nobody_but_managers_until_its_day(
    team: flow.Team, day: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = made(team, day)
    reader = client_of(team.researcher or team.manager, release)
    assert statuses(reader, release, Split.TEST) == (404, 404, 404)
    shown = reader.get(item_of(release, Split.TRAINING)).json()
    assert (shown["position"], shown["total"], shown["previous_id"], shown["next_id"]) == (1, 1, None, None)
    manager = client_of(team.manager)
    assert statuses(manager, release, Split.TEST) == (200, 200, 200)
    first, last = (manager.get(item_of(release, split)).json() for split in (Split.TRAINING, Split.TEST))
    assert (first["position"], last["position"]) == (1, 2), "as the files lie in their folders"
    assert (first["next_id"], last["previous_id"]) == (last["id"], first["id"])
    open_on(monkeypatch, day)
    assert statuses(reader, release, Split.TEST) == (200, 200, 200)


def test_open_cts_of_a_sealed_part_are_shown_without_their_masks(team: flow.Team, day: date) -> None:
    release = made(team, day, open_test_images=True)
    reader = client_of(team.researcher or team.manager, release)
    assert statuses(reader, release, Split.TEST) == (200, 200, 404)
    assert reader.get(f"{item_of(release, Split.TEST)}/surfaces").status_code == 404
    assert reader.get(item_of(release, Split.TEST)).json()["has_mask"] is False


def test_the_files_of_a_release_lead_to_the_cases_that_they_show(team: flow.Team, day: date) -> None:
    release = made(team, day)
    reader = client_of(team.researcher or team.manager, release)
    files = reader.get(f"/api/v1/releases/{release.pk}").json()["files"]
    shown = {file["path"].rpartition("_")[2] for file in files if file["item_id"]}
    assert shown == {"ct.nii.gz", "msk.nii.gz", "ctd.json", "snp.png"}
    item = release.items.get(release_patient__split=Split.TRAINING)
    assert {file["item_id"] for file in files} == {None, str(item.pk)}


def test_who_looks_into_a_release_has_seen_the_work_on_its_cases(team: flow.Team, day: date) -> None:
    release = made(team, day)
    assert team.researcher is not None
    reader = client_of(team.researcher, release)
    item = release.items.get(release_patient__split=Split.TRAINING)
    assert not Sighting.objects.filter(user=team.researcher).exists()
    assert reader.get(item_of(release, Split.TRAINING)).status_code == 200
    assert Sighting.objects.filter(user=team.researcher, case=item.case).count() == 1


def test_nobody_is_shown_the_released_mask_of_a_case_that_they_rate_now(team: flow.Team, day: date) -> None:
    release = made(team, day)
    assert team.researcher is not None
    reader = client_of(team.researcher, release)
    item = release.items.get(release_patient__split=Split.TRAINING)
    task = item.case.tasks.get(stage_key="rate")
    Assignment.objects.create(task=task, rater=team.researcher, slot=7)
    assert reader.get(item_of(release, Split.TRAINING)).status_code == 404
    assert reader.get(f"{item_of(release, Split.TRAINING)}/mask").status_code == 404
