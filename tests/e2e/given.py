"""Work that a person has at the running site."""

from __future__ import annotations

from backend.annotation.models import Assignment, Case
from backend.workflow.demo import Stages
from tests.support.waiting import wait_until

WORKER_SECONDS = 90


def given(stages: Stages, case: Case, stage: str, name: str) -> Assignment:
    """The person's assignment in a stage, once there is one.

    What leads to it runs in this process, but the site's own worker may have been faster in taking up a job:
    then it ends there.
    """
    found = wait_until(
        lambda: stages.assignment(Case.objects.get(pk=case.pk), stage, stages.people[name]),
        seconds=WORKER_SECONDS,
        what=f"{name} may {stage} {case.alias}",
    )
    assert found is not None
    return found
