"""The one way in which every command reads its masks and CTs: one set of rules, and everything said.

A mask comes back in VerSe's numbers or is refused with the numberings that it may have; two files of one case
come back in one axis order, without a voxel resampled.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from backend.science.errors import BadInput
from backend.science.formats import nifti
from backend.science.formats.label_table import LabelTable, belongs_to, is_label_table, read_label_table
from backend.science.formats.nifti_grid import Remark
from backend.science.formats.verse import parse_name
from backend.science.labels import BY_LABEL, COCCYX, SACRUM, label_of, name_of
from backend.science.numbering import (
    SINGLE,
    apply_numbering,
    needs_confirmation,
    numbering_called,
    propose_numberings,
)
from backend.science.numbering_named import proposal_by_names
from backend.science.numbering_proposal import NumberingProposal, NumberingRow
from backend.science.placing import common_grid, require_on
from backend.science.volume import Mask, Volume, label_voxels

BY_NAME = "names"
_VERTEBRA = re.compile(
    r"(?:^|[_\-. ])vertebrae?[_\- ]?(C[1-7]|T1[0-3]|T[1-9]|L[1-6]|S1?|sacrum|coccyx)$", re.IGNORECASE
)
_SACRAL = {"S1": SACRUM, "SACRUM": SACRUM, "COCCYX": COCCYX}


@dataclass(frozen=True, slots=True)
class FileRemark:
    """Something that should be said of a file by its name."""

    file: str
    remark: Remark

    def __str__(self) -> str:
        return f"{self.file}: {self.remark.message}"


@dataclass(frozen=True, slots=True, eq=False)
class ReadMask:
    """A mask in VerSe's numbers, in its file's axis order, the numbering that was followed, and remarks."""

    name: str
    mask: Mask
    numbering: NumberingProposal
    remarks: tuple[FileRemark, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ReadVolume:
    """A CT in its file's axis order, and remarks."""

    name: str
    volume: Volume
    remarks: tuple[FileRemark, ...]


def read_mask_file(path: Path, *, numbering: str | None = None) -> ReadMask:
    """A mask whose numbers are VerSe's, or have been translated to them.

    ``numbering`` is what a person says of the numbers (``numbering.NUMBERING_CHOICES``); without it only what
    is plainly VerSe's, or named by its file, is taken. A mask that is plainly VerSe's and does not fit it is
    taken as it is, and that is said: one option holds for several masks.

    Raises
    ------
    BadInput
        ``numbering_unconfirmed`` with the numberings that are recognised; ``unknown_labels``,
        ``unknown_numbering``, ``no_levels``; and what ``nifti.read_mask`` raises.
    """
    found, said = nifti.read_mask_said(path, labels=None)
    proposals = _proposals_of(path, found)
    try:
        if numbering is None and needs_confirmation(proposals):
            raise BadInput("numbering_unconfirmed", question_with_options(proposals))
        return _translated(path.name, found, said, proposals, numbering)
    except BadInput as error:
        raise error.about(path) from error


def read_mask_to_judge(
    path: Path, *, numbering: str | None = None
) -> tuple[ReadMask, tuple[NumberingProposal, ...]]:
    """The same for who judges the mask itself: numbers that nobody has confirmed are left as they are.

    With the readings of the numbers, so that they can be pointed out. Raises as ``read_mask_file`` does, but
    not for numbers that have to be confirmed.
    """
    found, said = nifti.read_mask_said(path, labels=None)
    proposals = _proposals_of(path, found)
    if numbering is None and needs_confirmation(proposals):
        remarks = tuple(FileRemark(path.name, one) for one in said)
        return ReadMask(path.name, found, proposals[0], remarks), proposals
    try:
        read = _translated(path.name, found, said, proposals, numbering)
    except BadInput as error:
        raise error.about(path) from error
    return read, (replace(read.numbering, certain=True),)


def _proposals_of(path: Path, found: Mask) -> tuple[NumberingProposal, ...]:
    """The readings of a mask file, that of the table of labels beside it first."""
    proposals = proposals_for(found, path.name)
    for beside in sorted(path.parent.iterdir()):
        if belongs_to(beside.name, path.name) and beside.is_file():
            with beside.open("rb") as stream:
                start = stream.read(352)
            if is_label_table(beside.name, start):
                return with_table(proposals, found, read_label_table(beside), beside.name)
    return proposals


