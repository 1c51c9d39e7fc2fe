"""From an upload to de-identified CTs at working resolution.

Any mix of DICOM files, NIfTI files, zips of either, masks, VerSe centroid files and tables of participants
goes in. Out come series, each with the facts that the allow-list lets through, and refusals, each with its
reason: one bad file never keeps the others out, and every image that goes in is named in one or the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

from backend.science.arrival import (
    Check,
    check,
    decoding_checks,
    dicom_checks,
    face,
    remark_checks,
    stack_checks,
    uncertain_identity,
    volume_checks,
)
from backend.science.deid.allowlist import allowed_facts
from backend.science.deid.keys import keyed_hash
from backend.science.deid.person import Identity, age_years, day_of, sex_of
from backend.science.errors import FAULTS_OF_INPUT, BadInput, of_one_series
from backend.science.formats import dicom, nifti, verse
from backend.science.formats.dicom_file import looks_like_dicom
from backend.science.formats.label_table import is_label_table
from backend.science.formats.participants import TABLE_NAME, Participant, read_participants
from backend.science.formats.pixels import decode_stack
from backend.science.formats.series_key import Part, find_series
from backend.science.formats.slice import Slice
from backend.science.formats.stack import Stack, check_stack
from backend.science.geometry import (
    resample_mask,
    resample_volume,
    to_canonical,
    working_geometry,
)
from backend.science.mask_intake import (
    FoundMask,
    HeldMask,
    found_mask,
    joined_by_name,
    named_by_tables,
    on_ct,
)
from backend.science.pairing import Candidate, Place, find_ct, find_named_ct
from backend.science.pixels import pixel_digest
from backend.science.placing import place_on
from backend.science.reading import question
from backend.science.sources import Refused, Source, is_system_file, list_sources, refusal, unpacked
from backend.science.volume import Mask, Volume, label_voxels

Point = tuple[float, float, float]

_MASK_WORDS = ("_seg", "_msk", "mask", "vertebrae", "label", "-seg", "-msk", "segmentation")

__all__ = ["IngestResult", "IngestedSeries", "Refused", "Source", "ingest", "ingest_each"]


@dataclass(frozen=True, slots=True, eq=False)
class IngestedSeries:
    """One CT at working resolution in closest canonical axis order, and what may be known of it.

    ``source_names`` are the owner's file names: for the record of the upload, never to be passed on.
    ``acquired`` is the day of the scan, for what must be settled while the upload is read: no more of it
    than the year may be kept. ``held`` is a mask whose numbers somebody has to confirm first; then there is
    no ``mask``.
    """

    volume: Volume
    mask: Mask | None
    facts: dict[str, Any]
    checks: list[Check]
    patient_hmac: str
    uid_hmac: str
    source_format: Literal["dicom", "nifti"]
    sex: str
    age_years: int | None
    source_names: list[str]
    centroids_ras_mm: dict[int, Point] = field(default_factory=dict)
    acquired: date | None = None
    pixels_hmac: str = ""  # keyed hash of `pixel_digest`: one scan under two names is found by it
    held: HeldMask | None = None


@dataclass(frozen=True, slots=True, eq=False)
class IngestResult:
    """All that an upload came to: the series that were taken, and what was refused."""

    series: list[IngestedSeries]
    refused: list[Refused]


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """A CT as it was found, before reduction: enough to read it when its turn comes."""

    candidate: Candidate
    sources: tuple[str, ...]
    stack: Stack | None = None
    path: Path | None = None
    checks: tuple[Check, ...] = ()
    participant: Participant | None = None


@dataclass(slots=True)
class _Sorted:
    """An upload's files by what they are."""

    cts: list[_Found] = field(default_factory=list)
    masks: list[FoundMask] = field(default_factory=list)
    centroids: list[Source] = field(default_factory=list)
    tables: list[tuple[Source, dict[str, Participant]]] = field(default_factory=list)
    label_tables: list[Source] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


