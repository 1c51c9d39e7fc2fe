"""From an upload to de-identified CTs at working resolution.

Any mix of DICOM files, NIfTI files, zips of either, masks, VerSe centroid files and tables of participants
goes in. Out come series, each with the facts that the allow-list lets through, and refusals, each with its
reason: one bad file never keeps the others out, and every image that goes in is named in one or the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
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
    uncertain_identity,
    volume_checks,
)
from backend.science.deid.allowlist import allowed_facts
from backend.science.deid.keys import keyed_hash
from backend.science.deid.person import Identity, age_years, day_of, sex_of
from backend.science.errors import BadInput, faults_of_input, of_one_series
from backend.science.formats import nifti, verse
from backend.science.formats.participants import Participant
from backend.science.formats.pixels import decode_stack
from backend.science.formats.slice import Slice
from backend.science.formats.stack import Stack
from backend.science.geometry import (
    resample_mask,
    resample_volume,
    to_canonical,
    working_geometry,
)
from backend.science.mask_intake import (
    FoundMask,
    HeldMask,
    on_ct,
)
from backend.science.numbering import apply_numbering
from backend.science.pairing import Place, find_ct, find_named_ct
from backend.science.pixels import pixel_digest
from backend.science.placing import place_on
from backend.science.quality_direction import orientation_remarks
from backend.science.reading import question
from backend.science.sorting import FoundCt, SortedFiles, sort_files
from backend.science.sources import Refused, Source, list_sources, refusal, unpacked
from backend.science.volume import Mask, Volume, label_voxels

Point = tuple[float, float, float]

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
        found = sort_files(files)
        found.refused = [*refused, *found.refused]
        masks, centroids = _pair(found)
        _name_participants(found)
        yield from found.refused
        for index, ct in enumerate(found.cts):
            companions = masks.get(index), centroids.get(index)
            yield from _read_ct(ct, *companions, secret, working_spacing_mm, numbering)


def _pair(found: SortedFiles) -> tuple[dict[int, FoundMask], dict[int, Source]]:
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


def _name_participants(found: SortedFiles) -> None:
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
    ct: FoundCt,
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
    except faults_of_input() as fault:
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


def _original(ct: FoundCt) -> tuple[Volume, list[Check]]:
    if ct.stack is not None:
        decoded = decode_stack(ct.stack.slices, ct.stack.geometry)
        return decoded.volume, decoding_checks(decoded)
    if ct.path is None:
        raise RuntimeError("a CT is found as a stack or as a file")
    return nifti.read_volume(ct.path), []


def _describe(ct: FoundCt, original: Volume, secret: bytes, working_spacing_mm: float) -> IngestedSeries:
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
        if found.proposals[0].names_levels:
            likeliest = apply_numbering(reduced, found.proposals[0].mapping)
            series.checks.extend(remark_checks(orientation_remarks(likeliest)))
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
    checks.extend(remark_checks(orientation_remarks(reduced)))
    if {1, 2} & set(label_voxels(reduced.array)) and not any(one["code"] == "face" for one in checks):
        checks.append(face())
    return replace(series, mask=reduced, checks=checks)
