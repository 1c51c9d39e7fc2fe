"""The reading of a mask's numbers by what a table beside it calls them."""

from __future__ import annotations

from collections.abc import Mapping

from backend.science import numbering_fit as fit
from backend.science.labels import name_of, sort_labels
from backend.science.numbering_proposal import NumberingProposal, listed, row_of
from backend.science.regions import Region, regions_of
from backend.science.volume import Mask


def proposal_by_names(
    mask: Mask, names: Mapping[int, str], levels: Mapping[int, int], source: str
) -> NumberingProposal | None:
    """The reading by what a table calls each number; None where it names no level that the mask holds.

    ``names`` are the table's, ``levels`` the VerSe labels of those that are vertebrae. It is certain where
    every number of the mask has a name, no level two, and sizes and order do not speak against half of them.
    """
    regions = regions_of(mask)
    if not any(number in levels for number in regions):
        return None
    mapping = {number: levels.get(number) for number in regions}
    faults = fit.faults_of(regions, mapping)
    doubts = _doubts(regions, names, mapping)
    named = sum(level is not None for level in mapping.values())
    if named >= 3 and faults.count * 2 >= named:
        doubts.append(faults.first)
    rows = tuple(
        row_of(region, mapping[number], _reason(number, names, mapping))
        for number, region in sorted(regions.items())
    )
    key = ",".join(f"{row.number}={'none' if row.level is None else name_of(row.level)}" for row in rows)
    why = f"{source} names the numbers" + (f", but {'; '.join(doubts)}" if doubts else "")
    said = ", ".join(f"{row.number} -> {row.called}" for row in rows)
    remark = f"numbered by {source}: {said}" + (f", although {faults.first}" if faults.count else "")
    return NumberingProposal(key, source, mapping, not doubts, why, rows, remark, faults.count > 0)


def _doubts(
    regions: Mapping[int, Region], names: Mapping[int, str], mapping: Mapping[int, int | None]
) -> list[str]:
    doubts = []
    if nameless := sorted(set(regions) - set(names)):
        doubts.append(f"it does not name {listed(nameless)}")
    given = [level for level in mapping.values() if level is not None]
    if twice := sort_labels({level for level in given if given.count(level) > 1}):
        doubts.append(f"it names {', '.join(map(name_of, twice))} twice")
    return doubts


def _reason(number: int, names: Mapping[int, str], mapping: Mapping[int, int | None]) -> str:
    """Without the table's own words: they may name a person, and reasons are kept."""
    if number not in names:
        return "not named by the table"
    return "named so by the table" if mapping[number] is not None else "named as something else by the table"
