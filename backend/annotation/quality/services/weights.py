"""How much each rater counts in weighted fusion: chosen by a manager, stored with its evidence."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction

from backend.accounts.models import User
from backend.annotation.models import RaterWeights
from backend.audit import services as audit
from backend.audit.acts import people_acts
from backend.common.errors import Invalid
from backend.projects.models import Project

BASES = ("gold", "final", "staple", "manual")


@dataclass(frozen=True)
class WeightsChoice:
    """What a manager chose: weights by rater, those left out with the reason, and what it was taken from."""

    basis: str
    weights: Mapping[UUID, float]
    excluded: Mapping[UUID, str] = field(default_factory=dict)
    evidence: Mapping[UUID, Any] = field(default_factory=dict)
    note: str = ""


@transaction.atomic
def choose_weights(*, project: Project, actor: User, choice: WeightsChoice) -> RaterWeights:
    """Let these weights hold for fusions from now on; the former ones stay on record.

    Raises
    ------
    Invalid
        An unknown basis, a weight that is no number from 0, a reason missing, or nobody left.
    """
    if choice.basis not in BASES:
        raise Invalid("unknown_basis", f"Weights come from {', '.join(BASES)}.")
    if any(not math.isfinite(weight) or weight < 0 for weight in choice.weights.values()):
        raise Invalid("bad_weight", "A weight is a number from 0.")
    if any(not why.strip() for why in choice.excluded.values()):
        raise Invalid("reason_missing", "Say why a rater is left out.")
    if not any(w > 0 for user, w in choice.weights.items() if user not in choice.excluded):
        raise Invalid("nobody_left", "At least one rater must count.")
    Project.objects.select_for_update().get(pk=project.pk)
    RaterWeights.objects.filter(project=project, current=True).update(current=False)
    row = RaterWeights.objects.create(
        project=project,
        chosen_by=actor,
        basis=choice.basis,
        weights={str(user): weight for user, weight in choice.weights.items()},
        excluded={str(user): why.strip() for user, why in choice.excluded.items()},
        evidence={str(user): figures for user, figures in choice.evidence.items()},
        note=choice.note.strip(),
    )
    audit.record(
        actor=actor,
        act=people_acts.WeightsChosen(basis=row.basis, weights=row.weights, excluded=row.excluded),
        subject=row,
        project_id=project.pk,
    )
    return row