def _translated(
    name: str,
    found: Mask,
    said: Sequence[Remark],
    proposals: Sequence[NumberingProposal],
    numbering: str | None,
) -> ReadMask:
    chosen, remarks = proposals[0], list(said)
    if numbering is not None:
        told = _told(numbering, found, proposals[0])
        if told is None:
            remarks.append(Remark("numbering", f"plainly VerSe's numbers: {numbering} was not applied"))
        else:
            chosen = told
    mask = apply_numbering(found, chosen.mapping)
    remarks += numbering_remarks(chosen)
    return ReadMask(name, mask, chosen, tuple(FileRemark(name, one) for one in remarks))


def _told(numbering: str, found: Mask, first: NumberingProposal) -> NumberingProposal | None:
    """What a person says the numbers mean; None for a mask that is plainly VerSe's and cannot be that."""
    plainly_verse = first.certain and first.key == "verse"
    try:
        told = numbering_called(numbering, found)
    except BadInput as error:
        if plainly_verse and error.code == "unknown_labels":
            return None
        raise
    if plainly_verse and (not told.names_levels or (told.doubtful and not first.doubtful)):
        return None
    return told


def read_volume_file(path: Path) -> ReadVolume:
    """A CT from a NIfTI file, with what should be said of it. Raises as ``nifti.read_volume`` does."""
    volume, said = nifti.read_volume_said(path)
    return ReadVolume(path.name, volume, tuple(FileRemark(path.name, one) for one in said))


def beside(mask: ReadMask, volume: ReadVolume) -> tuple[ReadMask, Volume]:
    """A mask on the grid of its CT, in the CT's axis order. Raises ``BadInput`` ``other_grid``."""
    placed = require_on(mask.mask, volume.volume.geometry, of=volume.name, source=mask.name)
    return _moved(mask, placed, volume.name), volume.volume


def on_one_grid(masks: Sequence[ReadMask]) -> list[ReadMask]:
    """The masks on one grid that holds them all, in the axis order of the first; nothing is resampled.

    Raises
    ------
    BadInput
        ``other_grid`` naming the first mask whose voxels are others than the first one's.
    """
    target = common_grid([one.mask.geometry for one in masks])
    of = masks[0].name
    return [_moved(one, require_on(one.mask, target, of=of, source=one.name), of) for one in masks]


def proposals_for(mask: Mask, name: str) -> tuple[NumberingProposal, ...]:
    """The readings of a mask's numbers, that of its file's name first where it names one vertebra."""
    proposals = propose_numberings(mask)
    level, numbers = level_in_name(name), label_voxels(mask.array)
    if level is None or len(numbers) != 1 or any(p.key == "one-number" for p in proposals):
        return proposals
    ((number, voxels),) = numbers.items()
    if number == level:
        return proposals
    ml = voxels * mask.geometry.voxel_volume_mm3 / 1000
    row = NumberingRow(number, voxels, ml, level, "by the file's name")
    why = f"the file is named after {name_of(level)}"
    by_name = NumberingProposal(BY_NAME, "file names", {number: level}, True, why, (row,), remark=why)
    return (by_name, *(replace(proposal, certain=False) for proposal in proposals))


def with_table(
    proposals: tuple[NumberingProposal, ...], mask: Mask, table: LabelTable, name: str = ""
) -> tuple[NumberingProposal, ...]:
    """The readings with that of a table of labels first; unchanged where it names no level of the mask.

    It is certain where the table names every number of the mask, no level twice, and sizes and order do not
    speak against most of it. What is named and is no vertebra is left out, and that is said. ``name`` is the
    table's file, for its owner's eyes only.
    """
    named = proposal_by_names(mask, table.names, table.levels, f"{table.program}'s table {name}".rstrip())
    if named is None:
        return proposals
    return (named, *(replace(proposal, certain=False) for proposal in proposals))


