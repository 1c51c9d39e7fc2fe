"""Leave a case whose names are a guess, a case in a stage that can go, a failed upload, and files to upload.

`manage.py shell -v 0 -c "from tests.e2e.people_work import main; main()"`, with the running site's
VERTEBASE_VAR; writes ids, slugs and the folder of the files as JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from uuid import uuid4

import numpy as np
from django.conf import settings

from backend.accounts.models import User
from backend.annotation.models import Case
from backend.annotation.work.services import working
from backend.imaging.models import UploadBatch
from backend.imaging.services import uploads as imaging
from backend.projects.models import Project
from backend.projects.services import ProjectDraft, create_project, grant
from backend.science.formats.nifti import write_mask, write_volume
from backend.science.volume import Mask, Volume
from backend.workflow.demo import Stages, accounts, send_file, upload
from backend.workflow.demo_patients import Patient, make_patients
from backend.workflow.management.commands.demo import jobs_here
from tests.backend.flow import doubt_names
from tests.e2e.given import given
from tests.e2e.offline_work import quiet
from tests.support.waiting import wait_until

# TotalSegmentator counts upwards from L5 (27), VerSe downwards to it (24).
SUM_OF_NUMBERS = 51


def make_project(people: dict[str, User], title: str, protocol: str, raters: list[str]) -> Project:
    draft = ProjectDraft(name=f"{title} {uuid4().hex[:6]}", protocol_key=protocol)
    project = create_project(actor=people["manager"], draft=draft)
    for name in raters:
        grant(actor=people["manager"], project=project, user=people[name], role="rater")
    return project


def started(case: Case) -> Case:
    """The case once it has its first mask: a worker of the site may have been faster in taking up the job."""
    rows = Case.objects.filter(pk=case.pk, start_mask__isnull=False, tasks__isnull=False)
    wait_until(rows.exists, seconds=60, what=f"{case.alias} has a first task")
    return rows.select_related("start_mask").get()


def open_for(project: Project, people: dict[str, User], case: Case, stage: str, name: str) -> str:
    assignment = given(Stages(project, people, quiet), case, stage, name)
    working.open_assignment(assignment_id=assignment.pk, actor=people[name])
    return str(assignment.pk)


def fail_upload(project: Project, manager: User, folder: Path) -> None:
    """An upload whose worker gave up."""
    batch = imaging.create_batch(actor=manager, project=project)
    path = folder / "half.nii.gz"
    path.write_bytes(b"half of a volume")
    send_file(manager, batch, path)
    UploadBatch.objects.filter(pk=batch.pk).update(state="processing")
    imaging.fail_batch(batch_id=batch.pk)


def write_files(patient: Patient, folder: Path) -> None:
    """A CT with a mask in TotalSegmentator's numbers, and a twin: its voxels from right to left."""
    folder.mkdir(parents=True, exist_ok=True)
    write_volume(folder / "numbers_ct.nii.gz", patient.volume)
    twin = Volume(patient.volume.geometry, np.asfortranarray(patient.volume.array[::-1]))
    write_volume(folder / "twin_ct.nii.gz", twin)
    array = patient.mask.array.astype(np.int16)
    theirs = np.where(array > 0, SUM_OF_NUMBERS - array, 0).astype(np.uint8)
    write_mask(folder / "numbers_seg.nii.gz", Mask(patient.mask.geometry, np.asfortranarray(theirs)))


def main() -> None:
    people = accounts()
    manager = people["manager"]
    patients = make_patients(quiet)
    folder = Path(settings.VERTEBASE_VAR) / "people"
    write_files(patients[1], folder / "upload")
    with jobs_here():
        guessed = make_project(people, "Guessed names", "multi_rater", ["rater1", "rater2"])
        # the last one of a list is what the demo keeps for the engine
        [case] = upload(guessed, manager, [patients[0], patients[-1]], quiet)
        case = started(case)
        doubt_names(case)
        staged = make_project(people, "Stages", "verse_2019", ["rater1"])
        [other] = upload(staged, manager, [patients[2], patients[-1]], quiet)
        started(other)
        said = {
            "banner": open_for(guessed, people, case, "rate", "rater1"),
            "offline": open_for(guessed, people, case, "rate", "rater2"),
            "inHand": open_for(staged, people, other, "student", "rater1"),
        }
    fail_upload(staged, manager, folder)
    sys.stdout.write(json.dumps({**said, "staged": staged.slug, "files": str(folder / "upload")}) + "\n")