def ingest(
    paths: Path | Source | Iterable[Path | Source],
    *,
    secret: bytes,
    working_spacing_mm: float = 1.0,
    numbering: str | None = None,
) -> IngestResult:
    """Read an upload whole. ``secret`` is the project's key (16 bytes or more) for the keyed hashes.

    ``numbering`` is what a person says of the numbers of masks that are not plainly VerSe's.
    """
    series: list[IngestedSeries] = []
    refused: list[Refused] = []
    for item in ingest_each(paths, secret=secret, working_spacing_mm=working_spacing_mm, numbering=numbering):
        if isinstance(item, Refused):
            refused.append(item)
        else:
            series.append(item)
    return IngestResult(series, refused)


def ingest_each(
    paths: Path | Source | Iterable[Path | Source],
    *,
    secret: bytes,
    working_spacing_mm: float = 1.0,
    scratch: Path | None = None,
    numbering: str | None = None,
) -> Iterator[IngestedSeries | Refused]:
    """The same, one series at a time: only one is held in memory. Zips are unpacked below ``scratch``."""
    keyed_hash(secret, "check")  # a secret that is too short is told before any file is read
    with unpacked(list_sources(paths), scratch=scratch) as (files, refused):
        found = _sort_files(files)
        found.refused = [*refused, *found.refused]
        masks, centroids = _pair(found)
        _name_participants(found)
        yield from found.refused
        for index, ct in enumerate(found.cts):
            companions = masks.get(index), centroids.get(index)
            yield from _read_ct(ct, *companions, secret, working_spacing_mm, numbering)


def _sort_files(files: Sequence[Source]) -> _Sorted:
    result = _Sorted()
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
        except FAULTS_OF_INPUT as error:
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


def _add_nifti(source: Source, result: _Sorted) -> None:
    name = source.base_name.lower()
    parsed = verse.parse_name(name)
    hint: nifti.NameHint = "nothing"
    if parsed.kind == "mask":
        hint = "mask"
    elif parsed.kind != "ct" and any(word in name for word in _MASK_WORDS):
        hint = "perhaps"
    read, remarks = nifti.read_either_said(source.path, name_says=hint)
    if isinstance(read, Mask):
        result.masks.append(found_mask(source, read, remarks))
        return
    candidate = Candidate(Place.of(source.name), read.geometry)
    checks = tuple(remark_checks(remarks))
    result.cts.append(_Found(candidate, (source.name,), path=source.path, checks=checks))


def _add_part(part: Part, result: _Sorted) -> None:
    """Slices of one content as a stack. What does not make a stack is refused file by file."""
    try:
        stack = check_stack(part.slices)
    except FAULTS_OF_INPUT as error:
        fault = _why_no_stack(part, of_one_series(error))
        result.refused += (refusal(one.name, fault) for one in part.slices)
        return
    names = tuple(one.name for one in part.slices)
    candidate = Candidate(Place.of(stack.slices[0].name), stack.geometry)
    result.cts.append(_Found(candidate, names, stack=stack, checks=tuple(stack_checks(part, stack))))


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


def _pair(found: _Sorted) -> tuple[dict[int, FoundMask], dict[int, Source]]:
    """Masks and centroid files by the index of their CT; the rest are refused."""
    candidates = [ct.candidate for ct in found.cts]
    masks: dict[int, FoundMask] = {}
    for one in found.masks:
        try:
            index = find_ct(Place.of(one.name), one.mask.geometry, candidates)
            if index in masks:
                taken = masks[index].sources[0].base_name
                raise BadInput("second_mask", f"its CT has a mask already, {taken}: one mask goes with a CT")
            masks[index] = one
        except BadInput as error:
            found.refused += (refusal(source.name, error) for source in one.sources)
    centroids: dict[int, Source] = {}
    for source in found.centroids:
        try:
            index = find_named_ct(Place.of(source.name), candidates)
            if index in centroids:
                raise BadInput("second_centroids", "its CT has a centroid file already")
            centroids[index] = source
        except BadInput as error:
            found.refused.append(refusal(source.name, error))
    return masks, centroids


