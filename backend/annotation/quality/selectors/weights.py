"""How much each rater counts in weighted fusion, as it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.annotation.models import (
    RaterWeights,
)
from backend.projects.models import Project


@dataclass(frozen=True, slots=True)
class FusionWeights:
    """The project's standing choice of how much each rater counts."""

    id: UUID
    chosen_at: datetime
    basis: str
    weights: Mapping[UUID, float]
    excluded: Mapping[UUID, str]

    def of(self, raters: Sequence[UUID]) -> tuple[float, ...]:
        """One weight for each rater, in the order given.

        0 for those excluded, the mean of the known weights for those who came later than the choice. Where
        nobody would be left, all count alike: a mask must come out of every case.
        """
        known = [weight for weight in self.weights.values() if weight > 0]
        usual = sum(known) / len(known) if known else 1.0
        found = tuple(0.0 if pk in self.excluded else self.weights.get(pk, usual) for pk in raters)
        return found if any(weight > 0 for weight in found) else (1.0,) * len(raters)


def fusion_weights(project: Project) -> FusionWeights | None:
    """The weights that were chosen last for the project; None where nobody has chosen any."""
    row = RaterWeights.objects.filter(project=project, current=True).first()
    if row is None:
        return None
    return FusionWeights(
        id=row.pk,
        chosen_at=row.created_at,
        basis=row.basis,
        weights={UUID(pk): float(weight) for pk, weight in row.weights.items()},
        excluded={UUID(pk): str(why) for pk, why in row.excluded.items()},
    )
