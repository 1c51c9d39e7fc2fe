"""Splits by patient: seeded, and alike in all that is to be spread evenly.

All series of one patient stand in one split, as in the paper: what is dealt out is a patient, or several that
share a scan. First the rarest trait is dealt, each time to the split that lacks most of it (iterative
stratification: Sechidis, Tsoumakas and Vlahavas 2011); then pairs of patients are exchanged between splits as
long as that brings the counts nearer to the shares.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

SPLIT_ORDER = ("training", "validation", "test")
FRACTION_TOLERANCE = 1e-6
MOST_PASSES = 20  # over all patients; it ends before where nothing gets better
MOST_PARTNERS = 400  # tried for each patient and pass, so that thousands of patients take seconds
LEAST_GAIN = 1e-9
Strata = Mapping[str, float]  # "level: L1" -> how many of it; what stands before the colon is its kind


@dataclass(frozen=True)
class SplitPatient:
    """A patient to place: its key, how much it has of each trait, and how many patients it stands for."""

    key: str
    strata: Strata = field(default_factory=dict)
    weight: int = 1


def check_fractions(fractions: Mapping[str, float]) -> dict[str, float]:
    """The three fractions, each 0 to 1 and together 1.

    Raises
    ------
    ValueError
        Naming what is wrong: an unknown split, a share outside 0 to 1, or a sum that is not 1.
    """
    unknown = sorted(set(fractions) - set(SPLIT_ORDER))
    if unknown:
        raise ValueError(f"unknown split {unknown[0]!r}: use training, validation and test")
    shares = {split: float(fractions.get(split, 0.0)) for split in SPLIT_ORDER}
    if any(not 0.0 <= share <= 1.0 for share in shares.values()):
        raise ValueError("each fraction lies between 0 and 1")
    if abs(sum(shares.values()) - 1.0) > FRACTION_TOLERANCE:
        raise ValueError(f"the fractions add up to {sum(shares.values()):g}, not to 1")
    return shares


def split_patients(
    patients: Sequence[SplitPatient],
    fractions: Mapping[str, float],
    seed: int,
    fixed: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Patient key -> split; those in ``fixed`` stay where they are, the others make up for them.

    Without any that is fixed each split has its share of patients, within one (where each stands for one).
    The same patients, seed and fixed places give the same split, in whatever order they come.
    """
    shares = check_fractions(fractions)
    held = {key: split for key, split in (fixed or {}).items() if any(p.key == key for p in patients)}
    ordered = sorted(patients, key=lambda patient: _draw(seed, patient.key))
    free = [patient for patient in ordered if patient.key not in held]
    if not free:
        return dict(held)
    problem = _Problem(ordered, shares, held)
    placed = problem.deal(free)
    problem.exchange(placed, [patient.key for patient in free], random.Random(seed))
    return {patient.key: SPLIT_ORDER[placed[patient.key]] for patient in ordered}