def _name_participants(found: _Sorted) -> None:
    """Each NIfTI CT's row, from the nearest table in or above its folder. A table of nobody is refused."""
    nearest = sorted(found.tables, key=lambda table: table[0].name.count("/"), reverse=True)
    used: set[str] = set()
    for index, ct in enumerate(found.cts):
        subject = verse.parse_name(ct.candidate.place.name).subject if ct.stack is None else None
        for source, rows in nearest:
            folder = source.name.rpartition("/")[0]
            covers = not folder or f"{ct.candidate.place.folder}/".startswith(f"{folder}/")
            if subject is not None and covers and subject in rows:
                found.cts[index] = replace(ct, participant=rows[subject])
                used.add(source.name)
                break
    for source, _ in found.tables:
        if source.name not in used:
            nobody = BadInput("no_ct", "none of its participants has a NIfTI CT in this upload")
            found.refused.append(refusal(source.name, nobody))


def _read_ct(
    ct: _Found,
    masked: FoundMask | None,
    centroids: Source | None,
    secret: bytes,
    working_spacing_mm: float,
    numbering: str | None,
) -> Iterator[IngestedSeries | Refused]:
    """Read, reduce and describe one CT. Its companions are refused with it if it fails itself."""
    companions = [source.name for source in (*(masked.sources if masked else ()), centroids) if source]
    try:
        volume, checks = _original(ct)
        series = _describe(replace(ct, checks=(*ct.checks, *checks)), volume, secret, working_spacing_mm)
        series = replace(series, pixels_hmac=keyed_hash(secret, "pixels", pixel_digest(volume)))
    except FAULTS_OF_INPUT as fault:
        error = of_one_series(fault)
        for name in ct.sources:
            own = error.source is None or error.source == name.rpartition("/")[2]
            reason = error.reason if own else f"a slice of its series failed: {error.reason}"
            yield refusal(name, BadInput(error.code, reason))
        for name in companions:
            yield refusal(name, BadInput("no_ct", "its CT could not be read"))
        return
    if masked is not None:
        try:
            series = _with_found_mask(series, masked, volume, numbering)
            series.source_names.extend(source.name for source in masked.sources)
        except BadInput as error:
            yield from (refusal(source.name, error) for source in masked.sources)
    if centroids is not None:
        try:
            read = _read_centroids(centroids, volume, masked if series.mask is not None else None)
            series = replace(series, centroids_ras_mm=read.points_ras_mm)
            series.source_names.append(centroids.name)
            if read.frame != "voxels":
                message = f"the centroids were converted from the frame of the {read.frame[-4:]} challenge"
                series.checks.append(check("centroids_converted", "info", message))
        except BadInput as error:
            yield refusal(centroids.name, error)
    yield series


def _read_centroids(source: Source, volume: Volume, found: FoundMask | None) -> verse.Centroids:
    """Read on the CT's own grid; a mask helps to tell the frame."""
    mask = None if found is None else place_on(found.mask, volume.geometry)
    return verse.read_centroids(source.path, volume.geometry, mask=mask)


def _original(ct: _Found) -> tuple[Volume, list[Check]]:
    if ct.stack is not None:
        decoded = decode_stack(ct.stack.slices, ct.stack.geometry)
        return decoded.volume, decoding_checks(decoded)
    if ct.path is None:
        raise RuntimeError("a CT is found as a stack or as a file")
    return nifti.read_volume(ct.path), []


