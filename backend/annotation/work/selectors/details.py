"""What a person sees of an assignment of their own: nothing in it comes from anybody else's work.

The one exception is adjudication, whose very matter is the others' work: the consensus app, which lies above,
registers how that part is made (`register_adjudication`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from backend.annotation.cases.selectors.stages import asks_grades, stage_title
from backend.annotation.models import Assignment, Case, CasePurpose, Submission, TaskKind
from backend.annotation.selectors import COMPARING_KINDS, WORKING_STATES
from backend.annotation.work.levels import LevelRow, gradable, level_rows
from backend.annotation.work.selectors.in_hand import (
    can_edit,
    former_mask_of,
    former_work_of,
    mask_state,
    start_mask_of,
)
from backend.annotation.work.selectors.naming import answer_of, is_asked, is_current, names_now
from backend.common.errors import Conflict
from backend.imaging.models import Volume
from backend.masks.models import MaskSource, MaskVersion
from backend.masks.selectors import origin_of
from backend.measurements.selectors import schema_of
from backend.pipeline.runs.naming_doubt import names_of
from backend.science.labels import sort_labels

AdjudicationView = Callable[[Assignment], dict[str, Any] | None]

_adjudication_views: list[AdjudicationView] = []

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

BLANK_DOUBT = "It may be uncertain which levels this scan shows."

_BUILT_IN_ENGINE = "builtin"  # the key in VERTEBASE_ENGINES

_SOURCE_NAMES: dict[str, tuple[str, str]] = {
    MaskSource.IMPORT: ("import", "The mask that came with the CT"),
    MaskSource.EMPTY: ("empty", "An empty mask"),
    MaskSource.RATER: ("previous", "The mask of the stage before"),
    MaskSource.FUSION: ("fused", "The raters' fused mask"),
    MaskSource.ADJUDICATION: ("previous", "The adjudicated mask"),
    MaskSource.REVIEW: ("previous", "The reviewed mask"),
}


def register_adjudication(view: AdjudicationView) -> AdjudicationView:
    """Let the layer above say what an adjudicator sees; registering twice does nothing."""
    if view not in _adjudication_views:
        _adjudication_views.append(view)
    return view


def thumbnail_url(volume: Volume) -> str | None:
    """Address of the volume's thumbnail, for those who may see the volume."""
    if volume.thumbnail_id is None:
        return None
    return f"/api/v1/volumes/{volume.pk}/blobs/{volume.thumbnail_id}"


def volume_row(volume: Volume) -> dict[str, Any]:
    return {
        "id": volume.pk,
        "shape": volume.shape,
        "spacing_mm": volume.spacing_mm,
        "affine_ras_mm": volume.affine_ras_mm,
        "index_url": f"/api/v1/volumes/{volume.pk}/index",
    }


def assignment_summary(assignment: Assignment) -> dict[str, Any]:
    """A line of somebody's own work list."""
    task = assignment.task
    project = task.case.project
    return {
        "id": assignment.pk,
        "kind": task.kind,
        "state": assignment.state,
        "round": task.round,
        "project": {"slug": project.slug, "name": project.name},
        "case_id": task.case_id,
        "case_alias": task.case.alias,
        "naming_doubt": task.case.naming_doubt != "",
        "training": task.case.purpose == CasePurpose.TRAINING,
        "stage_title": stage_title(project, task.stage_key),
        "thumbnail_url": thumbnail_url(task.case.volume),
        "priority": task.case.priority,
        "due_on": assignment.due_on,
        "return_comment": assignment.return_comment,
        "concern": assignment.concern if assignment.concern_at is not None else "",
        "opened_at": assignment.opened_at,
        "submitted_at": assignment.submitted_at,
        "active_seconds": assignment.active_seconds,
        "updated_at": assignment.updated_at,
    }


def assignment_detail(assignment: Assignment) -> dict[str, Any]:
    """Everything the workstation needs to begin."""
    task = assignment.task
    project = task.case.project
    levels = current_levels(assignment)
    return {
        **assignment_summary(assignment),
        "volume": volume_row(task.case.volume),
        "session": _session_row(assignment),
        "start": start_row(assignment),
        "gradable": _gradable_labels(assignment, levels),
        "needs_grades": needs_grades(assignment),
        "can_edit": can_edit(assignment),
        "guidelines": project.guidelines,
        "grading_schema": schema_of(project),
        "levels": levels,
        "adjudication": _adjudication(assignment),
        "naming_question": naming_question(assignment),
        "engine_names": engine_names(assignment),
    }


