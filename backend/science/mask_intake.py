"""Masks of an upload on their way to their CTs: whose numbers they hold, single vertebrae joined by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from backend.science.errors import BadInput
from backend.science.formats.label_table import LabelTable, belongs_to, read_label_table
from backend.science.formats.nifti_grid import Remark
from backend.science.geometry import canonical_geometry
from backend.science.numbering import (
    apply_numbering,
    needs_confirmation,
    numbering_called,
)
from backend.science.numbering_proposal import NumberingProposal
from backend.science.placing import place_on
from backend.science.reading import (
    level_in_name,
    merged_by_name,
    numbering_remarks,
    proposals_for,
    question,
    with_table,
)
from backend.science.sources import Refused, Source, refusal
from backend.science.volume import Mask, VolumeGeometry, label_voxels


@dataclass(frozen=True, slots=True, eq=False)
class FoundMask:
    """A mask as it was uploaded, in its own numbers, with what they may mean, the likeliest first."""

    sources: tuple[Source, ...]
    mask: Mask
    remarks: tuple[Remark, ...]
    proposals: tuple[NumberingProposal, ...]

    @property
    def name(self) -> str:
        """Its owner's name for it, that of the first file where several were joined."""
        return self.sources[0].name

    @property
    def confirmed(self) -> bool:
        """Whether its numbers are certain, so that nobody has to say what they mean."""
        return not needs_confirmation(self.proposals)

    def translated(self, numbering: str | None = None) -> tuple[Mask, list[Remark]]:
        """The mask in VerSe's numbers, by the certain reading or the one that a person gives, and remarks.

        Raises ``BadInput``: numbering_unconfirmed, unknown_numbering, unknown_labels, no_levels.
        """
        if self.confirmed:
            chosen = self.proposals[0]
        elif numbering is None:
            raise BadInput("numbering_unconfirmed", question(self.proposals))
        else:
            chosen = numbering_called(numbering, self.mask)
        mask = apply_numbering(self.mask, chosen.mapping)
        return mask, [*self.remarks, *numbering_remarks(chosen)]


@dataclass(frozen=True, slots=True, eq=False)
class HeldMask:
    """A mask whose numbers nobody has confirmed, as they came, on the grid of its series.

    ``proposals`` are the readings, the likeliest first; ``numbering.numbering_called`` makes one that a
    person chooses, ``numbering.apply_numbering`` follows it, ``ingest.with_mask`` puts the mask to its
    series.
    """

    mask: Mask
    proposals: tuple[NumberingProposal, ...]
    source_name: str


def found_mask(source: Source, mask: Mask, remarks: Sequence[Remark]) -> FoundMask:
    """A mask file of an upload."""
    return FoundMask((source,), mask, tuple(remarks), proposals_for(mask, source.base_name))


def named_by_tables(
    masks: Sequence[FoundMask], tables: Sequence[Source]
) -> tuple[list[FoundMask], list[Refused]]:
    """Each mask with the reading of its table of labels first; and the tables that are of no use.

    A mask's table lies in its folder and is called after it, or is the only one there, as one description of
    labels serves many masks; a folder without one takes that of the folder above.
    """
    result, used = [], set()
    read: dict[str, LabelTable] = {}
    refused = []
    for source in tables:
        try:
            read[source.name] = read_label_table(source.path)
        except BadInput as error:
            refused.append(refusal(source.name, error))
    usable = [source for source in tables if source.name in read]
    for found in masks:
        table = _table_of(found.sources[0], usable)
        if table is not None:
            proposals = with_table(found.proposals, found.mask, read[table.name])
            if proposals is not found.proposals:
                used.add(table.name)
                found = replace(found, proposals=proposals)
        result.append(found)
    for source in usable:
        if source.name not in used:
            reason = "no mask beside it holds a number that it calls a vertebra"
            refused.append(refusal(source.name, BadInput("no_mask", reason)))
    return result, refused


def _table_of(mask: Source, tables: Sequence[Source]) -> Source | None:
    folder = mask.folder
    while True:
        here = [table for table in tables if table.folder == folder]
        own = [table for table in here if belongs_to(table.base_name, mask.base_name)]
        if own or len(here) == 1:
            return (own or here)[0]
        if not folder:
            return None
        folder = folder.rpartition("/")[0]


def joined_by_name(masks: Sequence[FoundMask]) -> tuple[list[FoundMask], list[Refused]]:
    """Masks named after one vertebra each joined, folder by folder and grid by grid; and what is left out.

    Beside files named by vertebra, a mask of a single number that is named otherwise is another structure:
    programs that write a file for each write ribs and organs beside them.
    """
    groups: list[list[FoundMask]] = []
    others: list[FoundMask] = []
    for found in masks:
        if level_in_name(found.sources[0].base_name) is None or len(label_voxels(found.mask.array)) > 1:
            others.append(found)
            continue
        for group in groups:
            if _belong_together(group[0], found):
                group.append(found)
                break
        else:
            groups.append([found])
    kept, refused = [], []
    for found in others:
        if len(label_voxels(found.mask.array)) < 2 and any(_belong_together(g[0], found) for g in groups):
            error = BadInput(
                "not_a_vertebra", "the masks beside it are named by vertebra, and its name is none: left out"
            )
            refused.append(refusal(found.name, error))
        else:
            kept.append(found)
    return [*kept, *(_joined(group) for group in groups)], refused


def on_ct(found: FoundMask, geometry: VolumeGeometry) -> FoundMask:
    """The mask on its CT's grid, no voxel resampled. Raises ``BadInput`` ``other_grid``."""
    placed = place_on(found.mask, geometry)
    if placed is None:
        name = found.sources[0].base_name
        raise BadInput("other_grid", "part of what is drawn lies outside of its CT", source=name)
    if placed.array.size == found.mask.array.size:
        return replace(found, mask=placed)
    message = "the mask's extent was cut to its content: pasted into the grid of the CT, no voxel resampled"
    return replace(found, mask=placed, remarks=(*found.remarks, Remark("pasted", message)))


def _belong_together(one: FoundMask, other: FoundMask) -> bool:
    return one.sources[0].folder == other.sources[0].folder and _grid(one).matches(_grid(other))


def _grid(found: FoundMask) -> VolumeGeometry:
    return canonical_geometry(found.mask.geometry)


def _joined(group: Sequence[FoundMask]) -> FoundMask:
    mask, overlaps, proposal = merged_by_name([(one.sources[0].base_name, one.mask) for one in group])
    remarks: list[Remark] = []
    for remark in (said for one in group for said in one.remarks):
        if remark not in remarks:
            remarks.append(remark)
    sources = tuple(source for one in group for source in one.sources)
    return replace(group[0], sources=sources, mask=mask, remarks=(*remarks, *overlaps), proposals=(proposal,))
