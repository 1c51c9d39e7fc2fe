"""Stage 2: which vertebra is which. The whole sequence is decoded at once.

Evidence comes from the localiser's level map round each body, from ribs beside it, and from the anchors
in view: the sacrum below the last body, and the first two cervical levels above. A hidden Markov model
over the levels allows the succession of a usual spine, a missing T12 (T11 above L1), a T13, an L6 and an
L4 above the sacrum at a cost, and a body that was not found where the distance to the next says so. The
heaviest succession gives the names; the sums over all paths say how likely it and all others are
(`inference.stages.successions`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from scipy.signal import find_peaks
from torch import nn

from backend.science.labels import label_of
from inference.levels import CLASS_OF, CLASSES, SACRUM_CLASS, STATION, expected_step_mm
from inference.patches import WIDE_SPACING_MM, Float32, FloatArray
from inference.runtime import Runtime
from inference.stages.anchors import (
    RIB_ML,
    Anchors,
    AnchorSeen,
    find_anchors,
    is_doubtful,
    places_of,
    state,
)
from inference.stages.evidence import Evidence
from inference.stages.localise import Candidate, Localisation, best_chain, near
from inference.stages.project import project
from inference.stages.successions import (
    Succession,
    Sureness,
    Weighed,
    as_likely,
    body_shares,
    kind_of,
    weigh,
)

# All weights were set by hand and none was fitted to cases; where a number follows from one that is
# published or from another of the engine's, it says so. Costs and scores are natural logarithms of odds:
# 2.5 is 1 in 12, 3.5 is 1 in 33, 4.0 is 1 in 55.

# Neighbouring voxels and neighbouring bodies say much the same: their log-probabilities count for less
# than if they were independent.
EVIDENCE_WEIGHT = 0.6
LOCALISER_WEIGHT = 0.3  # of the localiser's map beside the labelling network, which sees the whole spine
# VerSe 2020 counts 77 spines with another number of vertebrae among 300 chosen to have many of them
# (Liebl 2021, 10.1038/s41597-021-01060-0); of all people fewer have each single kind.
VARIANT_COST = {label_of("T13"): 3.5, label_of("L6"): 3.5}
T12_MISSING_COST, L5_MISSING_COST = 4.0, 4.0
SKIP_COST = 2.5  # for each body that was not found
MOST_SKIPPED = 3  # bodies
VARIANTS_PASSED = 2  # classes (T13 and L6) that lie between two levels beside the bodies left out
STEP_SPREAD = 0.22  # standard deviation of the distance between two bodies, as a share of `SPACING_AT`

# A rib's volume as a score for "thoracic": 0 at the limit `RIB_ML`, at most so much for and against.
RIBS_FOR_AT_MOST, RIBS_AGAINST_AT_MOST = 1.5, -1.0
# Where ribs lie: round the heads of a pair, a little behind the body's centre. Half sides of the box in
# voxels of 3 mm: 60 mm aside, 27 mm to front and back, 15 mm up and down.
_RIB_BOX, _RIB_BEHIND = np.array([20.0, 9.0, 5.0]), np.array([0, -5, 0])
_RIBS_ASIDE_MM, _RIBS_ALONG_MM = 36.0, 18.0
_HEADS_ABOVE_MM = (
    12.0  # a rib's head is no higher than the disc above its body, and the rib runs down from it
)
PROBABLE = 0.5  # share above which a voxel counts as rib or as bone

# The level map is on a grid of 6 mm; half sides in its voxels: 15 mm aside and to the front, 11 mm up.
MAP_STEP = 2  # voxels of 3 mm to one of the level map
_BODY_BOX = np.array([2.5, 2.5, 1.8])
_LEAST_BONE = 0.02  # so that a body without any bone in the map has an average too

# The sacrum below the last body: as the labelling network has it 15 to 36 mm below (slices of 3 mm), and as
# the localiser's map has it 36 mm below and 12 mm behind, in a box of 36 mm aside, 48 and 27 mm.
_SACRUM_SLICES = (5, 12)
_SACRUM_FIELD = 8  # slices that must be in view below the last body
_SACRUM_BOX, _SACRUM_AT = np.array([6.0, 8.0, 4.5]), np.array([0, -2, -6])
_SACRUM_FROM_ML, _SACRUM_SURE_ML = 1.0, 5.0  # of sacral bone there: counts from here, fully from there
# What the body above a certain sacrum can be: L5; L6 at a share of its cost, since the sacrum just below
# says that the count ends here; L4 where L5 is missing; anything else hardly.
L6_SHARE_ABOVE_SACRUM = 0.3
NOT_ABOVE_SACRUM = -6.0

PEAK_AT_LEAST = 0.2  # of the centre curve, 0 to 1
PEAKS_APART = 3  # slices of 3 mm: no two bodies lie nearer than 16 mm (`SPACING_AT`)
LEAST_LENGTH = 192  # slices: the length of all lines in training
LENGTH_STEP = 8  # slices: a longer line is filled up to a multiple, so that few lengths occur
AIR = -1.0  # of a projection, as `project` scales it
UNANCHORED_AT_MOST = 0.5  # confidence of names that rest on no anchor
_IMPOSSIBLE = -1e9
_T12, _L4, _L5, _L6 = (label_of(name) for name in ("T12", "L4", "L5", "L6"))
_BODIES = [index for index in range(len(CLASSES)) if index != SACRUM_CLASS]
_THORACIC = np.array(
    [STATION[label_of("T1")] <= STATION[label] <= STATION[label_of("T13")] for label in CLASSES]
)


@dataclass(frozen=True)
class Naming:
    """Bodies from head to foot, their labels, the confidence of each, that all of them are right, and what
    else the bodies may be called, the likeliest first."""

    candidates: tuple[Candidate, ...]
    labels: tuple[int, ...]
    confidence: tuple[float, ...]
    overall: float
    anchors: Anchors
    seen: tuple[AnchorSeen, ...] = ()
    others: tuple[Succession, ...] = ()

    def statement(self, labels: Sequence[int]) -> str:
        """One sentence on how far the names of these levels can be trusted, from top to bottom."""
        return state(labels, self.overall, self.anchors)

    @property
    def doubtful(self) -> bool:
        """Whether a person has to say if the names are right before anybody relies on them."""
        return is_doubtful(self.overall, self.anchors)

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {
            "centres": [candidate.centre.tolist() for candidate in self.candidates],
            "scores": [candidate.score for candidate in self.candidates],
            "labels": list(self.labels),
            "confidence": list(self.confidence),
            "overall": self.overall,
            "anchors": asdict(self.anchors),
            "seen": [asdict(anchor) for anchor in self.seen],
            "others": [[list(other.labels), other.probability] for other in self.others],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Naming:
        """The inverse of `to_json`."""
        pairs = zip(value["centres"], value["scores"], strict=True)
        return cls(
            tuple(Candidate(np.array(centre), score) for centre, score in pairs),
            tuple(value["labels"]),
            tuple(value["confidence"]),
            value["overall"],
            Anchors(**value["anchors"]),
            tuple(AnchorSeen(**seen | {"centre": tuple(seen["centre"])}) for seen in value["seen"]),
            tuple(Succession(tuple(labels), share) for labels, share in value["others"]),
        )


def _shortest_path(a: int, b: int) -> list[tuple[int, float]]:
    """Ways from class a down to class b as (bodies left out, cost of the variants passed)."""
    upper, lower = CLASSES[a], CLASSES[b]
    between = [CLASSES[k] for k in range(a + 1, b)]
    usual = [label for label in between if label not in VARIANT_COST]
    cost = sum(VARIANT_COST.get(label, 0.0) for label in (lower,))
    ways = [(len(usual), cost)]
    if _T12 in usual and upper != _T12:  # the spine without T12
        ways.append((len(usual) - 1, cost + T12_MISSING_COST))
    return ways


def transition_scores(step_mm: float) -> FloatArray:
    """Log-score of each pair of successive classes for bodies `step_mm` apart."""
    n = len(CLASSES)
    table = np.full((n, n), _IMPOSSIBLE)
    for a in _BODIES:
        for b in _BODIES:
            if b <= a or not 0 <= b - a - 1 <= MOST_SKIPPED + VARIANTS_PASSED:
                continue
            middle = (STATION[CLASSES[a]] + STATION[CLASSES[b]]) / 2
            ratio = step_mm / expected_step_mm(middle - 0.5)
            for skipped, cost in _shortest_path(a, b):
                if skipped > MOST_SKIPPED:
                    continue
                off = (ratio - 1 - skipped) / (STEP_SPREAD * (1 + skipped) ** 0.5)
                table[a, b] = max(table[a, b], -(off**2) / 2 - cost - SKIP_COST * skipped)
    return table


def _emissions(evidence: Evidence) -> FloatArray:
    scores = EVIDENCE_WEIGHT * evidence.level_scores
    # A body with ribs is thoracic, one without is not.
    lean = np.clip((evidence.rib_ml - RIB_ML) / RIB_ML, RIBS_AGAINST_AT_MOST, RIBS_FOR_AT_MOST)
    # That there is no rib says nothing where none would be seen.
    lean = np.where(evidence.shows_ribs, lean, np.maximum(lean, 0.0))[:, None]
    scores = scores + np.where(_THORACIC[None], lean, -lean)
    scores[:, SACRUM_CLASS] = _IMPOSSIBLE
    if len(scores) and evidence.below_is_sacrum > 0:
        last = np.full(len(CLASSES), NOT_ABOVE_SACRUM)
        last[CLASS_OF[_L5]] = 0.0
        last[CLASS_OF[_L6]] = -VARIANT_COST[_L6] * L6_SHARE_ABOVE_SACRUM
        last[CLASS_OF[_L4]] = -L5_MISSING_COST
        scores[-1] += last * evidence.below_is_sacrum
    return np.asarray(scores)


def weigh_names(evidence: Evidence) -> list[Weighed]:
    """What the bodies may be called, the likeliest first.

    Top and bottom of the field of view are unknown: any level may come first and any last.
    """
    if len(evidence.level_scores) == 0:
        return []
    return weigh(_emissions(evidence), [transition_scores(float(mm)) for mm in evidence.steps_mm])


def decode(evidence: Evidence) -> tuple[tuple[int, ...], tuple[float, ...], float]:
    """The likeliest labels, the confidence of each, and that all of them are right, as the sums over paths
    have it."""
    found = as_likely(weigh_names(evidence))
    if not found:
        return (), (), 0.0
    return found[0].labels, body_shares(found), found[0].probability


def _on_map(voxels: Float32) -> Float32:
    """Every second voxel: an array of the localiser's grid on that of its level map."""
    return voxels[::MAP_STEP, ::MAP_STEP, ::MAP_STEP]


