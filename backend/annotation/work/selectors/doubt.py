"""The engine's doubt, for those who start from its mask."""

from __future__ import annotations

from backend.annotation.models import Assignment, Exercise
from backend.annotation.work.selectors.details import start_row
from backend.annotation.work.selectors.in_hand import start_mask_of
from backend.common.errors import NotFound
from backend.pipeline.runs.doubt import doubt_of
from backend.science.disguise import Disguise
from backend.science.volume import MaskArray


class NoDoubt(NotFound):
    code = "no_doubt"
    message = "Where the engine was in doubt is not known for this mask."


def engine_doubt(assignment: Assignment) -> MaskArray:
    """Entropy of the engine's mask that this work starts from, 0 to 255, on the volume's grid.

    It is shown to whoever sees that mask as their start. A hidden repeat or gold case has it as any case has,
    disguised as its image is: without it, it would be told by that. Raises `NoDoubt`.
    """
    if start_row(assignment)["source"] != "engine":
        raise NoDoubt
    start, disguise = start_mask_of(assignment), Disguise()
    exercise = (
        Exercise.objects.filter(case=assignment.task.case)
        .select_related("source__start_mask", "former__assignment__task__start_mask")
        .first()
    )
    if exercise is not None:
        former = exercise.former.assignment.task.start_mask if exercise.former is not None else None
        original = former or exercise.source.start_mask
        if original is None:
            raise NoDoubt
        start, disguise = original, Disguise.from_json(exercise.transform)
    told = doubt_of(start)
    if told is None:
        raise NoDoubt
    return told if disguise.is_none else disguise.mask(told)
