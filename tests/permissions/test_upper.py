"""Who gets what over REST: every address of the upper layers, as every person, from both projects.

Each row names who may have it and with which status; everybody else must get the same answer as for something
that does not exist. So a leak between raters, roles or projects fails here.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import pytest
from PIL import Image

from backend.annotation.models import Assignment, AssignmentState, CasePurpose, Exercise, TaskKind
from backend.annotation.selectors import latest_submissions
from backend.common.storage import put_blob
from backend.progress.cases.services import save_view
from backend.progress.models import SavedView
from backend.releases.models import FaultReport
from tests.backend import flow
from tests.backend.thaw import thawed_afterwards
from tests.permissions.asking import Row, signed_in, wrongs
from tests.permissions.world import World, make_world
from tests.support.replay import replayable

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]

EVERYBODY = ("manager", "rater_a", "rater_b", "rater_c", "expert", "second", "researcher", "physicist")


def _kept_view(world: World) -> SavedView:
    project, owner = world.team.project, world.people["manager"]
    return save_view(user=owner, project=project, name="Kept", filters={}, shared=True)


def rows(world: World) -> list[Row]:
    slug = world.team.project.slug
    mine = f"/api/v1/assignments/{world.open_work.pk}"
    theirs = f"/api/v1/assignments/{world.handed_in.pk}"
    adjudication = f"/api/v1/assignments/{world.adjudication.pk}"
    review = Assignment.objects.get(task__case=world.accepted, task__kind=TaskKind.REVIEW)
    looked = f"/api/v1/assignments/{review.pk}"
    rated, adjudicated = f"/api/v1/cases/{world.rated.pk}", f"/api/v1/cases/{world.adjudicated.pk}"
    accepted = f"/api/v1/cases/{world.accepted.pk}"
    peer = latest_submissions(world.handed_in.task).get().mask_id
    release, draft = f"/api/v1/releases/{world.release.pk}", f"/api/v1/releases/{world.draft.pk}"
    a, b, expert = {"rater_a": 200}, {"rater_b": 200}, {"expert": 200}
    readers = {"manager": 200, "researcher": 200}
    keepers = {"manager": 200, "physicist": 200}
    experts = {"manager": 200, "expert": 200, "second": 200}
    series = world.rated.volume.series_id
    return [
        Row("get", mine, a),
        Row("get", f"{mine}/mask", a),
        Row("get", f"{mine}/operations", a),
        Row("post", f"{mine}/operations", {"rater_a": 400}),  # theirs, but nothing was sent
        Row("post", f"{theirs}/operations", {"rater_b": 400}),
        Row("get", f"{mine}/gradings", a),
        Row("get", f"{mine}/measurements", a),
        Row("get", f"{mine}/surfaces", a),
        Row("get", f"{mine}/comments", a),
        Row("get", f"{mine}/findings", a),
        Row("get", f"{mine}/places", a),
        Row("put", f"{mine}/places/looked", a, {"kind": "leak", "label": 20, "voxel": [1, 1, 1]}),
        Row(
            "put",
            f"{theirs}/places/looked",
            {"rater_b": 409},
            {"kind": "leak", "label": 20, "voxel": [1, 1, 1]},
        ),
        Row("get", f"{mine}/second-round", a),
        Row("get", f"{theirs}/second-round", b),
        Row("get", f"{adjudication}/second-round", expert),
        Row("get", f"{looked}/second-round", {"second": 200}),
        Row("get", f"{mine}/levels-looked", {}),
        Row("get", f"{adjudication}/levels-looked", expert),
        Row("put", f"{adjudication}/levels-looked/20", expert, {"looked": True}),
        Row("put", f"{mine}/levels-looked/20", {}, {"looked": True}),
        Row("put", f"{looked}/levels-looked/20", {"second": 409}, {"looked": True}),
        Row("get", f"{mine}/measurements", a),
        Row("get", f"{theirs}/measurements", b),
        Row("get", f"{mine}/rulers", a),
        Row("get", f"{theirs}/rulers", b),
        Row("get", f"{adjudication}/rulers", expert),
        Row("post", f"{mine}/open", a),
        Row("put", f"{mine}/gradings/20", a, {"grade": 0}),
        Row("post", f"{mine}/gradings/normal-rest", a, {"labels": [20]}),
        Row("post", f"{mine}/active-time", a, {"seconds": 5}),
        Row("post", f"{theirs}/active-time", {"rater_b": 409}, {"seconds": 5}),
        Row("post", f"{mine}/comments", {"rater_a": 201}, {"text": "A question"}),
        Row("put", f"{mine}/comments/{peer}/resolved", {}, {"resolved": True}),
        Row("put", f"{theirs}/comments/{world.question.pk}/resolved", {}, {"resolved": True}),
        Row("put", f"{adjudication}/comments/{world.question.pk}/resolved", {}, {"resolved": True}),
        Row("put", f"{mine}/comments/{world.question.pk}/resolved", a, {"resolved": True}),
        Row("post", f"{mine}/submit", {"rater_a": 409}, {"digest": "0" * 64}),
        Row("post", f"{mine}/decision", {}, {"accept": True}),
        Row("get", f"{looked}/agreed-grades", {"second": 200}),
        Row("get", f"{mine}/agreed-grades", {}),
        Row("post", f"{mine}/choices", {}, {"label": 20, "choice": "fused"}),
        Row("post", f"{mine}/names", {}, {"labels": [20, 21]}),
        Row("get", f"{mine}/sources/A/mask", {}),
        Row("get", theirs, b),
        Row("get", f"{theirs}/mask", b),
        Row("get", f"{theirs}/gradings", b),
        Row("get", f"{theirs}/measurements", b),
        Row("get", f"{theirs}/surfaces", b),
        Row("put", f"{theirs}/gradings/20", {"rater_b": 409}, {"grade": 1}),
        Row("get", adjudication, expert),
        Row("get", f"{adjudication}/sources/A/mask", expert),
        Row("get", f"{adjudication}/sources/fused/mask", expert),
        Row("get", f"{adjudication}/sources/Z/mask", {}),
        Row("post", f"{adjudication}/choices", expert, {"label": 20, "choice": "painted"}),
        Row("post", f"{adjudication}/names", {"expert": 409}, {"labels": [20, 21]}),
        Row("get", rated, {"manager": 200}),
        Row("get", f"{rated}/consensus", {"manager": 200}),
        *looking_rows(world),
        Row("patch", rated, {"manager": 200}, {"priority": 3}),
        Row("get", adjudicated, {"manager": 200}),
        Row("get", f"{adjudicated}/consensus", {"manager": 200, "expert": 200}),
        Row("post", f"{adjudicated}/fusions", {"manager": 202, "expert": 403}, {"method": "sba"}),
        Row("post", f"{adjudicated}/comparison/retry", {"manager": 409, "expert": 403}),
        Row("post", f"{adjudicated}/fusions/retry", {"manager": 404, "expert": 403}, {"job_id": peer}),
        Row("post", f"/api/v1/fusions/{world.fusion.pk}/choose", {"manager": 409, "expert": 403}),
        Row("get", f"/api/v1/projects/{slug}/calibrations", keepers, others=403),
        Row("get", f"/api/v1/projects/{slug}/bone-density", keepers, others=403),
        Row("put", f"/api/v1/series/{series}/contrast-phase", keepers, {"phase": "none"}),
        Row("get", f"/api/v1/projects/{slug}/statistics", experts, others=403),
        Row("get", f"/api/v1/projects/{slug}/statistics/table.csv", experts, others=403),
        Row("get", f"{release}/statistics", readers),
        Row("get", f"{draft}/statistics", {"manager": 200}),
        Row("get", f"{accepted}/consensus", {"manager": 200, "second": 200}),
        Row("get", f"/api/v1/projects/{slug}/board", dict.fromkeys(EVERYBODY, 200)),
        Row("get", f"/api/v1/projects/{slug}/cases", dict.fromkeys(EVERYBODY, 200)),
        Row("get", f"/api/v1/projects/{slug}/cases/ids", {"manager": 200}, others=403),
        Row("get", f"/api/v1/projects/{slug}/agreement", {"manager": 200}, others=403),
        Row("post", f"/api/v1/projects/{slug}/agreement", {"manager": 409}, others=403),
        Row("get", f"/api/v1/projects/{slug}/reliability", dict.fromkeys(EVERYBODY, 200)),
        Row("get", f"/api/v1/projects/{slug}/edit-effort", {"manager": 200}, others=403),
        Row("post", f"/api/v1/projects/{slug}/edit-effort", {"manager": 200}, others=403),
        Row("get", f"/api/v1/projects/{slug}/course", {"manager": 200}, others=403),
        Row("post", f"/api/v1/projects/{slug}/course", {"manager": 200}, others=403),
        Row(
            "put",
            f"/api/v1/projects/{slug}/coverage-targets",
            {"manager": 200},
            {"targets": [{"part": "cervical", "wanted": 200}]},
            others=403,
        ),
        Row(
            "post",
            f"/api/v1/projects/{slug}/protocol/simulation",
            {"manager": 200},
            {"protocol": world.team.project.protocol},
            others=403,
        ),
        Row("get", f"/api/v1/projects/{slug}/my-load", dict.fromkeys(EVERYBODY, 200)),
        Row("get", f"/api/v1/projects/{slug}/cases/tags", {"manager": 200}, others=403),
        Row("get", f"/api/v1/projects/{slug}/case-views", {"manager": 200}, others=403),
        Row(
            "post",
            f"/api/v1/projects/{slug}/case-views",
            {"manager": 201},
            {"name": "Late", "filters": {"ordering": "due_on"}},
            others=403,
        ),
        Row(
            "delete",
            f"/api/v1/projects/{slug}/case-views/{_kept_view(world).pk}",
            {"manager": 204},
            others=403,
        ),
        Row("post", f"/api/v1/projects/{slug}/statistics", experts, others=403),
        Row("post", f"/api/v1/projects/{slug}/reliability", dict.fromkeys(EVERYBODY, 200)),
        Row("post", f"/api/v1/projects/{slug}/automation-bias", {"manager": 200}, others=403),
        Row("get", f"/api/v1/projects/{slug}/releases", dict.fromkeys(EVERYBODY, 200)),
        Row("get", f"/api/v1/projects/{slug}/reliability/table.csv", dict.fromkeys(EVERYBODY, 200)),
        Row("get", f"/api/v1/projects/{slug}/training", dict.fromkeys(EVERYBODY, 200)),
        Row("get", f"/api/v1/projects/{slug}/quality", {"manager": 200}, others=403),
        Row("get", f"/api/v1/projects/{slug}/hasty-work", {"manager": 200}, others=403),
        Row("put", f"{mine}/naming-answer", {"rater_a": 409}, {"answer": "confirmed"}),
        Row("get", f"/api/v1/projects/{slug}/automation-bias", {"manager": 200}, others=403),
        Row("get", f"/api/v1/projects/{slug}/rater-weights", {"manager": 200}, others=403),
        Row(
            "post",
            f"/api/v1/projects/{slug}/rater-weights",
            {"manager": 201},
            {"basis": "manual", "rows": [{"user_id": str(world.people["rater_a"].pk), "weight": 1}]},
            others=403,
        ),
        Row(
            "post",
            f"/api/v1/projects/{slug}/cases/bulk",
            {"manager": 200},
            {"action": "prioritise", "case_ids": [str(world.rated.pk)], "priority": 1},
            others=403,
        ),
        Row(
            "post",
            f"/api/v1/projects/{slug}/cases/return",
            {"manager": 200},
            {"case_ids": [str(world.rated.pk)], "comment": "L1 leaks", "preview": True},
            others=403,
        ),
        Row(
            "post",
            f"/api/v1/projects/{slug}/answer-keys",
            {"manager": 400},
            {"case_id": str(world.rated.pk), "purpose": "gold"},
            others=403,
        ),
        Row(
            "post", f"/api/v1/projects/{slug}/qualifications", {"manager": 404}, _nobody_trusted(), others=403
        ),
        Row("post", f"{rated}/unblind", {"manager": 409}, {"reason": "To know"}),
        Row("get", f"{mine}/feedback", {}),
        Row("get", f"{theirs}/feedback", {}),
        Row("get", f"{theirs}/feedback/20.png", {}),
        Row("get", f"/api/v1/assignments/{world.training.pk}/feedback", {"rater_c": 200}),
        Row("get", f"/api/v1/assignments/{world.training.pk}/feedback/20.png", {"rater_c": 200}),
        Row("get", f"/api/v1/assignments/{world.training.pk}/mask", {"rater_c": 200}),
        Row("get", f"/api/v1/volumes/{world.training.task.case.volume_id}/index", {"rater_c": 200}),
        Row("get", f"/api/v1/cases/{world.training.task.case_id}", {}),
        Row("get", f"/api/v1/cases/{world.training.task.case_id}/consensus", {}),
        *hidden_rows(world),
        Row("delete", f"/api/v1/answer-keys/{world.key.pk}", {"manager": 204}),
        Row(
            "post",
            f"/api/v1/projects/{slug}/releases",
            {"manager": 409},
            {"version": "1.0", "title": "Again"},
            others=403,
        ),
        Row("post", f"/api/v1/tasks/{world.rated.tasks.get().pk}/assign", {"manager": 404}, _nobody()),
        Row("get", release, readers),
        Row("get", f"{release}/archives/all.zip", dict.fromkeys(readers, 403)),
        Row("get", f"{release}/archives/all/subset", dict.fromkeys(readers, 403)),
        Row("get", f"{release}/changes", {"manager": 200, "researcher": 403}),
        *released_rows(world, release, {"manager": 200, "researcher": 403}),
        *released_rows(world, draft, {}),  # it has items of its own
        Row("get", f"{draft}/items/{world.draft.items.get().pk}", {"manager": 200}),
        Row("post", f"{release}/accept-terms", readers, {"purpose": "research"}),
        *released_rows(world, release, readers),
        Row("get", f"{release}/manifest.json", readers),
        Row("get", f"{release}/changes", readers),
        Row("get", f"{release}/archives/all.zip", readers),
        Row("get", f"{release}/archives/all/subset", readers),
        Row("get", f"{release}/files/README.md", readers),
        Row("get", f"{release}/archives/everything.zip", {}),
        Row("post", f"{release}/freeze", {"manager": 409, "researcher": 403}),
        Row("post", f"{release}/errata", {"manager": 201, "researcher": 403}, {"text": "L1 is L2"}),
        *fault_rows(world, release, readers),
        Row("get", draft, {"manager": 200}),
        Row("get", f"{draft}/archives/all.zip", {"manager": 409}),
        Row("get", "/api/v1/assignments/waiting", dict.fromkeys(EVERYBODY, 200), strangers=200),
        Row("post", f"{theirs}/concern", {"rater_b": 409}, {"concern": "discuss"}),
        Row("post", f"{mine}/concern", {"rater_a": 204}, {"concern": "discuss", "text": "Which level?"}),
        Row("post", f"{mine}/concern/settled", {"manager": 204}),
        Row("post", f"{theirs}/release", {"rater_b": 409, "manager": 409}),
        Row("post", f"{mine}/release", {"rater_a": 204, "manager": 409}),
    ]


def looking_rows(world: World) -> list[Row]:
    """The viewer: all masks to those who compare, to a rater their own, and what they started from."""
    rated, adjudicated = f"/api/v1/cases/{world.rated.pk}", f"/api/v1/cases/{world.adjudicated.pk}"
    accepted = f"/api/v1/cases/{world.accepted.pk}"
    theirs = latest_submissions(world.handed_in.task).get().mask_id
    start = world.rated.start_mask_id
    both = {"rater_a": 200, "rater_b": 200}
    manager, all_raters = {"manager": 200}, dict.fromkeys(("rater_a", "rater_b", "rater_c"), 200)
    parts = ("", "/surfaces", f"/changes/{theirs}")
    return [
        Row("get", f"{rated}/view", manager | both),
        *(Row("get", f"{rated}/masks/{theirs}{part}", {"manager": 200, "rater_b": 200}) for part in parts),
        Row("get", f"{rated}/masks/{start}", manager | both),
        Row("get", f"{rated}/masks/{start}/surfaces", manager | both),
        Row("get", f"{rated}/masks/{start}/changes/{theirs}", {"manager": 200, "rater_b": 200}),
        Row("get", f"{adjudicated}/view", manager | all_raters | {"expert": 200}),
        Row("get", f"{adjudicated}/masks/{world.fusion.result_id}", {"manager": 200, "expert": 200}),
        Row("get", f"{accepted}/view", manager | all_raters | {"second": 200}),
        *(Row("get", f"{case}/looked", manager) for case in (rated, adjudicated, accepted)),
    ]


def released_rows(world: World, address: str, allowed: dict[str, int]) -> list[Row]:
    item = f"{address}/items/{world.release.items.get().pk}"
    return [Row("get", f"{item}{part}", allowed) for part in ("", "/mask", "/surfaces")]


def fault_rows(world: World, release: str, readers: dict[str, int]) -> Iterator[Row]:
    """Reports of faults: the researcher's own, which the project's managers answer and nobody else reads."""
    item = world.release.items.get()
    said = {"item_id": str(item.pk), "label": 20, "text": "L1 leaks"}
    reports = [
        FaultReport.objects.create(item=item, text="Leaks", reporter=world.people["researcher"])
        for _ in range(3)
    ]
    own, taken_up, declined = (f"{release}/faults/{report.pk}" for report in reports)
    yield Row("post", f"{release}/faults", dict.fromkeys(readers, 201), said)
    yield Row("get", f"{release}/faults", readers)
    picture = {"manager": 404, "researcher": 200}  # a manager reads it, but it is not theirs
    png = cleaned_png()
    yield Row("put", f"{own}/picture", picture, png, content_type="application/octet-stream")
    FaultReport.objects.filter(pk=reports[0].pk).update(picture=put_blob(data=png, media_type="image/png"))
    yield Row("get", f"{own}/picture", readers)
    answers = {"manager": 200, "researcher": 403}
    yield Row("post", f"{taken_up}/take-up", answers, {"text": "L1 leaks", "review": False})
    yield Row("post", f"{declined}/decline", answers, {"reason": "It is a rib"})


def cleaned_png() -> bytes:
    out = BytesIO()
    Image.new("L", (2, 2)).save(out, "PNG")
    return out.getvalue()


def hidden_rows(world: World) -> list[Row]:
    """Training, gold cases and repeats: their rater works on them as on any case; nobody gets the answer."""
    listed = []
    for copy, who in ((world.training, "rater_c"), (world.gold, "rater_c"), (world.repeat, "rater_b")):
        own, case, volume = {who: 200}, copy.task.case, copy.task.case.volume
        exercise = Exercise.objects.select_related("key__mask", "former__mask", "source").get(case=case)
        known = exercise.key or exercise.former
        answer = known.mask if known is not None else None
        assert answer is not None
        work = f"/api/v1/assignments/{copy.pk}"
        slab = volume.slab_index["slabs"][0]["sha256"]
        parts = ["mask"]
        if copy is world.gold:  # of one kind all parts
            parts += ["operations", "gradings", "measurements", "surfaces", "comments", "findings"]
        listed += [Row("get", f"{work}/{part}", own) for part in parts]
        listed += [
            Row("get", work, own),
            Row("post", f"{work}/open", own),
            Row("post", f"{work}/comments", {who: 201}, {"text": "A question"}),
            Row("put", f"{work}/comments/{world.question.pk}/resolved", {}, {"resolved": True}),
            Row("get", f"{work}/sources/A/mask", {}),
            Row("get", f"{work}/sources/fused/mask", {}),
            Row("get", f"/api/v1/volumes/{volume.pk}/index", own),
            Row("get", f"/api/v1/volumes/{volume.pk}/blobs/{slab}", own),
            Row("get", f"/api/v1/volumes/{volume.pk}/blobs/{volume.nifti_id}", {}),
            Row("get", f"/api/v1/volumes/{volume.pk}/blobs/{answer.voxels_id}", {}),
            Row("get", f"/api/v1/series/{volume.series_id}", {}),
            Row("get", f"/api/v1/cases/{case.pk}", {}),
            Row("get", f"/api/v1/cases/{case.pk}/consensus", {}),
            Row("get", f"/api/v1/cases/{case.pk}/view", own),
            Row("get", f"/api/v1/cases/{case.pk}/masks/{answer.pk}", {}),
            Row("get", f"/api/v1/cases/{exercise.source_id}/masks/{answer.pk}", openly(world, exercise)),
            Row("post", f"/api/v1/cases/{case.pk}/unblind", {}, {"reason": "To know"}),
        ]
        if case.purpose != CasePurpose.TRAINING:
            listed += [Row("get", f"{work}/feedback", {}), Row("get", f"{work}/feedback/20.png", {})]
    return listed


def openly(world: World, exercise: Exercise) -> dict[str, int]:
    """Who reads the masks of the case that was copied: its manager, its reviewer, its adjudicator.

    And of a repeat its rater: what they handed in the first time stays theirs to look at.
    """
    compared_by = {world.accepted.pk: {"second": 200}, world.adjudicated.pk: {"expert": 200}}
    again = {"rater_b": 200} if exercise.former is not None else {}
    return {"manager": 200, **compared_by.get(exercise.source_id, {}), **again}


def _nobody_trusted() -> dict[str, str]:
    return {**_nobody(), "reason": "An old hand"}


def _nobody() -> dict[str, str]:
    return {"user_id": "00000000-0000-0000-0000-000000000000"}


@replayable
def two_worlds() -> tuple[World, World]:
    return make_world(), make_world()


@pytest.fixture
def worlds() -> Iterator[tuple[World, World]]:
    with thawed_afterwards():
        yield two_worlds()


def test_everybody_gets_what_is_theirs_and_nothing_else(worlds: tuple[World, World]) -> None:
    here, there = worlds
    assert wrongs(rows(here), here.people, there.people) == []


def test_no_answer_to_a_rater_names_another(worlds: tuple[World, World]) -> None:
    here, _ = worlds
    rater = here.people["rater_a"]
    client = signed_in(rater)
    slug = here.team.project.slug
    others = [user for name, user in here.people.items() if name.startswith("rater") and user != rater]
    addresses = [
        "/api/v1/home",
        "/api/v1/assignments?state=all",
        f"/api/v1/assignments/{here.open_work.pk}",
        f"/api/v1/assignments/{here.open_work.pk}/comments",
        f"/api/v1/projects/{slug}/board",
        f"/api/v1/projects/{slug}/cases",
        f"/api/v1/projects/{slug}/releases",
        f"/api/v1/projects/{slug}/reliability",
    ]
    for address in addresses:
        text = client.get(address).content.decode()
        for other in others:
            assert str(other.pk) not in text, f"{address} names another rater"
            assert other.email not in text, f"{address} names another rater"
    pseudonym = here.rated.volume.series.patient.pseudonym
    work = client.get(f"/api/v1/assignments/{here.open_work.pk}").content.decode()
    assert pseudonym not in work, "a rater sees the patient's pseudonym"


def test_a_manager_with_open_work_of_their_own_sees_no_peer(worlds: tuple[World, World]) -> None:
    here, _ = worlds
    manager = here.people["manager"]
    case = f"/api/v1/cases/{here.rated.pk}"
    client = signed_in(manager)
    assert client.get(f"{case}/consensus").status_code == 200
    task = here.rated.tasks.get()
    own = Assignment.objects.create(task=task, rater=manager, slot=2)
    assert client.get(case).status_code == 404
    assert client.get(f"{case}/consensus").status_code == 404
    own.state = AssignmentState.SUBMITTED
    own.save()
    assert client.get(case).status_code == 200


def test_a_rater_who_left_the_project_loses_their_work(worlds: tuple[World, World]) -> None:
    here, _ = worlds
    rater = here.people["rater_a"]
    client = signed_in(rater)
    address = f"/api/v1/assignments/{here.open_work.pk}/mask"
    assert client.get(address).status_code == 200
    rater.memberships.update(active=False)
    assert client.get(address).status_code == 404


def test_the_ct_is_open_through_an_assignment_only(worlds: tuple[World, World]) -> None:
    here, _ = worlds
    index = f"/api/v1/volumes/{here.rated.volume_id}/index"
    assert signed_in(here.people["rater_a"]).get(index).status_code == 200
    assert signed_in(here.people["rater_c"]).get(index).status_code == 404
    assert signed_in(here.people["researcher"]).get(index).status_code == 404


def test_reliability_tells_a_rater_nothing_that_came_from_others(worlds: tuple[World, World]) -> None:
    here, _ = worlds
    address = f"/api/v1/projects/{here.team.project.slug}/reliability"
    client = signed_in(here.people["rater_a"])
    lines = client.get(address).json()["raters"]
    assert [line["user"]["id"] for line in lines] == [str(here.people["rater_a"].pk)]
    line = lines[0]
    assert (line["submissions"], line["cases_shown"]) == (2, 0)
    blinded = ("sensitivity", "specificity", "final_dice", "kept_share")
    assert all(line[name] == {"value": None, "low": None, "high": None} for name in blinded)
    assert all(point[name] is None for point in line["history"] for name in blinded)
    assert line["confusion"] == {"items": 0, "table": None, "reason": "closed"}
    assert line["minutes_per_vertebra"]["value"] is not None, "their own time is theirs"


def test_an_open_protocol_shows_raters_their_figures_of_finished_cases() -> None:
    team = flow.make_team()
    project, rater = team.project, team.raters[0]
    project.protocol = {**project.protocol, "open_after_submission": True}
    project.save()
    for _ in range(2):
        case = flow.start_case(project)
        flow.rate(team)
    flow.start_case(project)
    flow.hand_in(flow.take(rater, project))
    client = signed_in(rater)
    assert client.get(f"/api/v1/cases/{case.pk}/consensus").status_code == 200
    lines = client.get(f"/api/v1/projects/{project.slug}/reliability").json()["raters"]
    assert [line["user"]["id"] for line in lines] == [str(rater.pk)]
    # three hand-ins, of which the case that others still work on stays closed
    assert (lines[0]["submissions"], lines[0]["cases_shown"]) == (3, 2)
    told = [point["sensitivity"] is not None for point in lines[0]["history"]]
    assert told == [True, True, False]


def test_a_manager_who_rates_sees_no_figures_of_that_case(worlds: tuple[World, World]) -> None:
    here, _ = worlds
    manager = here.people["manager"]
    slug = here.team.project.slug
    client = signed_in(manager)
    before = client.get(f"/api/v1/projects/{slug}/agreement").json()
    assert before["comparisons"] == 2
    task = here.adjudicated.tasks.get(stage_key="rate")
    Assignment.objects.create(task=task, rater=manager, slot=7)
    after = client.get(f"/api/v1/projects/{slug}/agreement").json()
    assert after["comparisons"] == 1
    lines = client.get(f"/api/v1/projects/{slug}/reliability").json()["raters"]
    assert all(here.adjudicated.alias not in str(line["history"]) for line in lines)
