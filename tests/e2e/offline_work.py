"""Leave a case to be rated, one to be adjudicated and one to be reviewed, in a project of its own.

`manage.py shell -v 0 -c "from tests.e2e.offline_work import main; main()"`, with the running site's
VERTEBASE_VAR; writes the assignments' ids as JSON.
"""

from __future__ import annotations

import json
import sys
from uuid import uuid4

from backend.annotation.work.services import working
from backend.projects.services import ProjectDraft, create_project, grant
from backend.workflow.demo import Stages, accounts, upload
from backend.workflow.demo_patients import make_patients
from backend.workflow.management.commands.demo import jobs_here
from tests.e2e.given import given

MEMBERS = {
    "rater1": "rater",
    "rater2": "rater",
    "rater3": "rater",
    "radiologist": "radiologist",
    "radiologist2": "radiologist",
}


def quiet(text: str) -> None:
    """Say nothing: what is written here is read by a program."""


def main() -> None:
    people = accounts()
    *patients, spare = make_patients(quiet)[:4]
    with jobs_here():
        draft = ProjectDraft(name=f"Offline work {uuid4().hex[:6]}", protocol_key="multi_rater")
        project = create_project(actor=people["manager"], draft=draft)
        for name, role in MEMBERS.items():
            grant(actor=people["manager"], project=project, user=people[name], role=role)
        # the last one of a list is what the demo keeps for the engine
        cases = upload(project, people["manager"], [*patients, spare], quiet)
        stages = Stages(project, people, quiet)
        stages.leave_for_adjudication(cases[0], patients[0])
        stages.leave_for_review(cases[1], patients[1])
        work = {
            "rate": (cases[2], "rater1"),
            "adjudicate": (cases[0], "radiologist"),
            "review": (cases[1], "radiologist2"),
        }
        ids = {}
        for stage, (case, name) in work.items():
            assignment = given(stages, case, stage, name)
            working.open_assignment(assignment_id=assignment.pk, actor=people[name])
            ids[stage] = str(assignment.pk)
    sys.stdout.write(json.dumps(ids) + "\n")