class _Problem:
    """What is to be split, as numbers: patients by traits, and how much of each trait a split should hold."""

    def __init__(
        self, patients: Sequence[SplitPatient], shares: Mapping[str, float], held: Mapping[str, str]
    ) -> None:
        names = sorted({name for patient in patients for name in patient.strata})
        column = {name: number for number, name in enumerate(names)}
        self.traits = np.zeros((len(patients), len(names)))
        for row, patient in enumerate(patients):
            for name, amount in patient.strata.items():
                self.traits[row, column[name]] = amount
        self.row = {patient.key: number for number, patient in enumerate(patients)}
        self.weights = np.array([patient.weight for patient in patients])
        self.shares = np.array([shares[split] for split in SPLIT_ORDER])
        self.held = {key: SPLIT_ORDER.index(split) for key, split in held.items()}
        totals = self.traits.sum(axis=0)
        self.wanted = self.shares[:, None] * totals[None, :]
        kinds = [name.partition(":")[0] for name in names]
        alike = np.array([1.0 / kinds.count(kind) for kind in kinds])  # each kind counts alike
        # as in a test of independence: the square of what is off, over what was to be expected
        self.cost = np.divide(
            alike[None, :], self.wanted, out=np.zeros_like(self.wanted), where=self.wanted > 0
        )

    def deal(self, free: Sequence[SplitPatient]) -> dict[str, int]:
        """Place those that are free, the rarest trait first, as many in each split as its share asks for."""
        placed = dict(self.held)
        room = self._room(free)
        lacks = self.wanted.copy()
        for key, split in self.held.items():
            lacks[split] -= self.traits[self.row[key]]
        left = [patient.key for patient in free]
        while left:
            key = self._next(left)
            left.remove(key)
            split = self._where(key, lacks, room)
            placed[key] = split
            room[split] -= self.weights[self.row[key]]
            lacks[split] -= self.traits[self.row[key]]
        return placed

    def _room(self, free: Sequence[SplitPatient]) -> NDArray[np.float64]:
        """How many patients each split still takes: whole numbers, by the largest remainders."""
        total = float(self.weights.sum())
        taken = np.zeros(len(SPLIT_ORDER))
        for key, split in self.held.items():
            taken[split] += self.weights[self.row[key]]
        missing = np.maximum(self.shares * total - taken, 0.0)
        count = sum(patient.weight for patient in free)
        # while anybody is free something is missing; what a product of fractions leaves is no remainder
        exact: NDArray[np.float64] = np.round(missing * count / missing.sum(), 9)
        whole: NDArray[np.float64] = np.floor(exact)
        order = sorted(range(len(exact)), key=lambda split: (whole[split] - exact[split], split))
        for split in order[: round(count - whole.sum())]:
            whole[split] += 1
        return whole

    def _next(self, left: Sequence[str]) -> str:
        """Of those that are left, the largest groups first, who has most of the trait that is rarest."""
        largest = max(self.weights[self.row[key]] for key in left)
        left = [key for key in left if self.weights[self.row[key]] == largest]
        rows = [self.row[key] for key in left]
        among = self.traits[rows].sum(axis=0)
        if not (among > 0).any():
            return left[0]
        rarest = int(np.argmin(np.where(among > 0, among, np.inf)))
        return left[int(np.argmax(self.traits[rows, rarest]))]

    def _where(self, key: str, lacks: NDArray[np.float64], room: NDArray[np.float64]) -> int:
        """The split with room that placing it brings nearest to its share."""
        traits = self.traits[self.row[key]]
        gain = (self.cost * ((lacks - traits) ** 2 - lacks**2)).sum(axis=1)
        # room adds up to all that are left, so that a split without a share never fits nor has the most
        fits = np.flatnonzero(room >= self.weights[self.row[key]])
        open_to = fits.tolist() or np.flatnonzero(room == room.max()).tolist()
        return min(open_to, key=lambda split: (round(float(gain[split]), 9), -room[split], split))

    def exchange(self, placed: dict[str, int], free: Sequence[str], draw: random.Random) -> None:
        """Exchange free patients of equal weight between splits while that makes the splits more alike."""
        rows = np.array([self.row[key] for key in free])
        where = np.array([placed[key] for key in free])
        lacks = self.wanted.copy()
        for key, split in placed.items():
            lacks[split] -= self.traits[self.row[key]]
        for _ in range(MOST_PASSES):
            better = False
            for mine in range(len(free)):
                others = np.flatnonzero(
                    (where != where[mine]) & (self.weights[rows] == self.weights[rows[mine]])
                )
                if len(others) > MOST_PARTNERS:
                    others = np.array(sorted(draw.sample(others.tolist(), MOST_PARTNERS)))
                better |= self._exchange_one(mine, others, rows, where, lacks)
            if not better:
                break
        placed.update(zip(free, where.tolist(), strict=True))

    def _exchange_one(
        self,
        mine: int,
        others: NDArray[np.int64],
        rows: NDArray[np.int64],
        where: NDArray[np.int64],
        lacks: NDArray[np.float64],
    ) -> bool:
        """Exchange one patient with the best of others, where there is one that helps."""
        if not len(others):
            return False
        here, there = where[mine], where[others]
        moved = self.traits[rows[others]] - self.traits[rows[mine]]  # what comes here and leaves there
        change = self.cost[here] * ((lacks[here] - moved) ** 2 - lacks[here] ** 2)
        change = change + self.cost[there] * ((lacks[there] + moved) ** 2 - lacks[there] ** 2)
        gains = change.sum(axis=1)
        best = int(np.argmin(gains))
        if gains[best] > -LEAST_GAIN:
            return False
        lacks[here] -= moved[best]
        lacks[there[best]] += moved[best]
        where[mine], where[others[best]] = there[best], here
        return True


def _draw(seed: int, key: str) -> str:
    return hashlib.sha256(f"{seed}:{key}".encode()).hexdigest()