def level_in_name(name: str) -> int | None:
    """The vertebra that a file is named after, such as 20 for ``vertebrae_L1.nii.gz``; None for none."""
    stem = parse_name(name).stem
    if stem.lower() in ("sacrum", "coccyx"):
        return _SACRAL[stem.upper()]
    found = _VERTEBRA.search(stem)
    if found is None:
        return None
    word = found.group(1).upper()
    return _SACRAL[word] if word in _SACRAL else label_of(word)


def numbering_remarks(chosen: NumberingProposal) -> list[Remark]:
    """What should be said of the numbering that was followed: nothing where it is plainly VerSe's."""
    if chosen.remark:
        return [Remark("numbering", chosen.remark)]
    if all(number == level for number, level in chosen.mapping.items()):
        return []
    return [Remark("numbering", f"numbered as {chosen.name}: {chosen.table}")]


def question(proposals: Sequence[NumberingProposal]) -> str:
    """Why the numbers have to be confirmed, and what they may be."""
    first = proposals[0]
    text = f"its numbers have to be confirmed: {first.why}"
    return f"{text} ({first.table})" if first.names_levels else text


def question_with_options(proposals: Sequence[NumberingProposal]) -> str:
    """The same for the command line, with the options by which to answer, in one line."""
    first = proposals[0]
    named = [proposal for proposal in proposals if proposal.names_levels]
    if not named and first.key != SINGLE:
        return question(proposals)
    options = [f"--numbering {proposal.key} ({proposal.name})" for proposal in named]
    return f"{question(proposals)}. Say which they are: {'; '.join([*options, '--numbering 1=L1,2=L2,...'])}"


def merged_by_name(masks: Iterable[tuple[str, Mask]]) -> tuple[Mask, list[Remark], NumberingProposal]:
    """Masks of one vertebra each, named after it, as one mask on the grid of the first.

    From the head down: where two overlap the upper one keeps the voxels, and that is said. Each must hold one
    number at most and lie on the grid of the first. Raises ``BadInput`` ``other_grid``.
    """
    levels = sorted(
        ((level_in_name(name), name, mask) for name, mask in masks),
        key=lambda entry: BY_LABEL[entry[0]].order if entry[0] is not None else len(BY_LABEL),
    )
    geometry = levels[0][2].geometry
    array = np.zeros(geometry.shape, dtype=np.uint8, order="F")
    rows, remarks = [], []
    for level, name, mask in levels:
        if level is None:
            raise ValueError(f"{name} names no vertebra")
        drawn = require_on(mask, geometry, of=levels[0][1], source=name).array != 0
        taken = drawn & (array != 0) & (array != level)
        if count := int(np.count_nonzero(taken)):
            others = ", ".join(name_of(other) for other in label_voxels(np.where(taken, array, 0)))
            message = (
                f"{count} voxels of {name_of(level)} lie in {others} as well: they were left to the upper one"
            )
            remarks.append(Remark("overlap", message))
        array[drawn & (array == 0)] = level
        voxels = int(np.count_nonzero(drawn))
        if voxels:
            ml = voxels * geometry.voxel_volume_mm3 / 1000
            rows.append(NumberingRow(1, voxels, ml, level, f"by the name {name}"))
    listed = ", ".join(name_of(row.level) for row in rows if row.level is not None) or "none"
    why = f"merged from files named by vertebra: {listed}"
    mapping: dict[int, int | None] = {row.level: row.level for row in rows if row.level is not None}
    proposal = NumberingProposal(BY_NAME, "file names", mapping, True, why, tuple(rows), remark=why)
    return Mask(geometry, array), remarks, proposal


def _moved(one: ReadMask, placed: Mask, onto: str) -> ReadMask:
    if placed.array.size == one.mask.array.size:
        return replace(one, mask=placed)
    message = f"its extent was cut to its content: pasted into the grid of {onto}, no voxel resampled"
    return replace(one, mask=placed, remarks=(*one.remarks, FileRemark(one.name, Remark("pasted", message))))


__all__ = [
    "BY_NAME",
    "FileRemark",
    "ReadMask",
    "ReadVolume",
    "beside",
    "level_in_name",
    "merged_by_name",
    "numbering_remarks",
    "on_one_grid",
    "proposals_for",
    "question",
    "question_with_options",
    "read_mask_file",
    "read_volume_file",
    "with_table",
]
