"""Projects, their protocols and their members."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from backend.audit.models import Record
from backend.common.errors import DomainError
from backend.projects import selectors, services
from backend.projects.models import Membership, Role
from backend.projects.protocols import PROTOCOLS, ProtocolInvalid, Quality, parse
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


SHIPPED_STAGES = PROTOCOLS["multi_rater"].to_json()["stages"]


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        ([], "The protocol must be an object."),
        (changed(stages=[]), "stages must have 1 at the least."),
        (changed(stages=SHIPPED_STAGES * 4), "stages must have 12 at the most."),
        (changed(stages={}), "stages must be a list."),
        (changed(name=""), "name must not be empty."),
        (changed(name="n" * 81), "name must have 80 letters at the most."),
        (changed(version=1.5), "version must be a whole number."),
        (changed(colour="red"), "colour is not known: leave it out."),
        (changed(first_stage={"colour": "red"}), "Stage 1: colour is not known: leave it out."),
        (
            changed(first_stage={"kind": "guess"}),
            "Stage 1: kind must be one of correct, grade, fuse, adjudicate, review, not 'guess'.",
        ),
        (changed(first_stage={"key": "a b"}), "Stage 1: key: 'a b' is no key (letters, digits and _)."),
        (changed(first_stage={"overlap": 0}), "Stage 1: overlap must be 1 at the least."),
        (changed(first_stage={"overlap": True}), "Stage 1: overlap must be a whole number."),
        (changed(first_stage={"grade": "yes"}), "Stage 1: grade must be true or false."),
        (changed(first_stage={"kind": "grade", "grade": 1}), "Stage 1: grade must be true or false."),
        (changed(first_stage={"title": 3}), "Stage 1: title must be text."),
        (changed(first_stage={"roles": []}), "Stage 1: at least one role is needed."),
        (
            changed(first_stage={"roles": ["king"]}),
            f"Stage 1: role 1: there is no role 'king', only {', '.join(Role.values)}.",
        ),
        (changed(first_stage={"blank_share": 1.5}), "Stage 1: blank_share must be 1.0 at the most."),
        (changed(first_stage={"blank_share": float("nan")}), "Stage 1: blank_share must be a number."),
        (
            changed(first_stage={"thresholds": {"dice_below": "low"}}),
            "Stage 1: thresholds: dice_below must be a number.",
        ),
        (
            changed(quality={"gold_share": 0.3, "repeat_share": 0.3}),
            "Quality control: gold_share and repeat_share are 0.5 together at the most.",
        ),
        (changed(first_stage={"key": "review"}), "Two stages have the same key."),
        (changed(stages=SHIPPED_STAGES[:2]), "The last stage must be a review."),
        (changed(stages=SHIPPED_STAGES[1:]), "The first stage must be correcting or grading."),
        ({"key": "k", "stages": SHIPPED_STAGES}, "name is missing: add it."),
    ],
)
def test_a_malformed_protocol_is_refused_by_name(raw: Any, sentence: str) -> None:
    with pytest.raises(ProtocolInvalid) as refused:
        parse(raw)
    assert refused.value.message == sentence


def test_programs_are_told_the_place_of_a_fault() -> None:
    with pytest.raises(ProtocolInvalid) as refused:
        parse(changed(first_stage={"thresholds": {"dice_below": 2}}))
    assert refused.value.extra == {"field": "stages.0.thresholds.dice_below"}


# As the first version stored it: before quality control, double blind, and rules for grades
FIRST_STORED = {
    "key": "k",
    "name": "Two readers",
    "version": 1,
    "description": "",
    "stages": [
        {
            "key": "read",
            "kind": "grade",
            "title": "Reading",
            "overlap": 2,
            "roles": ["radiologist"],
            "start": "engine",
            "grade": True,
            "blank_share": 0.0,
            "method": "majority",
            "also": [],
            "thresholds": {"dice_below": 0.95, "hd95_mm_above": 3, "grade_disagreement": True},
        },
        {"key": "review", "kind": "review", "title": "Review", "roles": ["radiologist"]},
    ],
    "open_after_submission": False,
    "engine": "auto",
}


def test_a_protocol_of_the_first_version_is_read_and_sent_with_what_came_since(client: Client) -> None:
    project = factories.make_project()
    type(project).objects.filter(pk=project.pk).update(protocol=FIRST_STORED)
    client.force_login(project.created_by)
    sent = client.get(f"/api/v1/projects/{project.slug}").json()["protocol"]
    assert sent["quality"] == Quality().to_json()
    assert (sent["next_task"], sent["stages"][0]["thresholds"]["grades"]) == ("begun_first", "median")
    assert parse(sent) == parse(FIRST_STORED)


def test_who_only_grades_gives_grades_and_no_engine_is_any() -> None:
    raw = changed(first_stage={"kind": "grade", "grade": False}, engine=None)
    assert parse(raw).stages[0].grade
    assert parse(raw).engine == "auto"


def test_who_makes_a_project_manages_it() -> None:
    user = factories.make_user(project_right=True)
    project = services.create_project(
        actor=user, draft=services.ProjectDraft(name="Spine Ünit 1", protocol_key="verse_2019")
    )
    assert project.slug == "spine-unit-1"
    assert selectors.roles_of(user, project) == {"manager"}
    assert Record.objects.filter(verb="project.created", project_id_ref=project.pk).count() == 1


def test_a_project_starts_with_the_shipped_rules_unless_it_has_its_own(client: Client) -> None:
    user = factories.make_user(project_right=True)
    client.force_login(user)
    answers = [
        client.post(
            "/api/v1/projects",
            {"name": f"Rules {n}", "protocol_key": "verse_2019", **rules},
            content_type="application/json",
        )
        for n, rules in enumerate(({}, {"guidelines": ""}, {"guidelines": "Ours"}))
    ]
    shipped, empty, own = (answer.json()["guidelines"] for answer in answers)
    assert "## Osteophytes" in shipped
    assert "images/rule-osteophytes.svg" in shipped
    assert (empty, own) == ("", "Ours")


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
