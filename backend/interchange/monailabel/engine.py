"""The site's engine at work on a case, for the managers of its project; to raters it shows nothing.

Who rates must not see a proposal that their task does not start from, so the engine runs here for managers
alone, on cases that they rate no longer or never did. A run is a run as any other: in the queue, on record.
"""

from __future__ import annotations

import threading

from backend.accounts.models import User
from backend.annotation.models import Case
from backend.annotation.selectors import cases_unblinded_by
from backend.common.errors import Conflict, NotFound, Unavailable
from backend.common.models import JobState
from backend.interchange.dicomweb.selectors import ct_series_uid
from backend.interchange.monailabel.selectors import Form, MaskFile, is_series_uid, mask_file_bytes
from backend.masks.selectors import load_mask
from backend.pipeline.models import Run
from backend.pipeline.registry.selectors import current_model
from backend.pipeline.runs.selectors import runs_of
from backend.pipeline.runs.services.runs import start_run_in

MODEL = "engine"
SEPARATOR = "__"
LISTED_AT_MOST = 200
WAIT_SECONDS, LOOK_SECONDS = 50.0, 0.5  # a web server in front waits for a minute, as a rule
ENDED = (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


class EngineAtWork(Unavailable):
    code = "engine_at_work"
    message = (
        "The engine is at work on this CT, or others wait before it. Ask again in a minute for its mask."
    )


class EngineFailed(Conflict):
    code = "engine_failed"
    message = "The engine gave no mask of this CT. The page of the case says why."


def case_name(case: Case) -> str:
    """A case as these clients name its image."""
    return f"{case.project.slug}{SEPARATOR}{case.alias}"


def cases_for(user: User) -> dict[str, Case]:
    """The newest cases that this person may run the engine on, by name."""
    rows = cases_unblinded_by(user).select_related("project", "volume__nifti").order_by("-created_at")
    return {case_name(case): case for case in rows[:LISTED_AT_MOST]}


def case_called(user: User, name: str) -> Case:
    """One of all that this person may run the engine on, by its name or its CT's series. `NotFound`."""
    rows = cases_unblinded_by(user).select_related("project", "volume__nifti")
    if is_series_uid(name):
        # By the secret of its project each case has its own: there is no asking the database for one.
        readable = rows.filter(project__dicomweb=True).select_related("volume__series__project")
        found = next((case for case in readable.iterator() if ct_series_uid(case) == name), None)
    else:
        slug, _, alias = name.partition(SEPARATOR)
        found = rows.filter(project__slug=slug, alias=alias).first()
    if found is None:
        raise NotFound(message="There is no task or case of yours that goes under this name.")
    return found


def engine_mask(user: User, case: Case, form: Form) -> MaskFile:
    """The mask of the project's present engine on the case's CT; where there is none yet, it is made now.

    Raises
    ------
    EngineAtWork, EngineFailed
        it takes longer than a request may wait (it goes on, and is found when asked again); it failed.
    """
    run = _latest(case)
    if run is None:
        run = start_run_in(project=case.project, volume=case.volume, engine=None, requested_by=user)
    run = _ended(run)
    if run.state not in ENDED:
        raise EngineAtWork
    if run.state != JobState.SUCCEEDED or run.result is None:
        raise EngineFailed(extra={"error": run.error[:300]})
    name = f"{case_name(case)}_engine{form.ending}"
    return MaskFile(name, mask_file_bytes(load_mask(run.result), form), 0)


def _latest(case: Case) -> Run | None:
    """The newest whole run of what the project uses now that is good or under way; corrections are none."""
    model = current_model(case.project)
    for run in runs_of(case.project, case.volume_id):
        whole = run.parent_id is None and not run.correction
        if run.state not in ENDED or (
            run.state == JobState.SUCCEEDED and whole and run.model_id == (model.pk if model else None)
        ):
            return run
    return None


def _ended(run: Run) -> Run:
    """The run once it has ended, or as it is when there is no more time to wait."""
    pause, left = threading.Event(), WAIT_SECONDS
    run.refresh_from_db()
    while run.state not in ENDED and left > 0:
        pause.wait(LOOK_SECONDS)
        left -= LOOK_SECONDS
        run.refresh_from_db()
    return run
