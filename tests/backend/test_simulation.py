"""The next 100 cases under a protocol, against a fixture that is counted by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from backend.progress.managing.selectors.observed import Observed, Worker, workers_in
from backend.progress.managing.selectors.simulation import simulate, together
from backend.projects.models import Membership, Role
from backend.projects.protocols import PROTOCOLS, Protocol, Stage
from tests.backend import factories, rows

AsUser = Callable[..., APIClient]

TWO_RATE_ONE_REVIEWS = Protocol(
    key="own",
    name="Own",
    stages=(
        Stage(key="rate", kind="correct", title="Rating", overlap=2, roles=("rater",)),
        Stage(key="review", kind="review", title="Review", roles=("radiologist",)),
    ),
)


def worker(number: int, role: str, weekly: float | None = 600.0, observed: bool = True) -> Worker:
    return Worker(UUID(int=number), f"{role} {number}", frozenset({role}), weekly, observed)


SEEN = Observed(
    minutes={"rate": (30.0,), "review": (6.0,)},
    kinds={"correct": (30.0,), "review": (6.0,)},
    workers=(worker(1, "rater"), worker(2, "rater"), worker(3, "rater"), worker(4, "radiologist", 300.0)),
    pair_dice=0.8,
    compared=12,
)


def test_a_hundred_cases_counted_by_hand() -> None:
    found = simulate(TWO_RATE_ONE_REVIEWS, SEEN, seed="x")
    rate, review = found.stages
    # 200 ratings of 30 minutes and 100 reviews of 6
    assert (rate.tasks, rate.minutes, rate.minutes_each) == (200, 6000, 30)
    assert (review.tasks, review.minutes) == (100, 600)
    assert found.minutes == 6600
    # three raters share 200: nobody more than 67, which is 2010 minutes of 600 a week
    shares = [person.tasks for person in found.people]
    assert sum(shares[:3]) == pytest.approx(200)
    assert max(shares[:3]) <= 67
    assert found.weeks_early == found.weeks_median == found.weeks_late == pytest.approx(2010 / 600)
    assert found.people[3].weeks == pytest.approx(2.0)
    # 2 * 0.8 / 1.8 and 3 * 0.8 / 2.6
    assert [row.agreement for row in found.overlaps[:3]] == pytest.approx([0.8, 1.6 / 1.8, 2.4 / 2.6])
    assert [row.minutes_per_case for row in found.overlaps[:3]] == [30, 60, 90]
    assert [row.overlap for row in found.overlaps if row.current] == [2]


def test_the_same_question_has_the_same_answer_and_another_seed_another() -> None:
    seen = replace(SEEN, minutes={"rate": (5.0, 50.0), "review": (6.0,)})
    first = simulate(TWO_RATE_ONE_REVIEWS, seen, seed="x")
    assert simulate(TWO_RATE_ONE_REVIEWS, seen, seed="x") == first
    assert simulate(TWO_RATE_ONE_REVIEWS, seen, seed="y") != first
    assert first.weeks_early is not None
    assert first.weeks_late is not None
    assert first.weeks_early < first.weeks_late


def test_it_says_what_nothing_is_known_of() -> None:
    found = simulate(TWO_RATE_ONE_REVIEWS, Observed(workers=(worker(1, "rater", None),)), seed="x")
    assert found.unknown == ["Rating", "Review"]
    assert (found.minutes, found.weeks_median, found.pair_dice) == (None, None, None)
    assert [stage.basis for stage in found.stages] == ["none", "none"]
    assert [stage.unfilled for stage in found.stages] == [100, 100], "one of two raters, no radiologist"
    assert found.overlaps[0].agreement is None


def test_a_new_stage_takes_the_minutes_of_its_kind() -> None:
    second = Stage(key="again", kind="correct", title="Again", roles=("radiologist",))
    first, review = TWO_RATE_ONE_REVIEWS.stages
    found = simulate(
        TWO_RATE_ONE_REVIEWS.model_copy(update={"stages": (first, second, review)}), SEEN, seed="x"
    )
    assert [(stage.basis, stage.minutes_each) for stage in found.stages[:2]] == [
        ("observed", 30),
        ("same_kind", 30),
    ]
    assert found.stages[2].unfilled == 100, (
        "the only radiologist has a part in each case and may not judge it"
    )


def test_only_the_share_that_was_in_dispute_comes_to_an_expert() -> None:
    seen = replace(
        SEEN,
        minutes={"rate": (30.0,), "adjudicate": (10.0,), "review": (6.0,)},
        workers=(*SEEN.workers, worker(5, "radiologist")),
    )
    everything = simulate(PROTOCOLS["multi_rater"], seen, seed="x").stages[1]
    assert everything.tasks == 100, "no comparison yet: all of them"
    none = simulate(PROTOCOLS["multi_rater"], replace(seen, adjudicated=0.0), seed="x").stages[1]
    assert none.tasks == 0


def test_who_is_held_to_no_hours_gets_nothing() -> None:
    idle = replace(SEEN, workers=(worker(1, "rater"), worker(2, "rater", 0.0), worker(3, "rater")))
    names = {person.name for person in simulate(TWO_RATE_ONE_REVIEWS, idle, seed="x").people}
    assert names == {"rater 1", "rater 3"}


def test_together_is_the_formula_of_spearman_and_brown() -> None:
    assert together(0.5, 2) == pytest.approx(2 / 3)
    assert together(0.9, 1) == 0.9


@pytest.mark.django_db
def test_the_week_of_a_person_is_their_mean_within_their_limit(as_user: AsUser) -> None:
    project = factories.make_project()
    anna, bert, cora = (factories.make_member(project, Role.RATER, name) for name in ("anna", "bert", "cora"))
    now = timezone.now()
    for person, weeks, hours in ((anna, 2, 8), (bert, 4, 8)):
        for at in (timedelta(weeks=weeks), timedelta(days=1)):  # half of it each time
            task = rows.task_on(rows.case_in(project))
            seconds = 1800 * hours
            rows.held(task, person, "submitted", active_seconds=seconds, submitted_at=now - at)
    for state, at in (("submitted", timedelta(weeks=30)), ("cancelled", timedelta(days=1))):
        task = rows.task_on(rows.case_in(project))
        rows.held(task, bert, state, active_seconds=36_000, submitted_at=now - at)
    Membership.objects.filter(user=anna).update(max_weekly_hours=3)
    workers = workers_in(project, now)
    found = {one.id: one.weekly_minutes for one in workers}
    assert found[anna.pk] == 180, "4 hours a week, held to 3"
    assert found[bert.pk] == pytest.approx(120)
    assert found[cora.pk] == pytest.approx(180), "the median of 4 and 2 hours"
    assert {one.id for one in workers if one.observed} == {anna.pk, bert.pk}
    body = {"protocol": project.protocol}
    answer = as_user(project.created_by).post(
        f"/api/v1/projects/{project.slug}/protocol/simulation", body, format="json"
    )
    told: dict[str, Any] = answer.json()
    assert answer.status_code == 200, answer.content
    assert (told["cases"], told["goes"]) == (100, [])
    assert told["unknown"] == ["Adjudication", "Review"]
    assert told["stages"][0]["minutes_each"] == pytest.approx((4 * 240 + 600) / 5)
