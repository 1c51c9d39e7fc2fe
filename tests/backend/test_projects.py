"""Projects, their protocols and their members."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from backend.audit.models import Record
from backend.common.errors import DomainError
from backend.projects import selectors, services
from backend.projects.models import Membership, Role
from backend.projects.protocols import PROTOCOLS, ProtocolInvalid, parse
from tests.backend import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("key", sorted(PROTOCOLS))
def test_a_shipped_protocol_survives_being_stored(key: str) -> None:
    assert parse(PROTOCOLS[key].to_json()) == PROTOCOLS[key]


def test_the_stages_follow_one_another() -> None:
    protocol = PROTOCOLS["multi_rater"]
    order = ["rate"]
    while (stage := protocol.after(order[-1])) is not None:
        order.append(stage.key)
    assert order == ["rate", "fuse", "adjudicate", "review"]
    assert protocol.stage("rate").overlap == 3
    assert PROTOCOLS["verse_2019"].stage("read").overlap == 2


def changed(**changes: Any) -> dict[str, Any]:
    raw = PROTOCOLS["multi_rater"].to_json()
    stage_changes = changes.pop("first_stage", {})
    raw["stages"][0] = {**raw["stages"][0], **stage_changes}
    return {**raw, **changes}


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ([], "object"),
        (changed(stages=[]), "1 to 12 stages"),
        (changed(colour="red"), "colour"),
        (changed(first_stage={"kind": "guess"}), "Stage 1: kind"),
        (changed(first_stage={"overlap": 0}), "overlap"),
        (changed(first_stage={"overlap": True}), "overlap"),
        (changed(first_stage={"roles": []}), "role"),
        (changed(first_stage={"roles": ["king"]}), "role"),
        (changed(first_stage={"blank_share": 1.5}), "blank_share"),
        (changed(first_stage={"thresholds": {"dice_below": "low"}}), "dice_below"),
        (changed(first_stage={"key": "review"}), "same key"),
        (changed(stages=PROTOCOLS["multi_rater"].to_json()["stages"][:2]), "last stage"),
        (changed(stages=PROTOCOLS["multi_rater"].to_json()["stages"][1:]), "first stage"),
    ],
)
def test_a_malformed_protocol_is_refused_by_name(raw: Any, words: str) -> None:
    with pytest.raises(ProtocolInvalid, match=words):
        parse(raw)


def test_who_makes_a_project_manages_it() -> None:
    user = factories.make_user(project_right=True)
    project = services.create_project(
        actor=user, draft=services.ProjectDraft(name="Spine Ünit 1", protocol_key="verse_2019")
    )
    assert project.slug == "spine-unit-1"
    assert selectors.roles_of(user, project) == {"manager"}
    assert Record.objects.filter(verb="project.created", project_id_ref=project.pk).count() == 1


@pytest.mark.parametrize(
    ("draft", "code"),
    [
        ({"protocol_key": "none"}, "unknown_protocol"),
        ({"working_spacing_mm": 0.0}, "invalid_spacing"),
        ({"name": "!!!"}, "invalid_slug"),
        ({"slug": "taken"}, "slug_taken"),
    ],
)
def test_a_project_that_cannot_be_made_says_why(draft: dict[str, Any], code: str) -> None:
    user = factories.make_user(project_right=True)
    values: dict[str, Any] = {"name": "P", "protocol_key": "multi_rater"}
    services.create_project(actor=user, draft=services.ProjectDraft(**values, slug="taken"))
    with pytest.raises(DomainError) as refused:
        services.create_project(actor=user, draft=services.ProjectDraft(**{**values, **draft}))
    assert refused.value.code == code


def test_the_last_manager_stays() -> None:
    project = factories.make_project()
    manager = project.created_by
    own = Membership.objects.get(project=project, user=manager)
    for attempt in (
        lambda: services.remove_member(actor=manager, project=project, membership_id=own.pk),
        lambda: services.update_member(actor=manager, project=project, membership_id=own.pk, role="rater"),
        lambda: services.update_member(actor=manager, project=project, membership_id=own.pk, active=False),
    ):
        with pytest.raises(services.LastManager):
            attempt()
    second = factories.make_member(project, Role.RATER)
    services.add_role(actor=manager, project=project, email=second.email.upper(), role="manager")
    services.remove_member(actor=second, project=project, membership_id=own.pk)
    assert not selectors.projects_visible_to(manager).exists()


def test_a_member_who_comes_back_gets_the_old_row() -> None:
    project = factories.make_project()
    rater = factories.make_member(project, Role.RATER)
    row = Membership.objects.get(user=rater)
    services.remove_member(actor=project.created_by, project=project, membership_id=row.pk)
    with pytest.raises(services.NotAMember):
        services.add_role(actor=project.created_by, project=project, email=rater.email, role="rater")
    again = services.grant(actor=project.created_by, project=project, user=rater, role="rater")
    assert (again.pk, again.active) == (row.pk, True)
    with pytest.raises(DomainError, match="already"):
        services.add_role(actor=project.created_by, project=project, email=rater.email, role="rater")


def test_the_spacing_is_fixed_once_there_is_a_series() -> None:
    project = factories.make_project()
    update = {"working_spacing_mm": 0.8}
    services.update_project(actor=project.created_by, project=project, changes=update)
    factories.make_volume(project)
    with pytest.raises(DomainError) as refused:
        services.update_project(
            actor=project.created_by, project=project, changes={"working_spacing_mm": 1.0}
        )
    assert refused.value.code == "spacing_fixed"


def test_a_manager_sets_what_is_done_about_each_finding(client: Client) -> None:
    manager = factories.make_user("manager")
    project = factories.make_project(manager)
    client.force_login(manager)
    address = f"/api/v1/projects/{project.slug}"
    rules = client.get(address).json()["finding_rules"]
    assert (rules["duplicate"], rules["order"], rules["holes"]) == ("block", "warn", "warn")

    def change(wanted: dict[str, str]) -> Any:
        return client.patch(address, {"finding_rules": wanted}, content_type="application/json")

    changed = change({"holes": "off", "islands": "block"})
    assert changed.status_code == 200
    assert (changed.json()["finding_rules"]["holes"], changed.json()["finding_rules"]["islands"]) == (
        "off",
        "block",
    )
    assert change({"no_such": "warn"}).status_code == 400
    assert change({"holes": "loud"}).status_code == 400
