"""A whole project set down as rows, the same ones in any database."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.db import connection

from backend.projects.models import Project
from backend.workflow.seeding.outcomes import make_outcomes
from backend.workflow.seeding.plan import Dice, Plan, own_times
from backend.workflow.seeding.site import make_site
from backend.workflow.seeding.work import do_work, put_gradings

Tell = Callable[[str], None]


def seed(plan: Plan, tell: Tell = lambda text: None) -> Project:
    """Make the project of a plan. Its CTs and masks have no voxels: lists and figures are what it is for."""
    began = time.monotonic()
    dice = Dice(plan)
    with own_times():
        site = make_site(plan, dice)
        tell(f"  {plan.series} series, {plan.people} people")
        work = do_work(site, plan, dice)
        tell(f"  {len(work.assignments)} assignments, {len(work.submissions)} submissions")
        make_outcomes(site, work, dice)
        answers = put_gradings(work, plan, dice)
    _learn_the_spread()
    tell(f"  {answers} gradings, {time.monotonic() - began:.0f} s in all")
    return site.project


def _learn_the_spread() -> None:
    """Let the database see what it holds, as it does by itself where rows come one by one."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