def engine_names(assignment: Assignment) -> dict[str, Any] | None:
    """What the engine's names rest on and what they may be instead, for work that starts from them.

    Who starts from an empty mask is told nothing of them. Who compares or reviews has them of the case.
    """
    task = assignment.task
    mask = task.start_mask if task.kind not in COMPARING_KINDS and task.start_mask else task.case.start_mask
    if assignment.blank_start or mask is None:
        return None
    told = names_of(mask)
    if told is None:
        return None
    return {
        "levels": sort_labels(int(label) for label in told.levels),
        "probability": told.confidence,
        "anchors": [
            {
                "name": seen.name,
                "certainty": seen.certainty,
                "place_ras_mm": seen.place_ras_mm if len(seen.place_ras_mm) == len("xyz") else None,
            }
            for seen in told.evidence
        ],
        "alternatives": [
            {"labels": other.labels, "probability": other.probability}
            for other in told.alternatives
            if len(other.labels) == len(told.levels)
        ],
    }


def naming_question(assignment: Assignment) -> dict[str, Any] | None:
    """The doubt about the names, whether this person has to answer it, and what they have answered.

    Who starts from an empty mask reads no name that the engine gave. Others' answers are told to whoever
    compares, by letter; to a rater never.
    """
    case = assignment.task.case
    if not case.naming_doubt:
        return None
    answer = answer_of(assignment)
    asked = is_asked(assignment)
    fits = answer is not None and (
        assignment.state not in WORKING_STATES
        or is_current(answer, names_now(assignment, mask_state(assignment).array))
    )
    return {
        "statement": BLANK_DOUBT if assignment.blank_start else case.naming_doubt,
        "asked": asked,
        "answer": answer.answer if answer is not None else None,
        "note": answer.note if answer is not None else "",
        "outdated": answer is not None and not fits,
        "others": naming_answers_of(case) if assignment.task.kind in COMPARING_KINDS else [],
    }


def naming_answers_of(case: Case) -> list[dict[str, Any]]:
    """What everybody who handed in said of the names, by letter, oldest first; for who may compare."""
    rows = (
        Submission.objects.filter(assignment__task__case=case, naming__isnull=False)
        .select_related("assignment__task")
        .order_by("created_at")
    )
    return [
        {
            "slot": LETTERS[row.assignment.slot % len(LETTERS)],
            "stage_title": stage_title(case.project, row.assignment.task.stage_key),
            "round": row.assignment.task.round,
            "answer": row.naming["answer"],
            "note": row.naming["note"],
        }
        for row in rows
        if row.naming is not None
    ]


def current_levels(assignment: Assignment) -> list[LevelRow]:
    """The vertebrae of the mask as it stands for this person."""
    digest = assignment.session.digest if assignment.session is not None else start_mask_of(assignment).digest
    return level_rows(
        volume=assignment.task.case.volume, digest=digest, load=lambda: mask_state(assignment).array
    )


def needs_grades(assignment: Assignment) -> bool:
    """Whether this person has vertebrae to grade."""
    task = assignment.task
    if task.required_labels is not None:
        return bool(gradable(task.required_labels))
    return asks_grades(task)


def start_row(assignment: Assignment) -> dict[str, Any]:
    """What the mask was when this person began, in words: a mask's origin is never a secret."""
    if assignment.blank_start and assignment.task.round == 1:
        return {"source": "blank", "engine": None, "text": "This case starts without a mask"}
    try:
        version = start_mask_of(assignment)
    except Conflict:
        return {"source": "empty", "engine": None, "text": "There is no mask yet"}
    if assignment.task.round > 1 and former_mask_of(assignment) == version:
        return {"source": "previous", "engine": None, "text": _former_text(assignment)}
    return mask_origin(version)


def _former_text(assignment: Assignment) -> str:
    former = former_work_of(assignment)
    own = former is not None and former.rater_id == assignment.rater_id
    return "Your own mask, as you submitted it" if own else "The mask that was submitted in the round before"


def mask_origin(version: MaskVersion) -> dict[str, Any]:
    """Where a mask came from, without saying who made it."""
    if version.source == MaskSource.ENGINE:
        origin = origin_of(version)
        engine = origin.engine or "engine"
        number = origin.version or origin.engine_version or ""
        name = "the built-in engine" if engine == _BUILT_IN_ENGINE else engine
        text = f"Automatic mask by {name} {number}".strip()
        return {"source": "engine", "engine": engine, "text": text}
    source, text = _SOURCE_NAMES[version.source]
    return {"source": source, "engine": None, "text": text}


def _session_row(assignment: Assignment) -> dict[str, Any] | None:
    session = assignment.session
    if session is None:
        return None
    return {
        "id": session.pk,
        "revision": session.revision,
        "digest": session.digest,
        "saved_at": session.saved_at,
    }


def _gradable_labels(assignment: Assignment, levels: list[LevelRow]) -> list[int]:
    required = assignment.task.required_labels
    if required is not None:
        return gradable(required)
    return gradable([row["label"] for row in levels])


def _adjudication(assignment: Assignment) -> dict[str, Any] | None:
    if assignment.task.kind != TaskKind.ADJUDICATE:
        return None
    for view in _adjudication_views:
        made = view(assignment)
        if made is not None:
            return made
    return None
