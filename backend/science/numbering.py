"""Whose numbers a mask holds: VerSe's, or another program's that have to be translated first.

A number alone says nothing: 27 is the coccyx to VerSe and L5 to TotalSegmentator. Order along the patient and
sizes tell. What is not plainly VerSe's is proposed as a table and must be confirmed by a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from backend.science import numbering_fit as fit
from backend.science.errors import BadInput
from backend.science.labels import BY_LABEL, SACRUM, label_of, name_of, sort_labels
from backend.science.numbering_proposal import NumberingProposal, NumberingRow, listed, row_of
from backend.science.numbering_tables import (
    OTHERS,
    SUBREGION_COMPANIONS,
    SUBREGIONS,
    USUAL_SPINE,
    VERSE,
    Table,
)
from backend.science.regions import Region, regions_of
from backend.science.volume import Mask, label_voxels

CONSECUTIVE = "consecutive"
SINGLE = "single"
#: What ``--numbering`` takes, for help texts and refusals.
NUMBERING_CHOICES = (
    VERSE.key,
    *(table.key for table in OTHERS),
    f"{CONSECUTIVE}:LEVEL (such as {CONSECUTIVE}:T9, the topmost)",
    "NUMBER=LEVEL,... (such as 1=L1,2=L2,3=none)",
)
# a vertebra with its processes reaches some 60 mm along the spine
_ONE_VERTEBRA_MM = 95.0


def propose_numberings(mask: Mask) -> tuple[NumberingProposal, ...]:
    """Every reading of a mask's numbers that they allow, the likeliest first; never empty.

    The mask may hold any numbers from 0 to 255. Only VerSe's own numbers, in an order and of sizes that they
    can have, come out ``certain``; a lone 1 never does.
    """
    regions = regions_of(mask)
    if not regions:
        return (NumberingProposal(VERSE.key, VERSE.name, {}, True, "the mask is empty", ()),)
    verse = _of_table(VERSE, regions)
    others = [proposal for table in OTHERS if (proposal := _of_table(table, regions)) is not None]
    if verse is not None:
        # TPTBox counts vertebrae as VerSe does: a second reading of the same numbers is no help
        others = [p for p in others if p.mapping != verse.mapping]
    others = [p for p in others if _credible(p, regions)]
    without_levels = [*_parts(regions), *_whole_spine(regions)]
    if without_levels and not (verse is not None and 1 not in regions):
        return tuple(without_levels)
    found = [*_single(regions), *others, *_consecutive_guess(regions)]
    if verse is not None:
        found.append(_judge_verse(verse, regions, found))
    if not found:
        found = [_unknown(regions)]
    ranked = sorted(found, key=lambda proposal: _cost(proposal, regions))
    return tuple(sorted(ranked, key=lambda proposal: not proposal.certain))


def needs_confirmation(proposals: Iterable[NumberingProposal]) -> bool:
    """Whether a person has to say what the numbers mean before the mask may be used."""
    return not any(proposal.certain for proposal in proposals)


def numbering_called(key: str, mask: Mask) -> NumberingProposal:
    """The reading that a person has chosen, by its key; see ``NUMBERING_CHOICES``.

    Raises
    ------
    BadInput
        ``unknown_numbering`` for a key that is none, ``unknown_labels`` where it leaves a number out.
    """
    regions = regions_of(mask)
    head, _, rest = key.strip().partition(":")
    for table in (VERSE, *OTHERS):
        if head == table.key and not rest:
            return _chosen(table.key, table.name, table.levels, regions)
    if head == CONSECUTIVE and rest:
        return _consecutive(regions, _level(rest))
    if "=" in key:
        return _chosen(key, "as told", _pairs(key), regions)
    listed = "; ".join(NUMBERING_CHOICES)
    raise BadInput("unknown_numbering", f"there is no numbering {key!r}. There are: {listed}")


def apply_numbering(mask: Mask, mapping: Mapping[int, int | None]) -> Mask:
    """The mask in VerSe's numbers. Numbers that map to None become background; two may become one level.

    Raises
    ------
    BadInput
        ``unknown_labels`` for a number that the mapping lacks or a level that is none, ``no_levels`` where a
        mask that holds something would be left empty.
    """
    numbers = list(label_voxels(mask.array))
    lacking = [number for number in numbers if number not in mapping]
    if lacking:
        raise BadInput("unknown_labels", f"the numbering does not say what {listed(lacking)} is")
    if any(level is not None and level not in BY_LABEL for level in mapping.values()):
        raise BadInput("unknown_labels", "the numbering names levels that are not VerSe's")
    if numbers and all(mapping[number] is None for number in numbers):
        raise BadInput("no_levels", "the numbers of the mask do not tell one vertebra from another")
    table = np.zeros(256, dtype=np.uint8)
    for number in numbers:
        table[number] = mapping[number] or 0
    if all(mapping[number] == number for number in numbers):
        return mask
    return Mask(mask.geometry, np.asfortranarray(table[mask.array]))


def _of_table(table: Table, regions: Mapping[int, Region]) -> NumberingProposal | None:
    """The reading by a table; None where it lacks a number or no number would be a vertebra."""
    if any(number not in table.levels for number in regions):
        return None
    mapping = {number: table.levels[number] for number in regions}
    levels = {level for level in mapping.values() if level is not None}
    if not levels or (levels == {SACRUM} and None in mapping.values()):
        return None  # a sacrum among organs is what any mask looks like by some table
    faults = fit.faults_of(regions, mapping)
    why = f"the numbers are those of {table.name}"
    if faults.count == 0:
        why += ", and so are order and sizes"
    else:
        why += f", but {faults.first}"
    rows = _rows(regions, mapping, faults)
    return NumberingProposal(table.key, table.name, mapping, False, why, rows, doubtful=faults.count > 0)


def _credible(proposal: NumberingProposal, regions: Mapping[int, Region]) -> bool:
    """Whether order and sizes speak against it at no more than a third of its levels."""
    named = sum(level is not None for level in proposal.mapping.values())
    return fit.faults_of(regions, proposal.mapping).count * 3 <= named


def _judge_verse(
    verse: NumberingProposal, regions: Mapping[int, Region], others: list[NumberingProposal]
) -> NumberingProposal:
    """Whether the numbers are plainly VerSe's, or what speaks against it."""
    faults = fit.faults_of(regions, verse.mapping)
    if set(regions) == {1}:
        return replace(verse, why="a lone 1 is C1 to VerSe, and any vertebra or the whole spine to others")
    consecutive = next((p for p in others if p.key.startswith(CONSECUTIVE)), None)
    if consecutive is not None and not fit.starts_at_c1(regions):
        return replace(
            verse, why=f"the numbers run from 1 on as VerSe's, but the sizes fit {_span(consecutive)}"
        )
    tables = [p for p in others if p.key in {table.key for table in OTHERS}]
    better = next((p for p in tables if fit.fits_better(regions, p.mapping, verse.mapping)), None)
    if better is not None:
        because = f": {faults.first}" if faults.count else ""
        return replace(verse, why=f"order and sizes fit {better.name} better than VerSe{because}")
    if len(regions) >= 3 and faults.count * 2 >= len(regions):
        return replace(verse, why=f"the numbers are VerSe's, but {faults.first}")
    remark = f"the numbers are taken as VerSe's, although {faults.first}" if faults.count else ""
    return replace(verse, certain=True, remark=remark)


