"""Proposals for how much each rater counts in weighted fusion, with the evidence and the rule of exclusion.

A weight is the log-odds of the rater's accuracy, as optimal for a vote of independent readers (Nitzan and
Paroush 1982), with Dice in the place of accuracy: on known answers, with the final mask, or expected of
STAPLE's truth. (Sensitivity alone would be perfect for who draws everything too large.) Weights are scaled to
a mean of 1, and of three or more the fusion leaves nobody half of the votes. A rater whose masks could not be
meant too often is left out, by name and with the reason. Nothing of this holds until a manager chooses it.
"""

from __future__ import annotations

import math
from typing import Any
from uuid import UUID

from backend.accounts.models import User
from backend.annotation.models import RaterWeights
from backend.projects.models import Project

BASES = ("gold", "final", "staple")
LOWEST, HIGHEST = 0.55, 0.995  # Dice outside of it says no more: nobody's vote counts against, nobody's alone
EXCLUDE_COUNT, EXCLUDE_SHARE = 2, 0.1  # masks that cannot be meant: at least so many, and of so many


def weight_proposals(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A proposal for each basis with evidence for at least one rater, from the lines of all of them."""
    found = [_proposal(basis, lines) for basis in BASES]
    return [proposal for proposal in found if any(row["evidence"] is not None for row in proposal["rows"])]


def _proposal(basis: str, lines: list[dict[str, Any]]) -> dict[str, Any]:
    rows = [_row(basis, line) for line in lines]
    raw = {id(row): _log_odds(row["evidence"]) for row in rows if row["evidence"] is not None}
    left = [raw[id(row)] for row in rows if id(row) in raw and not row["why"]]
    usual = sum(left) / len(left) if left else 1.0
    for row in rows:
        row["weight"] = 0.0 if row["why"] else round(raw.get(id(row), usual) / usual, 3)
    return {"basis": basis, "rows": rows}


def _row(basis: str, line: dict[str, Any]) -> dict[str, Any]:
    match basis:
        case "gold":
            evidence, count = line["gold"]["dice"]["value"], line["gold"]["count"]
        case "final":
            evidence, count = line["final_dice"]["value"], line["cases_shown"]
        case _:
            evidence, count = line["expected_dice"]["value"], line["cases_shown"]
    return {
        "user": line["user"],
        "evidence": evidence,
        "cases": count,
        "why": exclusion(line["warnings"], line["submissions"] + line["gold"]["count"]),
    }


def exclusion(told: list[dict[str, Any]], submissions: int) -> str:
    """Why a rater is left out by rule; empty for one who is not."""
    if len(told) < EXCLUDE_COUNT or len(told) < EXCLUDE_SHARE * submissions:
        return ""
    cases = ", ".join(dict.fromkeys(row["case"] for row in told if row["case"]))
    where = f" ({cases})" if cases else ""
    return f"{len(told)} of {submissions} masks cannot be meant{where}; last: {told[-1]['text']}"


def _log_odds(dice: float) -> float:
    inside = min(max(dice, LOWEST), HIGHEST)
    return math.log(inside / (1 - inside))


def weights_row(row: RaterWeights, people: dict[UUID, str]) -> dict[str, Any]:
    """A stored choice for the wire."""
    return {
        "id": row.pk,
        "chosen_at": row.created_at,
        "chosen_by": row.chosen_by.name,
        "basis": row.basis,
        "note": row.note,
        "current": row.current,
        "rows": [
            {
                "user": {"id": pk, "name": people.get(UUID(pk), "")},
                "weight": 0.0 if pk in row.excluded else row.weights.get(pk, 0.0),
                "why": row.excluded.get(pk, ""),
                "evidence": (row.evidence.get(pk) or {}).get("evidence"),
                "cases": (row.evidence.get(pk) or {}).get("cases", 0),
            }
            for pk in sorted({*row.weights, *row.excluded}, key=lambda pk: people.get(UUID(pk), ""))
        ],
    }


def stored_weights(project: Project) -> list[dict[str, Any]]:
    """Every choice of the project, the standing one first."""
    found = RaterWeights.objects.filter(project=project).select_related("chosen_by")
    rows = list(found.order_by("-created_at"))
    ids = {UUID(pk) for row in rows for pk in (*row.weights, *row.excluded)}
    people = {user.pk: user.name for user in User.objects.filter(pk__in=ids)}
    return [weights_row(row, people) for row in rows]