def _mean_log(levels: Float32, vertebra: Float32, centre: FloatArray) -> FloatArray:
    """Level evidence of a body: log-probabilities averaged over its voxels (6 mm grid), weighted by bone."""
    box = near(levels.shape[1:], centre / MAP_STEP, _BODY_BOX)
    block = levels[(slice(None), *box)].reshape(len(CLASSES), -1)
    bone = _on_map(vertebra)[box].ravel() + _LEAST_BONE
    return np.asarray((block * bone).sum(axis=1) / bone.sum(), float)


def _rib_ml(found: Localisation, centre: FloatArray) -> float:
    """Volume of rib on both sides of a body, the side with less counted twice (a rib is a pair)."""
    box = near(found.rib.shape, centre + _RIB_BEHIND, _RIB_BOX)
    block = found.rib[box] > PROBABLE
    middle = round(float(centre[0])) - box[0].start
    sides = [float(block[: max(0, middle)].sum()), float(block[max(0, middle) :].sum())]
    return 2 * min(sides) * WIDE_SPACING_MM**3 / 1000


def _shows_ribs(found: Localisation, centre: FloatArray, above_mm: float = _RIBS_ALONG_MM) -> bool:
    """Whether the heads of a body's ribs would be in the field of view: to both sides, and above and below,
    where they may lie a few millimetres off."""
    below = centre * WIDE_SPACING_MM
    beyond = (np.array(found.rib.shape) - 1 - centre) * WIDE_SPACING_MM
    aside = min(below[0], beyond[0]) >= _RIBS_ASIDE_MM
    return bool(aside and below[2] >= _RIBS_ALONG_MM and beyond[2] >= above_mm)