def _span(proposal: NumberingProposal) -> str:
    levels = sort_labels(level for level in proposal.mapping.values() if level is not None)
    return f"{name_of(levels[0])} to {name_of(levels[-1])}"


def _parts(regions: Mapping[int, Region]) -> list[NumberingProposal]:
    """Parts of vertebrae by TPTBox's numbers: several of them, and nothing else."""
    parts = [number for number in regions if number in SUBREGIONS]
    if len(parts) < 3 or not all(n in SUBREGIONS or n in SUBREGION_COMPANIONS for n in regions):
        return []
    rows = tuple(
        row_of(region, None, SUBREGIONS.get(number, "")) for number, region in sorted(regions.items())
    )
    why = "the numbers are parts of vertebrae (arch, processes, body), not levels: use the mask of vertebrae"
    mapping: dict[int, int | None] = dict.fromkeys(regions)
    return [NumberingProposal("parts", "SPINEPS and TPTBox, parts of vertebrae", mapping, False, why, rows)]


def _whole_spine(regions: Mapping[int, Region]) -> list[NumberingProposal]:
    """One number that covers more than a vertebra can, with or without a second one for the discs."""
    tall = [region for region in regions.values() if region.extent_mm[2] > _ONE_VERTEBRA_MM]
    if not tall or (len(regions) > 1 and set(regions) != {1, 2}):
        return []
    most = max(tall, key=lambda region: region.voxels)
    why = (
        f"{most.number} covers {most.volume_ml:.0f} ml and {most.extent_mm[2]:.0f} mm along the spine: "
        "more than one vertebra under one number. Give each vertebra a number of its own first"
    )
    mapping: dict[int, int | None] = dict.fromkeys(regions)
    rows = tuple(row_of(region, None, "more than one vertebra") for region in regions.values())
    return [NumberingProposal("one-number", "the whole spine under one number", mapping, False, why, rows)]


