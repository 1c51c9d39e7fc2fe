"""What the numbers of known segmentation programs mean: a VerSe level, or something that is no vertebra.

Sources: TotalSegmentator's class maps (tasks ``total`` of version 1 and 2, ``vertebrae_mr`` and the
intermediate vertebra part; ``vertebrae_pp`` counts C1 to L5 as 1 to 24, as VerSe does); TPTBox's constants,
which SPINEPS writes (29-33 S2-S6, ribs from 40 on, discs 100 and end plates 200 above their vertebra, parts
of a vertebra 41-50).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backend.science.labels import COCCYX, SACRUM, VALID_LABELS

# from the sacrum upwards, as TotalSegmentator counts
_UPWARDS = tuple(range(24, 0, -1))


@dataclass(frozen=True, slots=True)
class Table:
    """A known numbering. ``levels`` holds every number that it uses; None is no vertebra."""

    key: str
    name: str
    levels: Mapping[int, int | None]


def _upwards(first: int, *, sacrum: tuple[int, ...], last: int) -> dict[int, int | None]:
    """L5 has the number ``first``, each vertebra above it one more; other numbers up to ``last`` are none."""
    table: dict[int, int | None] = dict.fromkeys(range(1, last + 1))
    table |= {first + step: level for step, level in enumerate(_UPWARDS)}
    return table | dict.fromkeys(sacrum, SACRUM)


def _spineps() -> dict[int, int | None]:
    table: dict[int, int | None] = {label: label for label in VALID_LABELS}
    table |= dict.fromkeys(range(29, 34), SACRUM)
    table |= dict.fromkeys(range(40, 61))
    return table | dict.fromkeys([*range(100, 134), *range(200, 234)])


VERSE = Table("verse", "VerSe", {label: label for label in sorted(VALID_LABELS)})

#: Those that must be confirmed by somebody before they are followed.
OTHERS: tuple[Table, ...] = (
    Table("totalsegmentator", "TotalSegmentator 2", _upwards(27, sacrum=(25, 26), last=117)),
    Table("totalsegmentator-v1", "TotalSegmentator 1", _upwards(18, sacrum=(92,), last=104)),
    Table("totalsegmentator-mr", "TotalSegmentator, vertebrae_mr", _upwards(2, sacrum=(1,), last=25)),
    Table(
        "totalsegmentator-part",
        "TotalSegmentator, vertebra part of total",
        _upwards(3, sacrum=(1, 2), last=26),
    ),
    Table("spineps", "SPINEPS and TPTBox, vertebrae with discs", _spineps()),
)

#: Parts of vertebrae in TPTBox and SPINEPS, which say nothing of levels.
SUBREGIONS: Mapping[int, str] = {
    41: "arch",
    42: "spinous process",
    43: "left costal process",
    44: "right costal process",
    45: "left superior articular process",
    46: "right superior articular process",
    47: "left inferior articular process",
    48: "right inferior articular process",
    49: "border of the body",
    50: "body",
}
# what SPINEPS adds to its parts: canal, cord, discs, end plates, sacrum
SUBREGION_COMPANIONS = frozenset({*range(51, 70), 100, 26, 80})

#: The usual spine from the head down, along which consecutive numbers are laid.
USUAL_SPINE: tuple[int, ...] = (*range(1, 25), SACRUM, COCCYX)
