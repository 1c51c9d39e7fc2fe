"""How much each rater counts in a weighted fusion: given, or taken from the project's stored choice."""

from __future__ import annotations

from typing import Any

from backend.annotation.quality.selectors.weights import fusion_weights
from backend.common.errors import Invalid
from backend.consensus.answers import slot_name
from backend.consensus.models import Comparison
from backend.consensus.selectors import report_of

# Keys of a fusion's parameters that say where its weights came from; the fusing itself does not read them.
NOTES = ("weights_choice", "weights_on", "left_out")


class WeightsMissing(Invalid):
    code = "no_weights"
    message = (
        "This project has no weights yet. Choose them on the page of reliability, or give one for each rater."
    )


def has_weights(comparison: Comparison) -> bool:
    return fusion_weights(comparison.task.case.project) is not None


def with_weights(comparison: Comparison, parameters: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a weighted fusion with one weight for each rater, by letter.

    Weights that were given stand. Otherwise they are those of the project's choice, noted with its number and
    date; a rater whose mask cannot be meant on this case (empty, elsewhere, one level off) counts nothing.

    Raises
    ------
    WeightsMissing
        None given, and none chosen for the project.
    """
    if parameters.get("weights") is not None:
        return parameters
    chosen = fusion_weights(comparison.task.case.project)
    if chosen is None:
        raise WeightsMissing
    submissions = (
        comparison.submissions.filter(mask__isnull=False)
        .select_related("assignment")
        .order_by("assignment__slot")
    )
    slots = [slot_name(submission.assignment.slot) for submission in submissions]
    weights = chosen.of([submission.assignment.rater_id for submission in submissions])
    suspects = {one.slot: one.code for one in report_of(comparison).suspects or ()}
    counted = [0.0 if slot in suspects else weight for slot, weight in zip(slots, weights, strict=True)]
    if not any(counted):  # a mask must come out of every case
        counted, suspects = list(weights), {}
    return {
        **parameters,
        "weights": counted,
        "weights_choice": str(chosen.id),
        "weights_on": chosen.chosen_at.isoformat(),
        "left_out": {slot: code for slot, code in suspects.items() if slot in slots},
    }