def _single(regions: Mapping[int, Region]) -> list[NumberingProposal]:
    """One vertebra under a number that says nothing."""
    if len(regions) > 1 or _whole_spine(regions):
        return []
    ((number, region),) = regions.items()
    if number != 1 and number in BY_LABEL:
        return []
    why = f"a lone {number} does not say which vertebra it is"
    mapping: dict[int, int | None] = {number: None}
    rows = (row_of(region, None, "which level?"),)
    return [NumberingProposal(SINGLE, "a single number", mapping, False, why, rows)]


def _consecutive_guess(regions: Mapping[int, Region]) -> list[NumberingProposal]:
    """Numbers from 1 on without a gap along the spine, as nnU-Net's data sets have them."""
    ordered = fit.from_the_head(regions)
    if ordered is None:
        return []
    top = fit.likeliest_top(ordered)
    proposal = _consecutive(regions, top)
    why = (
        f"the numbers run from 1 to {len(ordered)} along the spine; they tell the order, not the level. "
        f"The sizes fit {_span(proposal)} best"
    )
    return [replace(proposal, why=why)]


def _consecutive(regions: Mapping[int, Region], top: int) -> NumberingProposal:
    ordered = fit.by_height(regions)
    start = USUAL_SPINE.index(top) if top in USUAL_SPINE else len(USUAL_SPINE)
    levels = USUAL_SPINE[start : start + len(ordered)]
    if len(levels) < len(ordered):
        count = len(ordered)
        raise BadInput("unknown_numbering", f"there are no {count} levels from {name_of(top)} downwards")
    mapping: dict[int, int | None] = {
        region.number: level for region, level in zip(ordered, levels, strict=True)
    }
    key = f"{CONSECUTIVE}:{name_of(top)}"
    return _chosen(key, f"consecutive numbers from {name_of(top)} down", mapping, regions)


def _unknown(regions: Mapping[int, Region]) -> NumberingProposal:
    mapping = {number: number if number in BY_LABEL else None for number in regions}
    rows = tuple(
        row_of(region, mapping[number], "" if number in BY_LABEL else "no known number")
        for number, region in sorted(regions.items())
    )
    strange = [number for number in sorted(regions) if number not in BY_LABEL]
    why = f"no known numbering has {listed(strange)} beside the others"
    return NumberingProposal("unknown", "no known numbering", mapping, False, why, rows)


def _chosen(
    key: str, name: str, levels: Mapping[int, int | None], regions: Mapping[int, Region]
) -> NumberingProposal:
    lacking = [number for number in regions if number not in levels]
    if lacking:
        raise BadInput("unknown_labels", f"the numbering {key} does not say what {listed(lacking)} is")
    mapping = {number: levels[number] for number in regions}
    faults = fit.faults_of(regions, mapping)
    remark = f"numbered as {name}, although {faults.first}" if faults.count else ""
    rows, doubtful = _rows(regions, mapping, faults), faults.count > 0
    return NumberingProposal(key, name, mapping, False, f"chosen: {name}", rows, remark, doubtful)


def _pairs(text: str) -> dict[int, int | None]:
    pairs: dict[int, int | None] = {}
    for part in text.split(","):
        found = re.fullmatch(r"\s*(\d{1,3})\s*=\s*(\w+)\s*", part)
        if found is None:
            raise BadInput("unknown_numbering", f"{part.strip()!r} is not NUMBER=LEVEL, such as 1=L1")
        word = found.group(2)
        pairs[int(found.group(1))] = None if word.lower() in ("none", "0") else _level(word)
    return pairs


def _level(name: str) -> int:
    try:
        return label_of(name)
    except KeyError:
        raise BadInput("unknown_numbering", f"there is no level {name!r}") from None


def _rows(
    regions: Mapping[int, Region], mapping: Mapping[int, int | None], faults: fit.Faults
) -> tuple[NumberingRow, ...]:
    return tuple(
        row_of(region, mapping[number], faults.reasons.get(number, ""))
        for number, region in sorted(regions.items())
    )


def _cost(proposal: NumberingProposal, regions: Mapping[int, Region]) -> float:
    if not proposal.names_levels:
        return -1.0  # such a mask cannot be what any of the others says
    return fit.cost_of(regions, proposal.mapping)
