"""Measuring mask versions, and what of it a rater may see."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np
import pytest
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from backend.annotation.models import Assignment, Case
from backend.annotation.work.services import gradings, working
from backend.common.models import Job
from backend.common.tasks import run_job
from backend.masks.models import MaskSource, MaskVersion
from backend.masks.services import add_version
from backend.measurements import measuring
from backend.measurements.measuring import MEASURE_KIND
from backend.measurements.models import VertebraMeasurement
from backend.measurements.services import measure_version
from backend.science.errors import BadInput
from backend.science.morphometry import measure
from backend.science.surfaces import decode_surfaces
from backend.science.volume import MaskArray
from backend.workflow.sweep import sweep
from tests.backend import factories, flow
from tests.science.columns import WEDGE, Column, make

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]

AsUser = Callable[[Any], APIClient]
HELD_BACK = ("grade", "loss_percent", "expected_loss_percent", "uncertainty_percent", "fracture_type")


def column(**fields: Any) -> MaskArray:
    mask, _ = make(Column(labels=(20, 21, 22, 23), spacing_mm=(1.0, 1.0, 2.0), **fields))
    return np.asfortranarray(mask.array)


@pytest.fixture
def team() -> flow.Team:
    return flow.make_team()


@pytest.fixture
def case(team: flow.Team) -> Case:
    return flow.start_case(team.project, column(heights={22: WEDGE}))


@pytest.fixture
def work(team: flow.Team, case: Case) -> Assignment:
    assignment = flow.take(team.raters[0], team.project)
    working.open_assignment(assignment_id=assignment.pk, actor=assignment.rater)
    return flow.reload(assignment)


def address(work: Assignment) -> str:
    return f"/api/v1/assignments/{work.pk}/measurements"


def test_a_new_mask_is_measured_by_itself(case: Case) -> None:
    rows = VertebraMeasurement.objects.filter(mask=case.start_mask)
    assert sorted(rows.values_list("label", flat=True)) == [20, 21, 22, 23]
    wedge = rows.get(label=22)
    assert wedge.anterior_mm is not None
    assert wedge.posterior_mm is not None
    assert wedge.anterior_mm < wedge.posterior_mm - 5
    assert wedge.suggested_type == "wedge"
    assert wedge.hu_mean is not None
    assert wedge.software_version.startswith("vertebase")


def test_measuring_twice_adds_nothing(case: Case) -> None:
    before = list(VertebraMeasurement.objects.order_by("pk").values_list("pk", "updated_at"))
    job = Job.objects.filter(kind=MEASURE_KIND).latest("created_at")
    Job.objects.filter(pk=job.pk).update(state="queued", attempts=0)
    run_job(job.pk)
    job.refresh_from_db()
    assert job.state == "succeeded"
    assert list(VertebraMeasurement.objects.order_by("pk").values_list("pk", "updated_at")) == before


def test_one_vertebra_that_fails_is_flagged_and_the_others_are_measured(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert case.start_mask is not None
    sound = measure

    def failing(mask: Any, *, labels: Any = None, **rest: Any) -> Any:
        if labels is None or 21 in labels:
            raise ValueError("zero-size array")
        return sound(mask, labels=labels, **rest)

    monkeypatch.setattr(measuring, "measure", failing)
    case.start_mask.measurements.all().delete()
    measure_version(mask_id=case.start_mask.pk)
    rows = {row.label: row for row in case.start_mask.measurements.all()}
    assert rows[21].flags == ["failed"]
    assert "zero-size" in rows[21].detail["error"]
    assert rows[21].suggested_grade is None
    assert rows[22].suggested_type == "wedge"
    assert rows[22].expected_loss_percent is not None


def test_other_errors_end_the_job(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*args: Any, **rest: Any) -> Any:
        raise BadInput("other_grid", "the mask lies on another grid than the CT")

    monkeypatch.setattr(measuring, "measure", refused)
    add_version(volume=case.volume, mask=column(), source=MaskSource.ENGINE)
    job = Job.objects.filter(kind=MEASURE_KIND).latest("created_at")
    assert (job.state, "another grid" in job.error) == ("failed", True)


def test_the_sweep_measures_what_was_forgotten_and_gives_up_on_what_failed(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("backend.workflow.handlers.start", lambda *args, **kwargs: None)
        version = add_version(volume=case.volume, mask=column(), source=MaskSource.ENGINE)
    assert not version.measurements.exists()
    assert sweep().missed["measurements.measure"] == 1
    assert version.measurements.count() == 4
    assert sweep().missed["measurements.measure"] == 0


def test_a_blank_mask_has_nothing_to_measure(case: Case) -> None:
    blank = add_version(volume=case.volume, mask=column() * 0, source=MaskSource.EMPTY)
    assert not blank.measurements.exists()
    assert sweep().missed["measurements.measure"] == 0


def test_heights_stand_from_the_start_and_suggestions_wait_for_the_answer(
    work: Assignment, as_user: AsUser
) -> None:
    client = as_user(work.rater)
    rows = {row["label"]: row for row in client.get(address(work)).json()}
    assert sorted(rows) == [20, 21, 22, 23]
    assert all(row["anterior_mm"] > 5 and row["suggestion"] is None for row in rows.values())
    assert len(rows[22]["lines_ras_mm"]) == 3
    assert not {"borderline", "needs_reader", "no_reference"} & {
        f for row in rows.values() for f in row["flags"]
    }
    gradings.grade(assignment_id=work.pk, label=22, answer=gradings.Answer(grade=2, fracture_type="wedge"))
    rows = {row["label"]: row for row in client.get(address(work)).json()}
    assert set(HELD_BACK) <= set(rows[22]["suggestion"])
    assert rows[22]["suggestion"]["fracture_type"] == "wedge"
    assert all(rows[label]["suggestion"] is None for label in (20, 21, 23))


HEIGHTS = ("anterior_mm", "middle_mm", "posterior_mm", "spread_mm", "range_mm", "own_lines")


def test_where_the_protocol_holds_heights_back_they_wait_for_the_answer(
    team: flow.Team, work: Assignment, as_user: AsUser
) -> None:
    """Lines of one's own as well: they were drawn on the measured ones."""
    client = as_user(work.rater)
    lines = client.get(f"{address(work)}?label=22").json()[0]["lines_ras_mm"]
    client.put(f"{address(work)}/22/lines", {"lines_ras_mm": lines}, format="json")
    team.project.protocol = {**team.project.protocol, "heights_after_answer": True}
    team.project.save()
    for answer in (client.get(address(work)), client.get(f"{address(work)}?label=22")):
        for row in answer.json():
            assert {row[name] for name in HEIGHTS} == {None}
            assert row["lines_ras_mm"] == []
            assert row["heights_held"]
            assert len(row["outline_ras_mm"]) > 20
    gradings.grade(assignment_id=work.pk, label=22, answer=gradings.Answer(grade=2, fracture_type="wedge"))
    rows = {row["label"]: row for row in client.get(address(work)).json()}
    assert rows[22]["anterior_mm"] > 5
    assert rows[22]["own_lines"] is not None
    assert not rows[22]["heights_held"]
    assert rows[21]["heights_held"]


