"""How sure is it that what was found is a vertebra? A probability for each body and for the chain as a whole.

The network that names levels has seen spines only and counts along anything long and dense. The one that
finds them has seen limbs, too: how high its two maps stand where a body was counted, and whether a body is as
large as one of its level, tells a spine from a thigh. A logistic regression on those, fitted to what the same
weights make of CTs with and without a spine, gives the probability; its numbers lie beside the weights, since
other weights need others. What it does not rule out is segmented and judged again (`inference.judging`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from inference.levels import STATION
from inference.patches import WIDE_SPACING_MM, FloatArray

if TYPE_CHECKING:
    from inference.stages.localise import Candidate, Localisation

KEY = "certainty"
# In a manifest whose regressions were fitted to earlier weights: what the newer were not fitted to.
CARRIED_OVER = "certainty_carried_over"
# What is seen of each body: peak of the centre map, mean of the body map, size and spacing; and the means of
# all but the spacing over the better half of the chain.
FEATURES = ("peak", "body", "size", "uneven", "chain_peak", "chain_body", "chain_size")
_AT_PEAK = np.full(3, 2.0)
_AROUND = np.array([8.0, 7.0, 3.0])
_LEAST_RATIO = 0.02
# Drawn is what is more likely a spine than not, and of a spine all that is not much unlike the rest (atlas
# and axis have no round body).
SPINE_FROM, VERTEBRA_FROM = 0.5, 0.28
# A chain that is less likely than this is not looked at more closely.
LOOKED_AT_FROM = 0.02


@dataclass(frozen=True)
class Certainty:
    """The regression: weights of the features and a constant."""

    weights: tuple[float, ...]
    constant: float

    @classmethod
    def of(
        cls, about: Mapping[str, Any], key: str = KEY, features: Sequence[str] = FEATURES
    ) -> Certainty | None:
        """That of a manifest, or None where its weights were never calibrated."""
        stated = about.get(key)
        if stated is None:
            return None
        return cls(tuple(float(stated["weights"][name]) for name in features), float(stated["constant"]))

    def stated(self, features: Sequence[str]) -> dict[str, Any]:
        """As the manifest has it: the inverse of `of`."""
        weights = {name: round(w, 5) for name, w in zip(features, self.weights, strict=True)}
        return {"weights": weights, "constant": round(self.constant, 5)}

    def of_bodies(self, features: FloatArray) -> FloatArray:
        """Probability that each body (row of features) is a vertebra."""
        logits = features @ np.array(self.weights) + self.constant
        return np.asarray(1 / (1 + np.exp(-logits)))


def drawn(certainty: Sequence[float] | None, bodies: int) -> list[bool]:
    """Which bodies are drawn: none where the chain as a whole is more likely no spine, and of a spine those
    that may well be vertebrae. Without a certainty all are."""
    if certainty is None:
        return [True] * bodies
    spine = bool(certainty) and float(np.mean(certainty)) >= SPINE_FROM
    return [spine and share >= VERTEBRA_FROM for share in certainty]


def body_features(found: Localisation, bodies: Sequence[Candidate], labels: Sequence[int]) -> FloatArray:
    """(bodies, features) of a chain from head to foot."""
    if not bodies:
        return np.zeros((0, len(FEATURES)))
    rows = [_own(found, body, label) for body, label in zip(bodies, labels, strict=True)]
    own = np.array(rows)
    steps = np.array([np.linalg.norm(a.centre - b.centre) for a, b in pairwise(bodies)])
    # Of each, the better half: a spine whose ends were counted too far up or down is one all the same.
    better = np.sort(own, axis=0)[-((len(own) + 1) // 2) :]
    chain = np.broadcast_to(better.mean(axis=0), own.shape)
    return np.column_stack([own, _uneven(steps, len(bodies)), chain])


def _own(found: Localisation, body: Candidate, label: int) -> tuple[float, float, float]:
    from inference.stages.localise import near
    from inference.synthesis.anatomy import usual_body_ml

    at = near(found.centre.shape, body.centre, _AT_PEAK)
    around = near(found.body.shape, body.centre, _AROUND)
    peak = float(found.centre[at].max(initial=0.0))
    inside = found.body[at]
    ml = float((found.body[around] > 0.5).sum()) * WIDE_SPACING_MM**3 / 1000
    ratio = max(_LEAST_RATIO, min(1.0, ml / usual_body_ml(max(1.0, STATION[label]))))
    return peak, float(inside.mean()) if inside.size else 0.0, float(np.log(ratio))


def _uneven(steps: FloatArray, bodies: int) -> FloatArray:
    """By body: how much the step above and below it differ, as a logarithm; 0 at the ends."""
    out = np.zeros(bodies)
    if bodies > 2:
        out[1:-1] = np.abs(np.log(steps[1:] / steps[:-1]))
    return np.minimum(out, 1.0)


def fit(
    features: FloatArray,
    is_vertebra: FloatArray,
    *,
    penalty: float = 0.005,
    start: Certainty | None = None,
) -> Certainty:
    """The regression on bodies of which it is known whether they are vertebrae.

    Both kinds count the same in all, whatever their numbers, so that the result does not lean to what was at
    hand more often. `penalty` keeps the weights of standardised features small (ridge), or
    near those of an earlier regression to `start` from, which is then left only as far as the bodies say so.
    """
    from scipy.optimize import minimize

    middle, spread = features.mean(axis=0), features.std(axis=0) + 1e-6
    x = (features - middle) / spread
    share = np.where(is_vertebra > 0.5, 0.5 / is_vertebra.sum(), 0.5 / (1 - is_vertebra).sum())
    sign = 2 * is_vertebra - 1

    first = np.zeros(features.shape[1] + 1)
    held = np.append(np.ones(features.shape[1]), 0.0)
    if start is not None:
        first = np.append(np.array(start.weights) * spread, start.constant + middle @ np.array(start.weights))
        held[-1] = 1.0

    def loss(parameters: FloatArray) -> float:
        logits = x @ parameters[:-1] + parameters[-1]
        away = held * (parameters - first) ** 2
        return float((share * np.logaddexp(0, -sign * logits)).sum() + penalty * away.sum())

    found = minimize(loss, first, method="L-BFGS-B").x
    weights = found[:-1] / spread
    return Certainty(tuple(float(w) for w in weights), float(found[-1] - weights @ middle))


def reliability(
    probability: FloatArray, truth: FloatArray, bins: int = 10
) -> tuple[list[list[float]], float]:
    """Rows of (mean probability, share that is true, number) by equal bins, and the expected calibration
    error: the mean distance of the two, weighted by number."""
    rows, error = [], 0.0
    which = np.minimum((probability * bins).astype(int), bins - 1)
    for k in range(bins):
        inside = which == k
        if inside.any():
            said, seen = float(probability[inside].mean()), float(truth[inside].mean())
            rows.append([round(said, 3), round(seen, 3), int(inside.sum())])
            error += abs(said - seen) * float(inside.mean())
    return rows, round(error, 4)