def _sacrum_below(found: Localisation, along: Along, last: FloatArray) -> float:
    """How sure it is (0 to 1) that the bone just below the last body is the sacrum, for both networks."""
    low = round(float(last[2])) - along.bottom
    nearest, farthest = _SACRUM_SLICES
    below = along.levels[SACRUM_CLASS, max(0, low - farthest) : max(0, low - nearest)]
    if low < _SACRUM_FIELD or below.size == 0:
        return 0.0
    probable = np.exp(found.levels[SACRUM_CLASS])
    box = near(probable.shape, last / MAP_STEP + _SACRUM_AT, _SACRUM_BOX)
    if any(side.stop <= side.start for side in box):
        return 0.0
    bone = _on_map(found.vertebra)[box] > PROBABLE
    ml = float((probable[box] * bone).sum()) * (MAP_STEP * WIDE_SPACING_MM) ** 3 / 1000
    enough = (ml - _SACRUM_FROM_ML) / (_SACRUM_SURE_ML - _SACRUM_FROM_ML)
    return float(np.clip(enough, 0, 1) * np.exp(below).max())


@dataclass(frozen=True)
class Along:
    """What the labelling network says of each slice of the spine's line."""

    centre: FloatArray
    levels: FloatArray
    bottom: int
    points: FloatArray


