"""Splits by patient: seeded, and alike in size and in fracture load.

All series of one patient stand in one split, as in the paper: the unit that is dealt out is the patient.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SPLIT_ORDER = ("training", "validation", "test")
FRACTION_TOLERANCE = 1e-6


@dataclass(frozen=True)
class SplitPatient:
    """A patient to place: its key, and what is to be spread evenly."""

    key: str
    series: int
    fractures: int


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
    patients: Sequence[SplitPatient], fractions: Mapping[str, float], seed: int
) -> dict[str, str]:
    """Patient key -> split.

    Patients are ordered from most fractures to fewest, in a seeded order where equal, and dealt one by one to
    the split that lags furthest behind its share. Dealing in that order spreads the fractured patients over
    the splits in the shares asked for, as the paper's splits do (135, 82 and 72 of 289 fractures). The result
    does not depend on the order in which patients are given.
    """
    shares = check_fractions(fractions)
    used = [split for split in SPLIT_ORDER if shares[split] > 0]
    ordered = sorted(patients, key=lambda p: (-p.fractures, -p.series, _draw(seed, p.key)))
    counts = dict.fromkeys(used, 0)
    placed: dict[str, str] = {}
    for index, patient in enumerate(ordered, start=1):
        split = max(used, key=lambda name: (shares[name] * index - counts[name], -SPLIT_ORDER.index(name)))
        counts[split] += 1
        placed[patient.key] = split
    return placed


def _draw(seed: int, key: str) -> str:
    return hashlib.sha256(f"{seed}:{key}".encode()).hexdigest()
