"""Every page asks as often in a large project as in a small one; and the seed that shows it."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from backend.accounts.models import User
from backend.annotation.models import Case, CaseState, Grading, Submission
from backend.common.models import Job
from backend.projects.models import Project, Role
from backend.workflow.seeding.plan import Plan
from backend.workflow.seeding.seed import seed
from backend.workflow.sweep import sweep
from tests.permissions.routes import PREFIX, api_routes

pytestmark = pytest.mark.django_db(transaction=True)

SMALL = Plan(slug="small", series=24, people=20, gradings=600)
LARGE = Plan(slug="large", series=72, people=40, gradings=1800, seed=16)
MOST_BYTES = 200_000
# A manager gets every page; a rater what is counted for one person alone.
EACH_TIME = (Role.MANAGER, Role.RATER)
OTHERS = (Role.RADIOLOGIST, Role.PHYSICIST, Role.RESEARCHER)


def pages() -> list[str]:
    """Every GET of a project as a whole."""
    start = "projects/<slug:slug>"
    found = {route.path for route in api_routes() if route.method == "GET" and route.path.startswith(start)}
    return sorted(path for path in found if path.count("<") == 1)


def asked(project: Project, role: str) -> dict[str, tuple[int, int]]:
    """Queries and bytes of each page that the role gets."""
    person = User.objects.filter(memberships__project=project, memberships__role=role).order_by("email")[0]
    client = Client()
    client.force_login(person)
    found = {}
    for path in pages():
        address = f"/{PREFIX}{path.replace('<slug:slug>', project.slug)}"
        client.get(address)  # computes what is kept
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(address)
            if answer.status_code == 200:
                found[path] = (len(captured), len(answer.getvalue()))
    return found


@pytest.mark.parametrize(
    "roles", [EACH_TIME, pytest.param(OTHERS, marks=pytest.mark.slow)], ids=["each time", "others"]
)
def test_no_page_asks_oftener_in_a_large_project(settings: Any, roles: tuple[Role, ...]) -> None:
    settings.VERTEBASE_FIGURES_AT_ONCE = -1  # even where there is nothing to count
    small, large = seed(SMALL), seed(LARGE)
    seen: set[str] = set()
    for role in roles:
        few, many = asked(small, role), asked(large, role)
        assert {path: n for path, (n, _) in many.items()} == {path: n for path, (n, _) in few.items()}, role
        heavy = [path for path, (_, size) in many.items() if size > MOST_BYTES]
        assert heavy == []
        seen |= set(many)
    assert len(seen) > (25 if Role.MANAGER in roles else 5), "the pages were really asked for"


def test_a_seeded_project_is_as_asked_and_leaves_the_sweep_nothing() -> None:
    project = seed(SMALL)
    assert Case.objects.filter(project=project).count() == SMALL.series
    assert set(Case.objects.filter(project=project).values_list("state", flat=True)) >= {
        CaseState.ACCEPTED,
        CaseState.IN_PROGRESS,
    }
    answers = Grading.objects.filter(assignment__task__case__project=project)
    assert answers.count() == max(SMALL.gradings, answers.filter(current=True).count())
    assert Submission.objects.filter(assignment__task__case__project=project).count() > SMALL.series
    before = Job.objects.count()
    assert not sweep()
    assert Job.objects.count() == before


def test_the_same_plan_gives_the_same_rows() -> None:
    seed(SMALL)
    ids = sorted(map(str, Grading.objects.values_list("pk", flat=True)))
    assert sha256("".join(ids).encode()).hexdigest()[:16] == "b526e96ffa72e5c0"


def test_a_site_with_real_work_is_not_seeded(settings: Any) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="--force"):
        call_command("seed_scale")
    assert not Project.objects.exists()
    call_command("seed_scale", force=True, series=3, people=20, gradings=10)
    with pytest.raises(CommandError, match="already"):
        call_command("seed_scale", force=True)