def read_along(image: Float32, found: Localisation, network: nn.Module, runtime: Runtime) -> Along | None:
    """Project the spine along its line and read the projections; None where there is no spine."""
    if found.line is None:
        return None
    views = project(image, found.line)
    n = views.shape[2]
    # The network was trained on lines of one length, filled up with air, which its normalisation sees.
    x = np.full((*views.shape[:2], max(LEAST_LENGTH, -(-n // LENGTH_STEP) * LENGTH_STEP)), AIR, np.float32)
    x[:, :, :n] = views
    centre, levels = runtime.run(network, torch.from_numpy(x)[None])
    return Along(
        torch.sigmoid(centre[0, :n]).numpy().astype(float),
        torch.log_softmax(levels[0, :, :n], dim=0).numpy().astype(float),
        found.line.bottom,
        found.line.points,
    )


def find_bodies(along: Along) -> list[Candidate]:
    """Peaks of the centre curve, of which the best chain is kept."""
    curve = np.concatenate([[0.0], along.centre, [0.0]])
    at, _ = find_peaks(curve, height=PEAK_AT_LEAST, distance=PEAKS_APART)
    found = []
    for k in at - 1:
        left, here, right = curve[k], curve[k + 1], curve[k + 2]
        bend = left - 2 * here + right
        shift = 0.5 * (left - right) / bend if bend < 0 else 0.0
        x, y = along.points[k]
        centre = np.array([x, y, along.bottom + k + float(np.clip(shift, -0.5, 0.5))])
        found.append(Candidate(centre, float(here)))
    return best_chain(found)


def gather(found: Localisation, along: Along, bodies: Sequence[Candidate]) -> Evidence:
    """Evidence for the bodies that were found."""
    centres = [body.centre for body in bodies]
    rows = []
    for centre in centres:
        k = round(float(centre[2])) - along.bottom
        near_by = along.levels[:, max(0, k - 1) : k + 2].mean(axis=1)
        rows.append(near_by + LOCALISER_WEIGHT * _mean_log(found.levels, found.vertebra, centre))
    steps = [float(np.linalg.norm(a - b)) * WIDE_SPACING_MM for a, b in pairwise(centres)]
    return Evidence(
        level_scores=np.array(rows).reshape(-1, len(CLASSES)),
        steps_mm=np.array(steps),
        rib_ml=np.array([_rib_ml(found, c) for c in centres]),
        below_is_sacrum=_sacrum_below(found, along, centres[-1]) if centres else 0.0,
        ribs_in_view=np.array([_shows_ribs(found, c) for c in centres], bool),
        heads_in_view=np.array([_shows_ribs(found, c, _HEADS_ABOVE_MM) for c in centres], bool),
    )


def name(evidence: Evidence, bodies: Sequence[Candidate], sureness: Sureness | None) -> Naming:
    """Name the bodies. Without a fitted `sureness` the probabilities of names that rest on no anchor are
    not to be trusted, and are cut off."""
    weighed = weigh_names(evidence)
    labels, confidence, _ = decode(evidence)
    anchors = find_anchors(labels, confidence, evidence)
    seen = places_of(anchors, labels, confidence, evidence, [body.centre for body in bodies])
    found = as_likely(weighed, sureness.divisor[kind_of(anchors)] if sureness else 1.0)
    confidence, overall = body_shares(found), found[0].probability
    if sureness is None and not anchors.names():
        overall = min(overall, UNANCHORED_AT_MOST)
        confidence = tuple(min(share, UNANCHORED_AT_MOST) for share in confidence)
    return Naming(tuple(bodies), labels, confidence, overall, anchors, seen, found[1:] if sureness else ())


def label(
    image: Float32,
    found: Localisation,
    network: nn.Module,
    runtime: Runtime,
    sureness: Sureness | None = None,
    bodies: Sequence[Candidate] | None = None,
) -> Naming:
    """Find the bodies along the spine, where another look has not found them already, and name them."""
    along = read_along(image, found, network, runtime)
    if bodies is None:
        bodies = find_bodies(along) if along is not None else []
    if along is None or not bodies:
        return Naming((), (), (), 0.0, Anchors())
    return name(gather(found, along, bodies), bodies, sureness)
