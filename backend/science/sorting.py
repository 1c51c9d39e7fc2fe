"""The files of an upload by what they are: CTs, masks, centroids, tables; what is none of them is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from backend.science.arrival import (
    Check,
    remark_checks,
    stack_checks,
)
from backend.science.errors import BadInput, faults_of_input, of_one_series
from backend.science.formats import dicom, nifti, verse
from backend.science.formats.dicom_file import looks_like_dicom
from backend.science.formats.label_table import is_label_table
from backend.science.formats.participants import TABLE_NAME, Participant, read_participants
from backend.science.formats.series_key import Part, find_series
from backend.science.formats.slice import Slice
from backend.science.formats.stack import Stack, check_stack
from backend.science.mask_intake import (
    FoundMask,
    found_mask,
    joined_by_name,
    named_by_tables,
)
from backend.science.pairing import Candidate, Place
from backend.science.sources import Refused, Source, is_system_file, refusal
from backend.science.volume import Mask

_MASK_WORDS = ("_seg", "_msk", "mask", "vertebrae", "label", "-seg", "-msk", "segmentation")


@dataclass(frozen=True, slots=True, eq=False)
class FoundCt:
    """A CT as it was found, before reduction: enough to read it when its turn comes."""

    candidate: Candidate
    sources: tuple[str, ...]
    stack: Stack | None = None
    path: Path | None = None
    checks: tuple[Check, ...] = ()
    participant: Participant | None = None


@dataclass(slots=True)
class SortedFiles:
    """An upload's files by what they are."""

    cts: list[FoundCt] = field(default_factory=list)
    masks: list[FoundMask] = field(default_factory=list)
    centroids: list[Source] = field(default_factory=list)
    tables: list[tuple[Source, dict[str, Participant]]] = field(default_factory=list)
    label_tables: list[Source] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


def sort_files(files: Sequence[Source]) -> SortedFiles:
    """The files by what they are; slices are put together to stacks, and a stack that is none is refused."""
    result = SortedFiles()
    slices: list[Slice] = []
    for source in files:
        try:
            kind = _kind(source)
            if kind == "dicom":
                slices.append(dicom.read_slice(source.path, source.name))
            elif kind == "centroids":
                result.centroids.append(source)
            elif kind == "participants":
                result.tables.append((source, read_participants(source.path)))
            elif kind == "label_table":
                result.label_tables.append(source)
            else:
                _add_nifti(source, result)
        except faults_of_input() as error:
            result.refused.append(refusal(source.name, of_one_series(error)))
    for part in find_series(slices):
        _add_part(part, result)
    result.masks, without_use = named_by_tables(result.masks, result.label_tables)
    result.masks, left_out = joined_by_name(result.masks)
    result.refused += without_use
    result.refused += left_out
    return result


def _kind(source: Source) -> Literal["dicom", "nifti", "centroids", "participants", "label_table"]:
    """What a file is, by its first bytes; by its name only where those say nothing."""
    if source.path.stat().st_size == 0:
        raise BadInput("empty_file", "the file is empty")
    if is_system_file(source):
        raise BadInput("not_an_image", "it is an index or a system's own file, not an image")
    start = source.start()
    name = source.base_name.lower()
    if looks_like_dicom(start):
        return "dicom"
    if name.endswith((".nii", ".nii.gz")) or start[344:348] == b"n+1\0" or start[4:8] == b"n+2\0":
        return "nifti"
    if name.endswith(".json"):
        called_so = verse.parse_name(source.base_name).kind == "centroids"
        if called_so or verse.holds_centroids(source.path.read_bytes()):
            return "centroids"
        raise BadInput("not_centroids", "it is a JSON file without centroids, as converters write: left out")
    if name == TABLE_NAME:
        return "participants"
    if is_label_table(name, start):
        return "label_table"
    if name.endswith((".dcm", ".ima")):
        raise BadInput("bad_dicom", "it is called a DICOM file, but is none")
    raise BadInput(
        "unsupported_file",
        "it is not DICOM, NIfTI, a zip, a VerSe centroid file, a table of labels or participants.tsv",
    )


def _add_nifti(source: Source, result: SortedFiles) -> None:
    name = source.base_name.lower()
    parsed = verse.parse_name(name)
    if parsed.kind == "of_raters":
        raise BadInput("of_raters", "it holds what single raters made, not the mask of the release: left out")
    hint: nifti.NameHint = "nothing"
    if parsed.kind == "mask":
        hint = "mask"
    elif parsed.kind != "ct" and any(word in name for word in _MASK_WORDS):
        hint = "perhaps"
    read, remarks = nifti.read_either(source.path, name_says=hint)
    if isinstance(read, Mask):
        result.masks.append(found_mask(source, read, remarks))
        return
    candidate = Candidate(Place.of(source.name), read.geometry)
    checks = tuple(remark_checks(remarks))
    result.cts.append(FoundCt(candidate, (source.name,), path=source.path, checks=checks))


def _add_part(part: Part, result: SortedFiles) -> None:
    """Slices of one content as a stack. What does not make a stack is refused file by file."""
    try:
        stack = check_stack(part.slices)
    except faults_of_input() as error:
        fault = _why_no_stack(part, of_one_series(error))
        result.refused += (refusal(one.name, fault) for one in part.slices)
        return
    names = tuple(one.name for one in part.slices)
    candidate = Candidate(Place.of(stack.slices[0].name), stack.geometry)
    result.cts.append(FoundCt(candidate, names, stack=stack, checks=tuple(stack_checks(part, stack))))


def _why_no_stack(part: Part, error: BadInput) -> BadInput:
    if part.scattered:
        reason = f"each of {part.scattered} files like it names a series of its own, and nothing joins them"
        return BadInput("scattered_series", reason)
    if not part.differs:
        return error
    by = f"it differs from the rest of its series by {', '.join(part.differs)}"
    if error.code == "too_few_slices":
        return BadInput("mixed_series", f"{by}, and {error.reason}")
    return BadInput(error.code, f"{error.reason} ({by})")
