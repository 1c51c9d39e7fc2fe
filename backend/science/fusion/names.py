"""Naming the vertebrae of several raters as one sequence.

One rater who starts counting at the wrong level shifts every name below. Voting on each vertebra by itself
would mix the two counts; here the whole column gets the anatomically valid sequence with the most votes, and
where two sequences have equally many, the choice goes to an expert.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from backend.science.labels import ANATOMICAL_ORDER, L6, T13, label_of, order_of

# Levels that a normal spine does not have: passing over them is not a gap.
_OPTIONAL = frozenset({T13, L6})
# A spine may have eleven thoracic or four lumbar vertebrae; one step over T12 or L5 is a variant, not a gap,
# but a rarer one than the usual count.
_VARIANT = frozenset({label_of("T12"), label_of("L5")})

# Score of a sequence, compared left to right: votes, names that nobody gave (negative), levels passed over
# (negative), rare variants (negative).
Score = tuple[float, int, int, int]


@dataclass(frozen=True, slots=True)
class NamedSequence:
    """One name per vertebra from the head down, and the places where an equally good sequence differs."""

    labels: tuple[int, ...]
    votes: float
    tied: tuple[bool, ...]
    invented: tuple[bool, ...]


def name_sequence(ballots: Sequence[dict[int, float]]) -> NamedSequence:
    """The valid sequence with most votes.

    Parameters
    ----------
    ballots
        For each vertebra, from the head down, the votes for each label.

    Of equally good sequences the one that starts nearest the head is returned and the places where the others
    differ are marked as tied. A name that nobody gave is used only where no valid sequence can do without.
    """
    if not ballots:
        return NamedSequence((), 0.0, (), ())
    agreed = [next(iter(votes)) for votes in ballots if len(votes) == 1]
    if len(set(agreed)) == len(ballots):
        # nobody disputes a name: also an order that looks wrong is then not ours to change
        count = len(ballots)
        total = sum(sum(votes.values()) for votes in ballots)
        return NamedSequence(tuple(agreed), total, (False,) * count, (False,) * count)
    levels = list(ANATOMICAL_ORDER)
    if len(ballots) > len(levels):
        raise ValueError(f"{len(ballots)} vertebrae cannot be named, the table has {len(levels)} levels")
    forward = _best_scores(ballots, levels)
    backward = _best_scores_to_end(ballots, levels)
    best = max(forward[-1].values())
    labels: list[int] = []
    tied: list[bool] = []
    for place, scores in enumerate(forward):
        optimal = [
            label
            for label in levels
            if label in scores
            and label in backward[place]
            and _add(scores[label], backward[place][label]) == best
        ]
        tied.append(len(optimal) > 1)
        if labels:
            upper = forward[place - 1][labels[-1]]
            optimal = [
                label
                for label in optimal
                if order_of(label) > order_of(labels[-1])
                and _add(_add(upper, _step(labels[-1], label)), _gain(ballots[place], label)) == scores[label]
            ]
        labels.append(optimal[0])
    return NamedSequence(
        labels=tuple(labels),
        votes=best[0],
        tied=tuple(tied),
        invented=tuple(label not in votes for label, votes in zip(labels, ballots, strict=True)),
    )


def is_anatomical(labels: Sequence[int]) -> bool:
    """Whether names from the head down are a sequence a spine can have: each lower than the one before.

    Gaps are allowed, since a vertebra may be missing from a mask; T13 and L6 have their places in the table.
    """
    if not labels or any(label not in ANATOMICAL_ORDER for label in labels):
        return False
    places = [order_of(label) for label in labels]
    return all(upper < lower for upper, lower in pairwise(places))


def completed(names: Sequence[int], usual: Sequence[int]) -> tuple[int, ...] | None:
    """One rater's names for a whole column: where the rater drew nothing (0), as far from ``usual`` as next
    to it.

    None where the rater named nothing, or the result is no sequence that a spine can have.
    """
    named = [place for place, name in enumerate(names) if name]
    if not named:
        return None
    levels = [level for level in ANATOMICAL_ORDER if level not in _OPTIONAL]
    result = []
    for place, name in enumerate(names):
        if name:
            result.append(name)
            continue
        near = min(named, key=lambda other: abs(other - place))
        if names[near] == usual[near]:
            result.append(usual[place])
            continue
        if names[near] not in levels or usual[near] not in levels or usual[place] not in levels:
            return None
        moved = levels.index(usual[place]) + levels.index(names[near]) - levels.index(usual[near])
        if not 0 <= moved < len(levels):
            return None
        result.append(levels[moved])
    return tuple(result) if is_anatomical(result) else None


def _gain(votes: dict[int, float], label: int) -> Score:
    return (round(votes.get(label, 0.0), 9), 0 if label in votes else -1, 0, 0)


def _step(upper: int, lower: int) -> Score:
    """What it costs to go from one level to a lower one."""
    passed = ANATOMICAL_ORDER[order_of(upper) + 1 : order_of(lower)]
    variants = sum(1 for label in passed if label in _VARIANT)
    gaps = sum(1 for label in passed if label not in _OPTIONAL and label not in _VARIANT)
    return (0.0, 0, -gaps, -variants - int(lower in _OPTIONAL))


def _add(a: Score, b: Score) -> Score:
    return (round(a[0] + b[0], 9), a[1] + b[1], a[2] + b[2], a[3] + b[3])


def _best_scores(ballots: Sequence[dict[int, float]], levels: list[int]) -> list[dict[int, Score]]:
    """Best score of a sequence that ends at each place with each label."""
    table: list[dict[int, Score]] = [{label: _gain(ballots[0], label) for label in levels}]
    for votes in ballots[1:]:
        row: dict[int, Score] = {}
        for label in levels:
            reachable = [
                _add(score, _step(upper, label))
                for upper, score in table[-1].items()
                if order_of(upper) < order_of(label)
            ]
            if reachable:
                row[label] = _add(max(reachable), _gain(votes, label))
        table.append(row)
    return table


def _best_scores_to_end(ballots: Sequence[dict[int, float]], levels: list[int]) -> list[dict[int, Score]]:
    """Best score of what follows each place when it has each label, the place itself not counted."""
    table: list[dict[int, Score]] = [dict.fromkeys(levels, (0.0, 0, 0, 0))]
    for votes in reversed(ballots[1:]):
        row: dict[int, Score] = {}
        for label in levels:
            following = [
                _add(_add(score, _step(label, lower)), _gain(votes, lower))
                for lower, score in table[0].items()
                if order_of(label) < order_of(lower)
            ]
            if following:
                row[label] = max(following)
        table.insert(0, row)
    return table
