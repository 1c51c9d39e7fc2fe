"""A person's own tasks as MONAI Label's clients see them: images with labels.

An image is the CT of one of the person's own tasks whose mask can be edited; its label is the mask in hand.
There is nothing of anybody else's in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.cache import cache

from backend.accounts.models import User
from backend.annotation.models import Assignment, Case
from backend.annotation.work.selectors.details import start_row
from backend.annotation.work.selectors.in_hand import can_edit, mask_state, start_mask_of
from backend.annotation.work.selectors.lists import work_list
from backend.common.errors import Conflict, NotFound
from backend.imaging.selectors import geometry_of
from backend.interchange.dicomweb.selectors import ct_series_uid
from backend.masks.selectors import load_mask
from backend.science.formats.dicom_series import upright
from backend.science.formats.nifti import mask_bytes
from backend.science.formats.segmentation import segmentation_bytes
from backend.science.labels import LEVELS
from backend.science.volume import Mask

MODEL = "vertebase"  # the engine of the project, whichever it is
STRATEGY = "next_task"
NIFTI, SEGMENTATION = ".nii.gz", ".seg.nrrd"
SERIES_UIDS = "2.25."  # all UIDs that the site makes
_HANDED_OUT_SECONDS = 30 * 24 * 3600


class NoProposal(Conflict):
    code = "no_proposal"
    message = "In this task the work does not start from an engine's mask, so there is none to show."


class SeveralTasks(Conflict):
    code = "several_tasks"
    message = "You have several tasks on this series. Ask for one of them by its name in the data store."


@dataclass(frozen=True, slots=True)
class Form:
    """How a mask is wanted: as which file, and whether on the grid of the DICOM series."""

    ending: str
    as_series: bool = False


@dataclass(frozen=True, slots=True)
class Model:
    """What can be asked to segment; ``kind`` is MONAI Label's word, by which its clients offer it."""

    name: str
    kind: str
    description: str


@dataclass(frozen=True, slots=True)
class MaskFile:
    """A mask as a file, and the revision that it is."""

    name: str
    content: bytes
    revision: int


def tasks_of(user: User) -> dict[str, Assignment]:
    """The person's own tasks with a mask to edit, by their names here, the first to do first."""
    return {image_name(one): one for one in work_list(user, "open") if can_edit(one)}


def image_name(assignment: Assignment) -> str:
    """The case's alias, with what tells apart several tasks on it."""
    return f"{assignment.task.case.alias}_{assignment.pk.hex[:8]}"


def is_series_uid(name: str) -> bool:
    """Whether an image is called by the UID of its DICOM series, as OHIF does."""
    return name.startswith(SERIES_UIDS)


def task_called(user: User, name: str) -> Assignment:
    """One of them, by its name here or by the UID of the CT's series.

    Raises
    ------
    NotFound
        it is none of this person's.
    SeveralTasks
        the series is that of several of their tasks.
    """
    if is_series_uid(name):
        found = [one for one in tasks_of(user).values() if ct_series_uid(one.task.case) == name]
    else:
        found = [one for called, one in tasks_of(user).items() if called == name]
    if not found:
        raise NotFound(message="There is no task of yours that goes under this name.")
    if len(found) > 1:
        raise SeveralTasks(extra={"images": [image_name(one) for one in found]})
    return found[0]


def info(user: User, models: Sequence[Model]) -> dict[str, Any]:
    """What the site can do, as MONAI Label's clients ask for it."""
    labels = level_numbers()
    return {
        "name": "Vertebase",
        "description": "Your tasks, with the engine's proposal. Hand in and grade on the site.",
        "version": "2.0",
        "labels": list(labels),  # names alone, as MONAI Label's server has them: OHIF's plug-in appends
        "models": {
            model.name: {
                "type": model.kind,
                "labels": labels,
                "dimension": 3,
                "description": model.description,
                "config": {"result_extension": [NIFTI, SEGMENTATION]},
            }
            for model in models
        },
        "trainers": {},
        "strategies": {STRATEGY: {"description": "The task to do next"}},
        "scoring": {},
        "train_stats": {},
        "datastore": status(tasks_of(user)),
    }


def level_numbers() -> dict[str, int]:
    """The levels by name with their numbers in a mask."""
    return {level.name: level.label for level in LEVELS}


def status(tasks: dict[str, Assignment]) -> dict[str, Any]:
    """Counts of the datastore; ``completed`` are those with edits."""
    begun = [name for name, one in tasks.items() if one.session is not None and one.session.revision > 0]
    return {
        "total": len(tasks),
        "completed": len(begun),
        "label_tags": {"final": len(begun), "original": len(tasks)},
        "train": {},
    }


def listing(tasks: dict[str, Assignment], cases: Mapping[str, Case]) -> dict[str, Any]:
    """Every image: of tasks with their labels, of cases that one manages without any."""
    managed = {
        name: {"image": _entry(name, {"project": case.project.name}), "labels": {}}
        for name, case in cases.items()
    }
    return {
        "name": "Vertebase",
        "description": "Your open tasks",
        "images": [],
        "objects": {**managed, **{name: _object(name, one) for name, one in tasks.items()}},
    }


def _object(name: str, assignment: Assignment) -> dict[str, Any]:
    project = {"project": assignment.task.case.project.name}
    return {"image": _entry(name, project), "labels": {"final": _entry(name, {})}}


def _entry(name: str, more: dict[str, str]) -> dict[str, Any]:
    return {"ext": NIFTI, "info": {"name": name, **more}}


def sample(name: str, assignment: Assignment) -> dict[str, Any]:
    """An image as the answer to "which is next"."""
    return {"id": name, "name": f"{name}{NIFTI}", "project": assignment.task.case.project.name}


def mask_in_hand(assignment: Assignment, form: Form) -> MaskFile:
    """The person's mask as it stands; that this revision was handed out is remembered (`handed_out`)."""
    state = mask_state(assignment)
    mask = Mask(geometry_of(assignment.task.case.volume), state.array)
    remember(assignment.pk, state.revision)
    name = f"{image_name(assignment)}_mask_r{state.revision}{form.ending}"
    return MaskFile(name, mask_file_bytes(mask, form), state.revision)


def proposal(assignment: Assignment, form: Form) -> MaskFile:
    """The engine's mask that the work starts from, and nothing where the work starts without one.

    No engine runs for this: it would show a proposal to who starts blank, and tell a copy from a case.

    Raises
    ------
    NoProposal
        it starts blank, or from a mask that came with the CT or out of a stage before.
    """
    if start_row(assignment)["source"] != "engine":
        raise NoProposal
    mask = load_mask(start_mask_of(assignment))
    remember(assignment.pk, mask_state(assignment).revision)
    return MaskFile(f"{image_name(assignment)}_proposal{form.ending}", mask_file_bytes(mask, form), 0)


def mask_file_bytes(mask: Mask, form: Form) -> bytes:
    """A mask as a file of that form."""
    laid = upright(mask) if form.as_series else mask
    return segmentation_bytes(laid) if form.ending == SEGMENTATION else mask_bytes(laid)


def remember(assignment_id: UUID, revision: int) -> None:
    """Keep which revision was handed out last: these clients do not say on which one they worked."""
    cache.set(f"monailabel:handed-out:{assignment_id}", revision, _HANDED_OUT_SECONDS)


def handed_out(assignment_id: UUID) -> int | None:
    """The revision that was handed out last, where that is known."""
    found: int | None = cache.get(f"monailabel:handed-out:{assignment_id}")
    return found