def test_nothing_held_back_is_anywhere_in_the_answer(work: Assignment, as_user: AsUser) -> None:
    text = as_user(work.rater).get(address(work)).content.decode()
    live = as_user(work.rater).get(f"{address(work)}?label=22").content.decode()
    for word in ("loss", "suggested", "expected", "uncertainty", "grade"):
        assert word not in text
        assert word not in live


def test_another_raters_answer_opens_nothing(team: flow.Team, work: Assignment, as_user: AsUser) -> None:
    other = flow.take(team.raters[1], team.project)
    gradings.grade(assignment_id=other.pk, label=22, answer=gradings.Answer(grade=2, fracture_type="wedge"))
    rows = as_user(work.rater).get(address(work)).json()
    assert all(row["suggestion"] is None for row in rows)
    assert as_user(work.rater).get(address(other)).status_code == 404


def test_one_vertebra_is_measured_anew_after_an_edit(work: Assignment, as_user: AsUser) -> None:
    client = as_user(work.rater)
    before = client.get(f"{address(work)}?label=21").json()[0]
    stored = next(row for row in client.get(address(work)).json() if row["label"] == 21)
    assert before["anterior_mm"] == pytest.approx(stored["anterior_mm"], abs=0.01)

    def cut_off_the_top(mask: MaskArray) -> None:
        ks = np.flatnonzero((mask == 21).any(axis=(0, 1)))
        top = mask[:, :, ks[-4] :]
        top[top == 21] = 0

    flow.paint(work, cut_off_the_top)
    after = client.get(f"{address(work)}?label=21").json()[0]
    assert after["middle_mm"] < before["middle_mm"] - 1
    rows = {row["label"]: row for row in client.get(address(work)).json()}
    assert rows[21]["middle_mm"] == pytest.approx(after["middle_mm"], abs=0.6)


