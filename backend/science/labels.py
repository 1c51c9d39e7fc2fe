"""The label table: VerSe numbers, names, regions, anatomical order and colours.

The one source of labels. Numbers are not in anatomical order (T13 is 28 and lies between T12 and L1), so
everything that sorts or steps to a neighbour goes through ``order``. The TypeScript table of the front end
is generated from here (``python -m backend.science labels --typescript``).

Source of the numbers: the VerSe data set's README and utilities.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Region = Literal["cervical", "thoracic", "lumbar", "sacral", "coccygeal"]


@dataclass(frozen=True, slots=True)
class Level:
    """One entry of the table. ``order`` counts from the head down; ``color`` is sRGB as ``#rrggbb``."""

    label: int
    name: str
    region: Region
    order: int
    color: str

    @property
    def thoracolumbar(self) -> bool:
        """Whether the level is graded for fracture (Genant is defined for T1-L6 and T13 only)."""
        return self.region in ("thoracic", "lumbar")

    @property
    def rgb(self) -> tuple[int, int, int]:
        """The colour as red, green and blue from 0 to 255."""
        value = int(self.color[1:], 16)
        return value >> 16, value >> 8 & 255, value & 255


BACKGROUND = 0
SACRUM = 26
COCCYX = 27
T13 = 28
L6 = 25

_ORDER: tuple[tuple[int, str, Region], ...] = (
    *((label, f"C{label}", "cervical") for label in range(1, 8)),
    *((label, f"T{label - 7}", "thoracic") for label in range(8, 20)),
    (T13, "T13", "thoracic"),
    *((label, f"L{label - 19}", "lumbar") for label in range(20, 26)),
    (SACRUM, "S", "sacral"),
    (COCCYX, "Cocc", "coccygeal"),
)

# In anatomical order. Neighbours, and neighbours but one, lie far apart in hue and differ in lightness
# (OKLCH, hue stepped by 137.5 degrees, lightness in a cycle of three), so that a wrong border shows on grey.
_COLORS = (
    "#f66d67",
    "#1cdf9d",
    "#9769dc",
    "#d09106",
    "#0ed4f6",
    "#cf5290",
    "#7ab22c",
    "#a1bcff",
    "#d55c13",
    "#1eb6a5",
    "#ec98ff",
    "#9b860d",
    "#15abeb",
    "#fe9ea9",
    "#01a14a",
    "#9a8bfe",
    "#ffa746",
    "#0498a2",
    "#e16fbf",
    "#b5cb32",
    "#3286e9",
    "#f56f55",
    "#19ddaf",
    "#a265d4",
    "#c69611",
    "#2ed1ff",
    "#d35182",
    "#65b643",
)

LEVELS: tuple[Level, ...] = tuple(
    Level(label=label, name=name, region=region, order=order, color=color)
    for order, ((label, name, region), color) in enumerate(zip(_ORDER, _COLORS, strict=True))
)
BY_LABEL: dict[int, Level] = {level.label: level for level in LEVELS}
_BY_NAME: dict[str, Level] = {level.name.upper(): level for level in LEVELS}

ANATOMICAL_ORDER: tuple[int, ...] = tuple(level.label for level in LEVELS)
VALID_LABELS: frozenset[int] = frozenset(BY_LABEL)
THORACOLUMBAR: frozenset[int] = frozenset(level.label for level in LEVELS if level.thoracolumbar)
MAX_LABEL = max(VALID_LABELS)


def name_of(label: int) -> str:
    """Name of a label, such as ``"L1"`` for 20. Raises ``KeyError`` for a number not in the table."""
    return BY_LABEL[int(label)].name


def label_of(name: str) -> int:
    """Number of a level's name, whatever its case. Raises ``KeyError`` for an unknown name."""
    return _BY_NAME[name.strip().upper()].label


def order_of(label: int) -> int:
    """Position from the head down. Raises ``KeyError`` for a number not in the table."""
    return BY_LABEL[int(label)].order


def sort_labels(labels: Iterable[int]) -> list[int]:
    """The labels from the head down; numbers outside the table come last, in numeric order."""
    return sorted(
        (int(label) for label in labels),
        key=lambda label: (BY_LABEL[label].order if label in BY_LABEL else len(LEVELS), label),
    )


def successors(label: int) -> frozenset[int]:
    """Labels that may follow directly below ``label`` in a spine without a gap.

    T13 and L6 are variants, T12 and L5 may be missing: T11 or T12 or T13 may precede L1, L4 (with a
    sacralised L5), L5 or L6 may precede the sacrum.
    """
    special: dict[int, frozenset[int]] = {
        18: frozenset({19, 20}),
        19: frozenset({20, T13}),
        T13: frozenset({20}),
        23: frozenset({24, SACRUM}),
        24: frozenset({L6, SACRUM}),
        L6: frozenset({SACRUM}),
        SACRUM: frozenset({COCCYX}),
        COCCYX: frozenset(),
    }
    return special.get(label, frozenset({label + 1}))


_TYPESCRIPT_HEAD = """\
// Generated from backend/science/labels.py by `python -m backend.science labels --typescript`. Do not edit.

export type Region = "cervical" | "thoracic" | "lumbar" | "sacral" | "coccygeal";

export interface Level {
  /** Number in a mask, as VerSe counts. */
  readonly label: number;
  readonly name: string;
  readonly region: Region;
  /** Position from the head down. */
  readonly order: number;
  /** Graded for fracture: T1-L6 and T13. */
  readonly thoracolumbar: boolean;
  /** sRGB, #rrggbb. */
  readonly color: string;
  readonly rgb: readonly [number, number, number];
}

/** Every level from the head down. */
export const LEVELS: readonly Level[] = [
"""


def typescript_table() -> str:
    """The table as a TypeScript module: the same text for the same table."""
    rows = "".join(
        f"  {{ label: {level.label}, name: {json.dumps(level.name)}, region: {json.dumps(level.region)}, "
        f"order: {level.order}, thoracolumbar: {json.dumps(level.thoracolumbar)}, "
        f"color: {json.dumps(level.color)}, rgb: [{', '.join(map(str, level.rgb))}] }},\n"
        for level in LEVELS
    )
    return f"{_TYPESCRIPT_HEAD}{rows}];\n"
