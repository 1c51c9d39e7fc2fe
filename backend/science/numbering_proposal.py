"""One reading of a mask's numbers, as it is shown to whoever confirms it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from backend.science.labels import name_of
from backend.science.regions import Region


@dataclass(frozen=True, slots=True)
class NumberingRow:
    """One number that was found, and what the proposal makes of it. ``level`` is a VerSe label or None."""

    number: int
    voxels: int
    volume_ml: float
    level: int | None
    reason: str

    @property
    def called(self) -> str:
        """The level's name, or that it is left out."""
        return "left out" if self.level is None else name_of(self.level)

    def to_json(self) -> dict[str, Any]:
        """For JSON: number, size, level and its name, and why."""
        return {
            "number": self.number,
            "voxels": self.voxels,
            "volume_ml": round(self.volume_ml, 2),
            "level": self.level,
            "name": None if self.level is None else name_of(self.level),
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class NumberingProposal:
    """One reading of a mask's numbers.

    ``key`` is what ``--numbering`` and the site are given to follow it; ``mapping`` holds every number that
    was found. ``certain`` says that nobody need be asked; ``remark`` is what should be said even so, or
    nothing. ``doubtful``: order or sizes speak against it.
    """

    key: str
    name: str
    mapping: dict[int, int | None]
    certain: bool
    why: str
    rows: tuple[NumberingRow, ...]
    remark: str = ""
    doubtful: bool = False

    @property
    def names_levels(self) -> bool:
        """Whether it names any level at all: of a spine under one number none does."""
        return any(level is not None for level in self.mapping.values())

    @property
    def table(self) -> str:
        """The mapping in one line, such as ``26 -> S, 27 -> L5``."""
        return ", ".join(f"{row.number} -> {row.called}" for row in self.rows)

    def to_json(self) -> dict[str, Any]:
        """For JSON, as the page of an upload shows it: all but the mapping, which the rows hold."""
        return {
            "key": self.key,
            "name": self.name,
            "certain": self.certain,
            "why": self.why,
            "remark": self.remark,
            "doubtful": self.doubtful,
            "names_levels": self.names_levels,
            "rows": [row.to_json() for row in self.rows],
        }


def row_of(region: Region, level: int | None, reason: str) -> NumberingRow:
    """The row of one number; ``reason`` may be empty where nothing is to be said."""
    said = reason or ("no vertebra: left out" if level is None else "order and size fit")
    return NumberingRow(region.number, region.voxels, region.volume_ml, level, said)


def listed(numbers: Sequence[int]) -> str:
    """The first eight numbers, for a sentence."""
    return ", ".join(map(str, numbers[:8])) + (" ..." if len(numbers) > 8 else "")