def test_one_vertebra_takes_less_than_its_time(work: Assignment, as_user: AsUser) -> None:
    client = as_user(work.rater)
    flow.paint(work, flow.erase(21, 0.01))  # so that there is something to measure
    seconds = []
    for _ in range(5):
        started = perf_counter()
        assert client.get(f"{address(work)}?label=22").status_code == 200
        seconds.append(perf_counter() - started)
    assert min(seconds) < 0.3


@pytest.mark.parametrize("label", [5, 24, 99])
def test_a_vertebra_that_is_not_there_is_not_found(work: Assignment, as_user: AsUser, label: int) -> None:
    assert as_user(work.rater).get(f"{address(work)}?label={label}").status_code == 404


def test_the_list_takes_few_queries(
    work: Assignment, as_user: AsUser, django_assert_max_num_queries: Any
) -> None:
    client = as_user(work.rater)
    with django_assert_max_num_queries(8) as seen:
        client.get(address(work))
    assert isinstance(seen, CaptureQueriesContext)


def test_surfaces_follow_the_mask(work: Assignment, as_user: AsUser) -> None:
    client = as_user(work.rater)
    path = f"/api/v1/assignments/{work.pk}/surfaces"
    first = client.get(path)
    assert sorted(decode_surfaces(first.content)) == [20, 21, 22, 23]
    assert client.get(path).content == first.content
    flow.paint(work, flow.erase(23, 1.0))
    after = client.get(path)
    assert sorted(decode_surfaces(after.content)) == [20, 21, 22]
    assert after["X-Vertebase-Digest"] == flow.reload(work).session.digest  # type: ignore[union-attr]
    assert sorted(decode_surfaces(client.get(f"{path}?labels=20,21").content)) == [20, 21]
    assert client.get(f"{path}?labels=L1").status_code == 400
    assert client.get(f"{path}?have=20").status_code == 400


def test_only_surfaces_that_changed_are_sent_again(work: Assignment, as_user: AsUser) -> None:
    client = as_user(work.rater)
    path = f"/api/v1/assignments/{work.pk}/surfaces"
    first = client.get(path)
    assert first["X-Vertebase-Shapes"].count(":") == 4
    again = client.get(path, {"have": first["X-Vertebase-Shapes"]})
    assert decode_surfaces(again.content) == {}
    flow.paint(work, flow.erase(23, 0.5))
    after = client.get(path, {"have": first["X-Vertebase-Shapes"]})
    assert sorted(decode_surfaces(after.content)) == [23]
    flow.paint(work, flow.erase(23, 1.0))
    gone = client.get(path, {"have": after["X-Vertebase-Shapes"]})
    assert decode_surfaces(gone.content) == {}
    assert "23:" not in gone["X-Vertebase-Shapes"]


def test_surfaces_are_for_the_rater_alone(team: flow.Team, work: Assignment, as_user: AsUser) -> None:
    path = f"/api/v1/assignments/{work.pk}/surfaces"
    for person in (team.manager, team.raters[1], team.radiologists[0], factories.make_user()):
        assert as_user(person).get(path).status_code == 404


def test_measurements_go_with_their_version(case: Case) -> None:
    assert case.start_mask is not None
    assert MaskVersion.objects.filter(measurements__label=22).get() == case.start_mask
