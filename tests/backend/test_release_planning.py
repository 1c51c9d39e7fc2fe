"""Which cases a release holds, and in which part each patient stands, whatever versions there were before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from backend.annotation.models import Case, Exclusion, TaskKind
from backend.consensus.models import AgreedGrade, Comparison
from backend.imaging.models import RuleVerdict, Series
from backend.measurements.models import SeriesPhase
from backend.projects.models import Project, Role
from backend.releases.errors import CasesChanged, NothingFits, OpensTooEarly, PlacesInvalid
from backend.releases.models import Release, ReleaseState
from backend.releases.planning.earlier import Contradiction, Stood, bound_by
from backend.releases.planning.plan import Asked, Plan, make_plan
from backend.releases.planning.rules import Rules, RulesInvalid, read_rules
from backend.releases.services import building, drafting
from backend.releases.services.placing import place_by_hand
from tests.backend import factories, rows
from tests.backend.thaw import thawed_afterwards

pytestmark = pytest.mark.django_db
SHARES = {"training": 0.5, "validation": 0.25, "test": 0.25}
TODAY = timezone.localdate


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    with thawed_afterwards():
        yield


@pytest.fixture
def project() -> Project:
    return factories.make_project()


def accepted(project: Project, *, pixels: str = "") -> Case:
    case = rows.case_in(project)
    case.state, case.accepted_mask = "accepted", rows.mask_of(case)
    case.save()
    if pixels:
        Series.objects.filter(pk=case.volume.series_id).update(pixels_hmac=pixels)
    return Case.objects.get(pk=case.pk)


def plan(project: Project, rules: Rules | None = None, **how: Any) -> Plan:
    return make_plan(Asked(project, rules or Rules(), SHARES, 0, **how))


def split_of(found: Plan, case: Case) -> str:
    return found.places[case.volume.series.patient_id].split


def release_of(project: Project, places: dict[Case, str], version: str, **fields: Any) -> Release:
    """A frozen version in which these cases stand in these parts; its files are not built."""
    release = Release.objects.create(
        project=project, version=version, title="Spines", created_by=project.created_by, **fields
    )
    for case, split in places.items():
        patient = case.volume.series.patient
        row = release.patients.create(patient=patient, split=split, subject=patient.pseudonym)
        assert case.accepted_mask is not None
        release.items.create(release_patient=row, case=case, mask=case.accepted_mask)
    release.state, release.manifest_sha256 = ReleaseState.FROZEN, "0" * 64
    release.frozen_at = timezone.now()
    release.save()
    return release


def left_by(found: Plan) -> dict[Any, tuple[str, str]]:
    return {one.case.pk: (one.rule, one.why) for one in found.left_out}


def test_each_rule_leaves_out_who_does_not_meet_it(project: Project) -> None:
    good, held, unread, apart, phase, waived = (accepted(project) for _ in range(6))
    Series.objects.filter(pk=held.volume.series_id).update(held=True)
    manager = project.created_by
    for case in (good, held, unread, apart, phase, waived):
        task = rows.task_on(case, state="complete")
        reached = 0.8 if case == apart else 0.9
        if case != unread:
            report = {"raters": 2, "labels": {"20": {"label": 20, "names": [20, 20], "mean_dice": reached}}}
            Comparison.objects.create(task=task, state="succeeded", report=report)
        stated = "arterial" if case == phase else "none"
        SeriesPhase.objects.create(series=case.volume.series, phase=stated, stated_by=manager)
    RuleVerdict.objects.create(
        series=waived.volume.series,
        rule_id="I1",
        state="failed",
        waived_by=manager,
        waived_reason="DXA was lost",
    )
    rules = read_rules(
        {"stages": ["rate"], "least_agreement": 0.85, "phases": ["none"], "without_waivers": True}, project
    )
    found = plan(project, rules)
    assert [case.pk for case in found.cases] == [good.pk]
    told = left_by(found)
    assert {case.pk: told[case.pk][0] for case in (held, unread, apart, phase, waived)} == {
        held.pk: "inclusion",
        unread.pk: "agreement",
        apart.pk: "agreement",
        phase.pk: "phases",
        waived.pk: "waivers",
    }
    assert told[apart.pk][1] == "Its raters agree to a Dice of 0.800, below 0.85."
    assert len(plan(project).cases) == 5, "no rule but the study's own"


def test_levels_and_stages_that_a_case_lacks_are_named(project: Project) -> None:
    case = accepted(project)  # L1 and L2
    told = left_by(plan(project, Rules(levels=("L1", "L2", "T12"))))
    assert told[case.pk] == ("levels", "Its mask lacks T12.")
    assert plan(project, Rules(levels=("L1", "L2"))).cases == [case]
    rows.task_on(case, state="open", stage_key="review", kind=TaskKind.REVIEW)
    told = left_by(plan(project, Rules(stages=("review",))))
    assert told[case.pk] == ("stages", "It has not passed the stage 'review'.")


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ({"levels": ["L9"]}, "no vertebra 'L9'"),
        ({"phases": ["late"]}, "no contrast phase 'late'"),
        ({"stages": ["fuse"]}, "no stage 'fuse' for people"),
        ({"least_agreement": 1.5}, "The least agreement must be 1"),
        ({"colours": []}, "is not known"),
    ],
)
def test_rules_that_make_no_sense_are_refused(project: Project, raw: dict[str, Any], why: str) -> None:
    with pytest.raises(RulesInvalid, match=why):
        read_rules(raw, project)


def test_who_withdrew_consent_is_named_as_left_out(project: Project) -> None:
    accepted(project)
    gone = rows.case_in(project, state="excluded")
    Exclusion.objects.create(case=gone, reason="consent", by=project.created_by, state_before="accepted")
    assert left_by(plan(project)) == {gone.pk: ("consent", "Taken out of the data: consent withdrawn.")}


def test_patients_with_one_scan_stand_in_one_part(project: Project) -> None:
    pairs = [[accepted(project, pixels=f"scan {number}") for _ in range(2)] for number in range(4)]
    found = plan(project)
    for first, second in pairs:
        assert split_of(found, first) == split_of(found, second)
    assert sorted(place.split for place in found.places.values()) == sorted(
        ["training"] * 4 + ["validation"] * 2 + ["test"] * 2
    )


def test_a_later_version_keeps_every_part(project: Project) -> None:
    cases = [accepted(project) for _ in range(8)]
    order = ["test", "validation", "training", "training", "test", "validation", "training", "training"]
    release_of(project, dict(zip(cases, order, strict=True)), "1.0")
    new = [accepted(project) for _ in range(8)]
    found = plan(project)
    assert [split_of(found, case) for case in cases] == order
    assert {found.places[case.volume.series.patient_id].version for case in cases} == {"1.0"}
    assert sorted(split_of(found, case) for case in new) == sorted(order)
    assert {found.places[case.volume.series.patient_id].why for case in new} == {""}


def test_a_scan_that_was_public_under_another_patient_is_no_secret_test(project: Project) -> None:
    known = accepted(project, pixels="scan")
    release_of(project, {known: "training"}, "1.0")
    Case.objects.filter(pk=known.pk).update(state="in_progress")
    again = accepted(project, pixels="scan")
    found = plan(project, embargo_until=TODAY() + timedelta(days=9))
    assert split_of(found, again) == "training"
    assert found.places[again.volume.series.patient_id].version == "1.0"


def places(*stood: tuple[str, date | None]) -> list[Stood]:
    return [Stood(split, f"1.{number}", until) for number, (split, until) in enumerate(stood)]


def test_what_earlier_versions_leave_open() -> None:
    day = date(2030, 1, 1)
    opened = bound_by(places(("test", None)), sealed=False, shares=SHARES)
    assert opened is not None
    assert (opened.allowed, opened.kept) == (("test",), "test")
    known = bound_by(places(("test", None)), sealed=True, shares=SHARES)
    assert known is not None, "everybody knows its masks: it cannot be a secret test"
    assert (known.allowed, known.kept) == (("training", "validation"), "validation")
    secret = bound_by(places(("test", day)), sealed=True, shares=SHARES)
    assert secret is not None
    assert (secret.allowed, secret.version) == (("test",), "1.0")
    moved = bound_by(places(("training", None), ("validation", None)), sealed=True, shares=SHARES)
    assert moved is not None
    assert (moved.kept, moved.version) == ("validation", "1.1")
    assert bound_by([], sealed=True, shares=SHARES) is None
    with pytest.raises(Contradiction):
        bound_by(places(("training", None), ("test", day)), sealed=True, shares=SHARES)


def test_no_version_opens_what_another_keeps_secret(project: Project) -> None:
    case = accepted(project)
    day = TODAY() + timedelta(days=30)
    release_of(project, {case: "test"}, "1.0", embargo_until=day)

    def draft(version: str, **fields: Any) -> Release:
        said = drafting.Draft(version=version, title="Spines", **fields)
        return drafting.create_release(project=project, actor=project.created_by, draft=said)

    for early in (None, day - timedelta(days=1)):
        with pytest.raises(OpensTooEarly, match=r"Version 1\.0 keeps its test part secret"):
            draft("1.1", embargo_until=early)
    with pytest.raises(OpensTooEarly, match="do not open its test images"):
        draft("1.1", embargo_until=day, open_test_images=True)
    assert draft("1.1", embargo_until=day).patients.get().split == "test"


def drafted(project: Project, **fields: Any) -> Release:
    said = drafting.Draft(**{"version": "2.0", "title": "Spines", **fields})
    return drafting.create_release(project=project, actor=project.created_by, draft=said)


def test_what_is_placed_by_hand_stays_while_the_draft_changes(project: Project) -> None:
    cases = [accepted(project) for _ in range(4)]
    release = drafted(project)
    subjects = {row.patient_id: row for row in release.patients.all()}
    mine = subjects[cases[0].volume.series.patient_id]
    other = "test" if mine.split == "training" else "training"
    place_by_hand(release_id=release.pk, actor=project.created_by, places={mine.subject: other})

    def standing() -> str:
        return release.patients.get(subject=mine.subject).split

    assert standing() == other
    accepted(project)
    said = drafting.Draft(version="2.0", title="Spines", seed=5)
    drafting.change_draft(release_id=release.pk, actor=project.created_by, draft=said)
    assert standing() == other
    place_by_hand(release_id=release.pk, actor=project.created_by, places={mine.subject: None})
    release.refresh_from_db()
    assert release.by_hand == {}
    for wrong in ({"sub-9999": "test"}, {mine.subject: "holdout"}):
        with pytest.raises(PlacesInvalid):
            place_by_hand(release_id=release.pk, actor=project.created_by, places=wrong)


def test_nobody_places_by_hand_what_an_earlier_version_binds(project: Project) -> None:
    public, tested, one, two = (
        accepted(project),
        accepted(project),
        *(accepted(project, pixels="scan") for _ in range(2)),
    )
    release_of(project, {public: "training", tested: "test"}, "1.0")
    release = drafted(project)
    names = {row.patient_id: row.subject for row in release.patients.all()}
    name = {case: names[case.volume.series.patient_id] for case in (public, tested, one, two)}
    for places_, why in (
        ({name[public]: "test"}, "was public in version 1.0"),
        ({name[tested]: "training"}, "what is for testing stays there"),
        ({name[one]: "test", name[two]: "training"}, "share a scan"),
    ):
        with pytest.raises(PlacesInvalid, match=why):
            place_by_hand(release_id=release.pk, actor=project.created_by, places=places_)
    place_by_hand(release_id=release.pk, actor=project.created_by, places={name[public]: "validation"})
    assert release.patients.get(subject=name[public]).split == "validation"


def test_a_draft_whose_cases_have_changed_is_not_built(project: Project) -> None:
    cases = [accepted(project) for _ in range(2)]
    release = drafted(project)
    name = release.patients.get(patient=cases[0].volume.series.patient).subject
    Case.objects.filter(pk=cases[0].pk).update(state="excluded")
    with pytest.raises(CasesChanged, match=name):
        building.start_freeze(release_id=release.pk, actor=project.created_by)
    Case.objects.filter(pk=cases[0].pk).update(state="accepted", accepted_mask=rows.mask_of(cases[0]))
    with pytest.raises(CasesChanged, match=name):
        building.start_freeze(release_id=release.pk, actor=project.created_by)


def test_a_version_that_was_frozen_meanwhile_binds_a_draft_too(project: Project) -> None:
    case = accepted(project)
    release = drafted(project, fractions={"training": 1.0})
    release_of(project, {case: "test"}, "1.0")
    with pytest.raises(PlacesInvalid, match=r"another part of version 1\.0"):
        building.start_freeze(release_id=release.pk, actor=project.created_by)


def test_rules_that_no_case_meets_make_no_draft(project: Project) -> None:
    accepted(project)
    with pytest.raises(NothingFits):
        drafted(project, rules={"levels": ["C1"]})
    assert drafted(project, rules={"levels": ["L1"]}).rules["levels"] == ["L1"]


def test_the_plan_on_the_wire(project: Project, client: Client) -> None:
    cases = [accepted(project) for _ in range(4)]
    AgreedGrade.objects.create(case=cases[0], label=20, grade=2, fracture_type="wedge", method="median")
    client.force_login(project.created_by)
    root = f"/api/v1/projects/{project.slug}/releases"
    asked = {"rules": {"levels": ["L1"]}, "fractions": {"training": 0.5, "test": 0.5}, "seed": 3}
    told = client.post(f"{root}/preview", asked, content_type="application/json").json()
    assert (told["patients"], told["cases"], told["rules"], told["stale"]) == (4, 4, [], False)
    assert not Release.objects.exists()
    # a vertebra that nobody graded is told before anything is frozen
    lacking = {row["case_id"]: row["labels"] for row in told["ungraded"]}
    assert lacking == {str(cases[0].pk): [21], **{str(case.pk): [20, 21] for case in cases[1:]}}
    assert told["ungraded_vertebrae"] == 7
    rows_ = {f"{row['kind']} {row['name']}": row for row in told["balance"]}
    assert rows_["Level L1"]["splits"] == {"training": 2.0, "validation": 0.0, "test": 2.0}
    assert rows_["Fracture grade 2"]["wanted"] == {"training": 0.5, "validation": 0.0, "test": 0.5}
    said = {"version": "1.0", "title": "Spines"} | asked
    made = client.post(root, said, content_type="application/json").json()
    address = f"/api/v1/releases/{made['id']}"
    plan_ = client.get(f"{address}/plan").json()
    assert plan_["places"] == told["places"]
    assert {row["decided_by"] for row in plan_["places"]} == {"seed"}
    name = plan_["places"][0]["subject"]
    moved = client.put(f"{address}/places", {"places": {name: "validation"}}, content_type="application/json")
    first = moved.json()["places"][0]
    assert (first["subject"], first["split"], first["decided_by"]) == (name, "validation", "hand")
    accepted(project)
    assert client.get(f"{address}/plan").json()["stale"] is True
    researcher = factories.make_member(project, Role.RESEARCHER)
    client.force_login(researcher)
    assert client.post(f"{root}/preview", asked, content_type="application/json").status_code == 403
    assert client.get(f"{address}/plan").status_code == 404