def _describe(ct: _Found, original: Volume, secret: bytes, working_spacing_mm: float) -> IngestedSeries:
    canonical = to_canonical(original)
    geometry = working_geometry(canonical.geometry, working_spacing_mm)
    volume = resample_volume(canonical, geometry)
    digest = _voxel_digest(canonical)
    checks = [*ct.checks, *volume_checks(canonical, volume)]
    facts: dict[str, Any] = {
        "original_shape": list(original.geometry.shape),
        "original_spacing_mm": [round(s, 4) for s in original.geometry.spacing_mm],
        "original_axes": original.geometry.axcodes,
        "plane": verse.plane_of(canonical.geometry),
    }
    if ct.stack is None:
        subject = verse.parse_name(ct.candidate.place.name).subject
        patient = keyed_hash(secret, *(("subject", subject) if subject else ("voxels", digest)))
        if subject is None:
            checks.append(uncertain_identity())
        uid = keyed_hash(secret, "series-voxels", digest)
        who = ct.participant or Participant("", None)
        names = list(ct.sources)
        return IngestedSeries(
            volume, None, facts, checks, patient, uid, "nifti", who.sex, who.age_years, names
        )
    headers = [one.header for one in ct.stack.slices]
    facts = {**facts, **allowed_facts(headers, secret)}
    checks += dicom_checks(facts)
    first = ct.stack.slices[0]
    patient, named = _identity(first).hashed(secret, digest)
    if not named:
        checks.append(uncertain_identity())
    uid = _series_hash(ct.stack, secret, digest)
    dates = [first.text(k) for k in ("StudyDate", "AcquisitionDate", "SeriesDate")]
    age = age_years(first.text("PatientAge"), first.text("PatientBirthDate"), next(filter(None, dates), ""))
    sex = sex_of(first.text("PatientSex"))
    return IngestedSeries(
        volume,
        None,
        facts,
        checks,
        patient,
        uid,
        "dicom",
        sex,
        age,
        list(ct.sources),
        acquired=next((day for day in map(day_of, (dates[1], dates[2], dates[0])) if day), None),
    )


def _identity(one: Slice) -> Identity:
    return Identity(
        patient_id=one.text("PatientID"),
        issuer=one.text("IssuerOfPatientID"),
        name=one.text("PatientName"),
        birth_date=one.text("PatientBirthDate"),
        study_uid=one.text("StudyInstanceUID"),
        frame_uid=one.text("FrameOfReferenceUID"),
    )


def _series_hash(stack: Stack, secret: bytes, digest: str) -> str:
    """By the UID, and by the voxels too: one series may hold several stacks, and UIDs may be empty."""
    uid = stack.slices[0].text("SeriesInstanceUID")
    if not uid:
        return keyed_hash(secret, "series-voxels", digest)
    return keyed_hash(secret, "series", uid, digest)


def _voxel_digest(volume: Volume) -> str:
    content = hashlib.sha256(repr(volume.geometry.shape).encode())
    content.update(volume.array.tobytes(order="F"))
    return content.hexdigest()


def _with_found_mask(
    series: IngestedSeries, found: FoundMask, original: Volume, numbering: str | None
) -> IngestedSeries:
    """The series with its mask; held back, in its own numbers, where somebody has to say what they mean."""
    found = on_ct(found, original.geometry)
    if numbering is None and not found.confirmed:
        reduced = resample_mask(to_canonical(found.mask), series.volume.geometry)
        series.checks.extend(remark_checks(found.remarks))
        series.checks.append(check("numbering_unconfirmed", "warning", question(found.proposals)))
        return replace(series, held=HeldMask(reduced, found.proposals, found.name))
    mask, remarks = found.translated(numbering)
    series.checks.extend(remark_checks(remarks))
    return with_mask(series, mask)


def with_mask(series: IngestedSeries, mask: Mask) -> IngestedSeries:
    """The series with a mask in VerSe's numbers on any grid, brought to the series' own."""
    canonical = to_canonical(mask)
    reduced = resample_mask(canonical, series.volume.geometry)
    checks = list(series.checks)
    lost = set(label_voxels(canonical.array)) - set(label_voxels(reduced.array))
    if lost:
        checks.append(check("labels_lost", "warning", f"too small at working resolution: {sorted(lost)}"))
    if not reduced.array.any():
        checks.append(check("empty_mask", "warning", "the mask beside the CT holds no vertebra"))
    if {1, 2} & set(label_voxels(reduced.array)) and not any(one["code"] == "face" for one in checks):
        checks.append(face())
    return replace(series, mask=reduced, checks=checks)
