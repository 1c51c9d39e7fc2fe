"""Leave a case for adjudication whose two raters count the vertebrae differently, in a project of its own.

`manage.py shell -v 0 -c "from tests.e2e.disputed_names import main; main()"`, with the running site's
VERTEBASE_VAR; writes the adjudication's id. The raters' hands are the demo's, so that no browser has to draw
a whole spine twice.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from uuid import uuid4

from backend.annotation.work.selectors.in_hand import mask_state
from backend.annotation.work.services import gradings
from backend.annotation.work.services.working import open_assignment
from backend.projects.models import Project
from backend.projects.services import ProjectDraft, create_project, grant, update_project
from backend.science.labels import THORACOLUMBAR
from backend.science.volume import MaskArray, label_voxels
from backend.workflow.demo import Stages, accounts, paint, submit, upload
from backend.workflow.demo_patients import make_patients
from backend.workflow.management.commands.demo import jobs_here
from tests.e2e.given import given

MEMBERS = {"rater1": "rater", "rater2": "rater", "radiologist": "radiologist"}


def one_level_lower(mask: MaskArray) -> None:
    """T12 is called L1, and so on down: the ribs were counted otherwise."""
    mask[mask > 0] += 1


def make_project() -> Project:
    people = accounts()
    draft = ProjectDraft(name=f"Disputed names {uuid4().hex[:6]}", protocol_key="multi_rater")
    project = create_project(actor=people["manager"], draft=draft)
    for name, role in MEMBERS.items():
        grant(actor=people["manager"], project=project, user=people[name], role=role)
    rating, *others = project.protocol["stages"]
    protocol = {**project.protocol, "stages": [{**rating, "overlap": 2}, *others]}
    return update_project(actor=people["manager"], project=project, changes={"protocol": protocol})


def main() -> None:
    people = accounts()
    patient = make_patients(lambda text: None)[0]
    with jobs_here():
        project = make_project()
        # the last one is what the demo keeps for the engine
        [case] = upload(project, people["manager"], [patient, patient], lambda text: None)
        stages = Stages(project, people, lambda text: None)
        unlike: dict[str, list[Callable[[MaskArray], None]]] = {"rater1": [], "rater2": [one_level_lower]}
        for name, changes in unlike.items():
            assignment = given(stages, case, "rate", name)
            open_assignment(assignment_id=assignment.pk, actor=people[name])
            paint(assignment, changes)
            assignment.refresh_from_db()
            drawn = label_voxels(mask_state(assignment).array)
            levels = [label for label in drawn if label in THORACOLUMBAR]
            gradings.grade_rest_normal(assignment_id=assignment.pk, labels=levels)
            submit(assignment, seconds=60)
        made = given(stages, case, "adjudicate", "radiologist")
    sys.stdout.write(f"{made.pk}\n")
