"""Plausibility of a rater's mask as rows for the wire, and what must be answered before the work is taken."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from django.core.cache import cache

from backend.annotation.errors import FindingsUnanswered
from backend.annotation.models import Assignment
from backend.annotation.work.selectors.in_hand import current_digest, mask_state, start_mask_of
from backend.imaging.selectors import load_volume
from backend.masks.models import MaskVersion
from backend.masks.selectors import origin_of
from backend.projects.finding_rules import rules_of
from backend.science.quality import check_mask
from backend.science.volume import Mask

CACHE_SECONDS = 3600
ANSWERED = "findings_answered"  # in a mask version's provenance


@dataclass(frozen=True, slots=True)
class FindingAnswer:
    """Why a blocking finding is right as it is, in the rater's words."""

    code: str
    label: int | None
    reason: str


def findings_of(assignment: Assignment) -> list[dict[str, Any]]:
    """What the checks say of the mask as it stands, from the head down, under the project's rules.

    ``rule`` is warn or block; what the project has switched off is left out. ``answer`` is the reason that
    was given when the mask was handed in, for whoever looks at it afterwards.
    """
    rules = rules_of(assignment.task.case.project.finding_rules)
    answers = _answers_given(assignment)
    return [
        {**row, "rule": rules[row["code"]], "answer": answers.get((row["code"], row["label"]), "")}
        for row in _checked(assignment)
        if rules[row["code"]] != "off"
    ]


def require_answers(assignment: Assignment, answers: Iterable[FindingAnswer]) -> list[dict[str, Any]]:
    """The answers to what blocks, as they are kept with the mask.

    Raises
    ------
    FindingsUnanswered
        ``extra.findings`` are the blocking ones without a reason.
    """
    given = {(answer.code, answer.label): answer for answer in answers if answer.reason.strip()}
    blocking = [row for row in findings_of(assignment) if row["rule"] == "block"]
    open_rows = [row for row in blocking if (row["code"], row["label"]) not in given]
    if open_rows:
        said = "; ".join(row["message"] for row in open_rows)
        raise FindingsUnanswered(
            message=f"Mend it, or say why it is right: {said}.",
            extra={"findings": [{"code": row["code"], "label": row["label"]} for row in open_rows]},
        )
    return [asdict(given[row["code"], row["label"]]) for row in blocking]


def _checked(assignment: Assignment) -> list[dict[str, Any]]:
    """Kept by the mask's digest: the same mask is judged once."""
    volume = assignment.task.case.volume
    key = f"findings:3:{volume.pk}:{current_digest(assignment)}"
    rows: list[dict[str, Any]] | None = cache.get(key)
    if rows is None:
        ct = load_volume(volume)
        mask = Mask(ct.geometry, mask_state(assignment).array)
        rows = [
            finding.to_json() for finding in check_mask(mask, volume=ct, body_centres=_bodies(assignment))
        ]
        cache.set(key, rows, CACHE_SECONDS)
    return rows


def _bodies(assignment: Assignment) -> dict[int, tuple[float, float, float]]:
    """The body centres of the mask as it stands. A session may have renamed levels: then they say nothing."""
    if assignment.session is not None and assignment.session.revision > 0:
        return {}
    version = start_mask_of(assignment)
    return {
        int(label): (x, y, z)
        for label, centre in version.centroids_ras_mm.items()
        if (body := centre.get("body"))
        for x, y, z in (body,)
    }


def _answers_given(assignment: Assignment) -> dict[tuple[str, int | None], str]:
    version: MaskVersion | None = None
    if assignment.session is None:
        version = start_mask_of(assignment)
    elif assignment.session.result is not None:
        version = assignment.session.result
    given = origin_of(version).findings_answered if version is not None else ()
    return {(one.code, one.label): one.reason for one in given}
