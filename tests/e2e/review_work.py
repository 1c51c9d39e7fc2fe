"""Leave a case to be reviewed, and one that a reviewer returned to its adjudicator, in a project of its own.

`manage.py shell -v 0 -c "from tests.e2e.review_work import main; main()"`, with the running site's
VERTEBASE_VAR; writes the assignments' ids as JSON.
"""

from __future__ import annotations

import json
import sys
from uuid import uuid4

from backend.annotation.models import Case
from backend.annotation.work.services import working
from backend.projects.services import ProjectDraft, create_project, grant
from backend.review import services as review
from backend.workflow.demo import Stages, accounts, grade, submit, upload
from backend.workflow.demo_patients import Patient, make_patients
from backend.workflow.management.commands.demo import jobs_here
from tests.e2e.given import given
from tests.e2e.offline_work import MEMBERS, quiet

WORDS = "L1: the posterior wall is two voxels too far back."


def adjudicate(stages: Stages, case: Case, patient: Patient) -> None:
    """Settle what the raters differ in, as the expert whose work comes back."""
    expert = stages.people["radiologist"]
    assignment = given(stages, case, "adjudicate", "radiologist")
    working.open_assignment(assignment_id=assignment.pk, actor=expert)
    stages.choose(assignment, expert)
    grade(assignment, patient, 0)
    submit(assignment, seconds=300)


def main() -> None:
    people = accounts()
    *patients, spare = make_patients(quiet)[:3]
    with jobs_here():
        draft = ProjectDraft(name=f"Reviews {uuid4().hex[:6]}", protocol_key="multi_rater")
        project = create_project(actor=people["manager"], draft=draft)
        for name, role in MEMBERS.items():
            grant(actor=people["manager"], project=project, user=people[name], role=role)
        # the last one of a list is what the demo keeps for the engine
        cases = upload(project, people["manager"], [*patients, spare], quiet)
        stages = Stages(project, people, quiet)
        stages.leave_for_adjudication(cases[0], patients[0])
        adjudicate(stages, cases[0], patients[0])
        judged = given(stages, cases[0], "review", "radiologist2")
        review.decide(
            assignment_id=judged.pk,
            actor=people["radiologist2"],
            accept=False,
            comment=WORDS,
            active_seconds=90,
        )
        stages.leave_for_review(cases[1], patients[1])
        ids = {
            "returned": str(given(stages, cases[0], "adjudicate", "radiologist").pk),
            "review": str(given(stages, cases[1], "review", "radiologist2").pk),
        }
    sys.stdout.write(json.dumps(ids) + "\n")
